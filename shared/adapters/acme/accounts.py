"""Accounts (RFC 8555, section 7.3)."""

from urllib.parse import quote

from acme.messages import NewRegistration

from shared.adapters.acme.shapes import AccountBody, https, read
from shared.adapters.acme.transport import AS_GET, Transport
from shared.domain.issuing.acme import Account, AccountKey
from shared.errors import PermanentError
from shared.inventory import AcmeIssuer


def register(transport: Transport, issuer: AcmeIssuer, key: AccountKey) -> Account:
    """Create the key's account, or find it as it is (section 7.3.1), agreeing to the terms of service."""
    url = transport.directory.new_account
    tried = f"cannot register an account at {url}"
    contact = {"contact": tuple(map(mailto, issuer.contact))} if issuer.contact else {}
    wanted = NewRegistration(terms_of_service_agreed=True, **contact)
    try:
        answer = transport.post(url, str(wanted.json_dumps()).encode(), tried, account=None)
    except PermanentError as error:
        if "contact" in str(error).removeprefix(tried).lower():
            raise about_contact(error, issuer) from error
        raise
    if answer.location is None:
        raise PermanentError(f"{tried}: the answer has no Location with the account's URL (RFC 8555, section 7.3)")
    return Account(issuer.directory, key, https(answer.location, tried))


def mailto(mailbox: str) -> str:
    """Return the URL of a mailbox (RFC 6068, section 2)."""
    return f"mailto:{quote(mailbox, safe="@!$'*+")}"


def about_contact(error: PermanentError, issuer: AcmeIssuer) -> PermanentError:
    remedy = "Change" if issuer.contact else "Give an e-mail address in"
    return PermanentError(f"{str(error).removesuffix('.')}. {remedy} issuers.{issuer.name}.contact of the inventory.")


def order_list(transport: Transport, account: Account) -> str | None:
    """Return the URL of the account's list of orders, if the authority keeps one (section 7.1.2)."""
    tried = f"cannot read account {account.url}"
    answer = transport.post(account.url, AS_GET, tried, account.url)
    orders = read(answer.body, AccountBody, tried).orders
    return None if orders is None else https(orders, tried)
