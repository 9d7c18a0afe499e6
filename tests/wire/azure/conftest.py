"""A service that needs no token."""

from collections.abc import Iterator

import pytest

from infra.local.pki import KeyPair
from tests.wire.azure.services import Service, azure_service


@pytest.fixture
def service(pair: KeyPair) -> Iterator[Service]:
    with azure_service(pair) as service:
        yield service
