"""A vault under test, fake or real, and what tests do in it besides calling the port."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from azure.core.exceptions import HttpResponseError
from azure.keyvault.certificates import CertificateClient
from azure.keyvault.secrets import SecretClient
from cryptography import x509

from shared.domain.certificates.certificate import PendingOperation, StoredVersion
from shared.domain.certificates.chain import pem
from shared.errors import TransientError
from shared.inventory import SecretReference
from shared.inventory.relays import Certificate
from shared.ports import Clock, Vaults
from tests.fakes.leaves import Signer

VAULT = "dev"
STACK_S_SECRET = SecretReference(VAULT, "contract-tests")
"""The one that the stack's identity may write."""
PATIENCE = timedelta(seconds=60)
PAUSE = 0.5
FORBIDDEN, NOT_FOUND = 403, 404

ROOT = Signer("Contract Test Root")
INTERMEDIATE = Signer("Contract Test Intermediate", ROOT)


@dataclass(slots=True)
class Subject:
    """The port, a clock that belongs to it, the names of the certificates that tests made, and the secret that they
    may write."""

    port: Vaults
    clock: Clock
    names: list[str] = field(default_factory=list)
    secret: SecretReference = STACK_S_SECRET

    def certificate(self, **fields: Any) -> Certificate:
        """Return a wanted certificate of a new name, from an authority unless `fields` say otherwise."""
        name = f"contract-{uuid.uuid4().hex[:12]}"
        self.names.append(name)
        wanted = {"issuer": "letsencrypt", "dns_names": (f"{name}.example.net", f"www.{name}.example.net"), **fields}
        return Certificate(name=name, vault=VAULT, **wanted)

    def begin(self, certificate: Certificate) -> PendingOperation:
        """Create an operation. A vault may refuse for a moment after it deleted another."""
        self.eventually(lambda: self.accepts(certificate))
        return self.eventually(lambda: self.port.pending(certificate))

    def accepts(self, certificate: Certificate) -> bool:
        try:
            self.port.create(certificate, {"begun": "yes"})
        except TransientError:
            return False
        return True

    def issue(self, certificate: Certificate, tags: dict[str, str]) -> StoredVersion:
        """Bring the certificate to a new version by an authority's chain."""
        return self.port.merge(certificate, chain_for(certificate, self.begin(certificate)), tags)

    def eventually[T](self, look: Callable[[], T | None]) -> T:
        """Look until there is something to see."""
        deadline = self.clock.now() + PATIENCE
        while not (seen := look()):
            assert self.clock.now() < deadline, f"nothing seen within {PATIENCE}"
            self.clock.pause(PAUSE)
        return seen


def chain_for(certificate: Certificate, pending: PendingOperation) -> bytes:
    """Return what an authority would answer to the operation's CSR: leaf and intermediate."""
    key = x509.load_der_x509_csr(pending.csr).public_key()
    leaf = INTERMEDIATE.issue(key, *certificate.dns_names, begins=datetime.now(UTC) - timedelta(hours=1))
    return pem([leaf, INTERMEDIATE.certificate])


def remove(client: CertificateClient, names: list[str]) -> None:
    """Delete and purge certificates, as far as they exist and the identity may."""
    begun = {name: allowed(partial(client.begin_delete_certificate, name)) for name in names}
    for name, deletion in begun.items():
        if deletion is not None:
            deletion.wait(PATIENCE.total_seconds())
            allowed(partial(client.purge_deleted_certificate, name))


def remove_secret(client: SecretClient, name: str) -> None:
    """Delete and purge a secret, as far as it exists and the identity may."""
    deletion = allowed(partial(client.begin_delete_secret, name))
    if deletion is not None:
        deletion.wait(PATIENCE.total_seconds())
        allowed(partial(client.purge_deleted_secret, name))


def allowed[T](call: Callable[[], T]) -> T | None:
    try:
        return call()
    except HttpResponseError as error:
        if error.status_code not in {FORBIDDEN, NOT_FOUND}:
            raise
        return None
