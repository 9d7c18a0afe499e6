"""Unit tests touch no network, not even loopback."""

import socket
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest


@pytest.fixture(scope="package", autouse=True)
def _no_network() -> Iterator[None]:
    def refuse(_: socket.socket, address: Any) -> NoReturn:
        raise AssertionError(f"a unit test wants the network: {address}")

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(socket.socket, "connect", refuse)
        patched.setattr(socket.socket, "bind", refuse)
        yield
