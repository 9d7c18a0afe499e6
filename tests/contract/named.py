"""The real services that the environment names (docs/real-azure.md); without them tests use the local stack's."""

import os

import pytest

VAULT = "RELAYKEEPER_TEST_VAULT_URL"
ZONE = "RELAYKEEPER_TEST_DNS_ZONE"
ACCOUNT = "RELAYKEEPER_TEST_STORAGE_ACCOUNT"
ONLY_NAMED = "RELAYKEEPER_TEST_AZURE"
"""Set by `make test-azure`: nothing is tested on the local stack."""


def named(variable: str) -> str | None:
    """Return what a variable names. In `make test-azure` a test whose service is not named is skipped."""
    value = os.environ.get(variable)
    if not value and os.environ.get(ONLY_NAMED):
        pytest.skip(f"{variable} is not set: no such service is named to be tested (docs/real-azure.md)")
    return value or None


def blob_service(request: pytest.FixtureRequest) -> str:
    """Return the URL of the blob service under test."""
    account = named(ACCOUNT)
    if account:
        return f"https://{account}.blob.core.windows.net"
    return str(request.getfixturevalue("stack").addresses.blob_service)


def queue_service(request: pytest.FixtureRequest) -> str:
    """Return the URL of the queue service under test."""
    account = named(ACCOUNT)
    if account:
        return f"https://{account}.queue.core.windows.net"
    return str(request.getfixturevalue("stack").addresses.queue_service)
