"""Clients of a relay: the files that let them in, and their sessions."""

import hashlib
import smtplib
import ssl
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager

from tests.relay.conftest import ADDRESS, RunningRelay


def client_file(*passwords: str) -> bytes:
    """What the reference relay's file of a client holds: the SHA-256 of each password, one a line."""
    return "".join(f"{hashlib.sha256(password.encode()).hexdigest()}\n" for password in passwords).encode()


@contextmanager
def secured_session(relay: RunningRelay, client: str) -> Iterator[smtplib.SMTP]:
    """A session after STARTTLS, from the address `client`; nobody says QUIT."""
    session = smtplib.SMTP(ADDRESS, relay.port, timeout=10, source_address=(client, 0))
    try:
        session.ehlo()
        session.starttls(context=anyone())
        session.ehlo()
        yield session
    finally:
        session.close()


def anyone() -> ssl.SSLContext:
    """Take whatever certificate is served: the tests compare it themselves."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def authenticate(session: smtplib.SMTP, user: str, password: str, mechanism: str = "PLAIN") -> int:
    """The reply code to AUTH (RFC 4954; LOGIN is draft-murchison-sasl-login)."""

    def encoded(text: str) -> str:
        return b64encode(text.encode()).decode()

    if mechanism == "PLAIN":
        return session.docmd("AUTH", f"PLAIN {encoded(f'\0{user}\0{password}')}")[0]
    session.docmd("AUTH", "LOGIN")
    session.docmd(encoded(user))
    return session.docmd(encoded(password))[0]
