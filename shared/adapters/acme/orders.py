"""Orders, from newOrder to the certificate (RFC 8555, section 7.4)."""

from collections.abc import Sequence

from acme.messages import IDENTIFIER_FQDN, CertificateRequest, Identifier, NewOrder
from cryptography import x509

from shared.adapters.acme.exchange import Answer
from shared.adapters.acme.problems import lost_if_unknown
from shared.adapters.acme.shapes import OrderBody, https, read
from shared.adapters.acme.transport import AS_GET, PEM_CHAIN, Transport
from shared.adapters.acme.words import in_words
from shared.domain.issuing.acme import Account, Order
from shared.errors import PermanentError


def new_order(transport: Transport, account: Account, names: Sequence[str]) -> Order:
    """Ask for a certificate for `names`."""
    url = transport.directory.new_order
    tried = f"cannot order a certificate for {', '.join(names)} at {url}"
    identifiers = tuple(Identifier(typ=IDENTIFIER_FQDN, value=name) for name in names)
    wanted = str(NewOrder(identifiers=identifiers).json_dumps())
    answer = transport.post(url, wanted.encode(), tried, account.url)
    if answer.location is None:
        raise PermanentError(f"{tried}: the answer has no Location with the order's URL (RFC 8555, section 7.4)")
    return order_of(answer, https(answer.location, tried), tried)


def read_order(transport: Transport, account: Account, url: str) -> Order:
    """Read an order as it stands. Raises OrderLost."""
    tried = f"cannot read order {url}"
    with lost_if_unknown():
        answer = transport.post(url, AS_GET, tried, account.url)
    return order_of(answer, url, tried)


def finalize(transport: Transport, account: Account, order: Order, csr: bytes) -> Order:
    """Hand over the CSR (DER) of a `ready` order. Raises OrderLost."""
    tried = f"cannot finalize order {order.url}"
    request = str(CertificateRequest(csr=x509.load_der_x509_csr(csr)).json_dumps())
    with lost_if_unknown():
        answer = transport.post(order.finalize, request.encode(), tried, account.url)
    return order_of(answer, order.url, tried)


def read_chain(transport: Transport, account: Account, order: Order) -> bytes:
    """Read the certificate of a `valid` order, PEM, not checked. Raises OrderLost if the authority no longer has it."""
    if order.certificate is None:
        raise PermanentError(f"order {order.url} is {order.status} and names no certificate (RFC 8555, section 7.1.3)")
    with lost_if_unknown():
        tried = f"cannot read certificate {order.certificate}"
        return transport.post(order.certificate, AS_GET, tried, account.url, accept=PEM_CHAIN).body


def order_of(answer: Answer, url: str, tried: str) -> Order:
    body = read(answer.body, OrderBody, tried)
    return Order(
        url=url,
        status=body.status,
        names=frozenset(identifier.value.lower() for identifier in body.identifiers),
        authorizations=tuple(https(authorization, tried) for authorization in body.authorizations),
        finalize=https(body.finalize, tried),
        certificate=None if body.certificate is None else https(body.certificate, tried),
        retry_after=answer.retry_after,
        error=in_words(body.error),
    )
