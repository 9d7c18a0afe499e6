"""The account with an authority: its key in the vault, made and registered on first use."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from shared.domain.issuing.acme import Account, AccountKey
from shared.domain.journal import AccountJournal
from shared.errors import LeaseTaken, NotYet
from shared.inventory import AcmeIssuer
from shared.ports import Lease, Ports

ANOTHER_WORKER = timedelta(seconds=5)


def account_of(issuer: AcmeIssuer, ports: Ports) -> Account:
    """Return the issuer's account, registering it if it was not, or not with this key at this directory.

    Raises NotYet while another worker does so.
    """
    journal, key = ports.state.issuers.read(issuer.name), stored_key(issuer, ports)
    if key is not None and (url := registered_url(journal, issuer, key, ports)) is not None:
        return Account(issuer.directory, key, url)
    with account_lease(issuer, ports) as lease:
        return register_account(issuer, lease, ports)


def register_account(issuer: AcmeIssuer, lease: Lease[AccountJournal], ports: Ports) -> Account:
    """Register with the key that is stored by now, storing a new one if there is none."""
    key = stored_key(issuer, ports)
    if key is None:
        key = ports.authority.new_key()
        lease.renew()
        ports.vault.put_secret(issuer.account_key, key.pem.decode())
    lease.renew()
    account = ports.authority.register(issuer, key)
    thumbprint = ports.authority.thumbprint(key)
    lease.write(AccountJournal(directory=issuer.directory, url=account.url, key_thumbprint=thumbprint))
    return account


def forget_account(issuer: AcmeIssuer, ports: Ports) -> None:
    """Drop what we know of the account, because the authority does not know it: the next attempt registers again."""
    with account_lease(issuer, ports) as lease:
        lease.write(AccountJournal())


@contextmanager
def account_lease(issuer: AcmeIssuer, ports: Ports) -> Iterator[Lease[AccountJournal]]:
    """Hold the account's journal: certificates' leases do not protect what they share."""
    try:
        with ports.state.issuers.lease(issuer.name) as lease:
            yield lease
    except LeaseTaken as taken:
        raise NotYet(f"another worker registers the account of {issuer.name}", ANOTHER_WORKER) from taken


def stored_key(issuer: AcmeIssuer, ports: Ports) -> AccountKey | None:
    pem = ports.vault.secret(issuer.account_key)
    return None if pem is None else AccountKey(pem.encode())


def registered_url(journal: AccountJournal, issuer: AcmeIssuer, key: AccountKey, ports: Ports) -> str | None:
    """Return the account's URL if this key was registered at this directory."""
    same = journal.directory == issuer.directory and journal.key_thumbprint == ports.authority.thumbprint(key)
    return journal.url if same else None
