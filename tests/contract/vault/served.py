"""Key Vault's stand-in in the test's own process, in which a test gives and takes roles."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import override

from azure.core.credentials import AccessToken

from infra.local.loopback import claimed_addresses
from infra.local.pki import Authority
from infra.local.standins.faults import Fault
from infra.local.standins.serving import Listener, Server
from infra.local.standins.tokens import Assignment, Caller, TokenError, Verifier
from infra.local.standins.vault.access import AccessCheck, VaultListener
from infra.local.standins.vault.site import vault_site
from infra.local.standins.vault.store import Vault
from infra.local.standins.web import Site
from tests.contract.vault.passwords import Moment
from tests.contract.vault.places import VAULT

PRODUCT, PERSON = "product", "person"
PERSONS_ROLES = ("Key Vault Certificates Officer", "Key Vault Secrets Officer")


@dataclass(frozen=True, slots=True)
class Identity:
    """A credential whose token is the identity's name."""

    name: str

    def get_token(self, *_scopes: str, **_options: object) -> AccessToken:
        return AccessToken(self.name, 4102444800)


class NamedCallers(Verifier):
    """Takes a token for the name of its identity."""

    def __init__(self) -> None:
        """It needs nobody's keys."""

    @override
    def caller(self, authorization: str | None) -> Caller:
        scheme, _, name = (authorization or "").partition(" ")
        if scheme != "Bearer":
            raise TokenError("Request is missing a Bearer token.")
        return Caller(name, name, "tests")


@dataclass(slots=True)
class ServedVault:
    """A vault's URL, the authority of its certificate (PEM), its switches for faults, and who may do what there."""

    url: str
    ca: Path
    site: Site
    assignments: list[Assignment] = field(default_factory=list)

    def give(self, *roles: str) -> None:
        """Give these roles to the product, and no others."""
        self.assignments[:] = [Assignment(PERSON, role, VAULT) for role in PERSONS_ROLES]
        self.assignments += [Assignment(PRODUCT, role, VAULT) for role in roles]

    def break_next_store(self, moment: Moment) -> None:
        """End the connection before the next secret is stored, or in the middle of the answer."""
        self.site.faults.add(Fault(match="PUT /secrets/", answer="drop", after=moment == "after", times=2))


@contextmanager
def served_vault(folder: Path) -> Iterator[ServedVault]:
    """Serve an empty vault until the end of the block; the product has no role yet."""
    with claimed_addresses() as addresses:
        url = addresses.vault(VAULT)
        address, _, port = url.removeprefix("https://").partition(":")
        authority = Authority.create(folder, "vault")
        pair = authority.issue("vault", addresses=[address])
        place = VaultListener(VAULT, Listener(address, int(port), str(pair.certificate), str(pair.key)))
        assignments: list[Assignment] = []
        access = AccessCheck(VAULT, "tenant", place.resource, NamedCallers(), assignments)
        served = ServedVault(url, authority.path, vault_site(Vault(VAULT, url), access), assignments)
        served.give()
        server = Server(place.listener, served.site)
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield served
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
