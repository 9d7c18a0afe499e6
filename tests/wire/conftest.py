"""Certificates of the servers that adapters meet, and trust in them."""

import pytest

from infra.local.pki import Authority, KeyPair
from tests.http_server import HOST


@pytest.fixture(scope="session")
def issued(tmp_path_factory: pytest.TempPathFactory) -> tuple[Authority, KeyPair]:
    """An authority, and the certificate of a server."""
    authority = Authority.create(tmp_path_factory.mktemp("wire"), "wire")
    return authority, authority.issue("server", addresses=[HOST])


@pytest.fixture
def pair(issued: tuple[Authority, KeyPair], monkeypatch: pytest.MonkeyPatch) -> KeyPair:
    """The certificate of a server, whose authority `requests` trusts."""
    authority, pair = issued
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
    return pair
