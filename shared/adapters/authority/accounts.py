"""Accounts (RFC 8555, section 7.3)."""

from acme.messages import NewRegistration

from shared.adapters.authority.shapes import AccountBody, https, read
from shared.adapters.authority.transport import AS_GET, Transport
from shared.domain.acme import Account, AccountKey
from shared.errors import PermanentError


def register(transport: Transport, directory: str, key: AccountKey) -> Account:
    """Create the key's account, or find it (section 7.3.1), agreeing to the terms of service."""
    url = transport.directory.new_account
    tried = f"cannot register an account at {url}"
    agreement = str(NewRegistration(terms_of_service_agreed=True).json_dumps())
    answer = transport.post(url, agreement.encode(), tried, account=None)
    if answer.location is None:
        raise PermanentError(f"{tried}: the answer has no Location with the account's URL (RFC 8555, section 7.3)")
    return Account(directory, key, https(answer.location, tried))


def order_list(transport: Transport, account: Account) -> str | None:
    """Return the URL of the account's list of orders, if the authority keeps one (section 7.1.2)."""
    tried = f"cannot read account {account.url}"
    answer = transport.post(account.url, AS_GET, tried, account.url)
    orders = read(answer.body, AccountBody, tried).orders
    return None if orders is None else https(orders, tried)
