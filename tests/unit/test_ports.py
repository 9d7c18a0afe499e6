"""Each method of each port says whether it reads or has an effect: the kill matrix is made from that."""

import pytest

from tests.e2e.killing.effects import PORTS, declaration, methods, protocols

EVERY = [(protocol, method) for protocol in PORTS.values() for method in methods(protocol)]


def test_every_protocol_is_known() -> None:
    assert protocols() == set(PORTS.values())


@pytest.mark.parametrize(("protocol", "method"), EVERY)
def test_every_method_declares_what_it_does(protocol: type, method: str) -> None:
    assert declaration(protocol, method) in {"Read", "Effect"}
