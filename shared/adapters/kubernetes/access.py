"""One API server as it is entered: where it is, which one we trust, and who we are to it."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Access:
    """What it takes to enter a cluster, and what a person does when it is not enough.

    `tls` trusts the cluster's CA and no other, and holds a client certificate where there is one. `token` is asked
    before each request. `identity` is what we show (`our Entra token`). The way out: `mend_server` if something else
    answers at the address, `mend_trust` if the CA is another, `mend_identity` if the API server does not know us.
    """

    cluster: str
    server: str
    tls: ssl.SSLContext = field(repr=False)
    token: Callable[[], str] | None = field(repr=False)
    identity: str
    mend_server: str
    mend_trust: str
    mend_identity: str


def trusting(ca: str) -> ssl.SSLContext:
    """Trust one CA (PEM), as kubectl does; raises ssl.SSLError or ValueError if there is no certificate in it.

    Python's default context would also insist on key identifiers, which the CAs of many clusters lack:
    https://github.com/kubernetes-client/python/issues/2394
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(cadata=ca)
    return context
