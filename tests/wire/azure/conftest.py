"""A service, the trust in its certificate, and the product's own clients of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.pki import Authority, KeyPair
from tests.wire.azure.services import HOST, Service, serving


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority.create(tmp_path_factory.mktemp("azure"), "azure")


@pytest.fixture(scope="session")
def pair(authority: Authority) -> KeyPair:
    return authority.issue("azure", addresses=[HOST])


@pytest.fixture(autouse=True)
def _trusted(authority: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(Path(authority.path)))


@pytest.fixture
def service(pair: KeyPair) -> Iterator[Service]:
    with serving(pair) as service:
        yield service
