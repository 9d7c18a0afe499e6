"""One client's session: EHLO, STARTTLS, handshake, QUIT. It shares no code with the product's own probes."""

import hashlib
import smtplib
import ssl
import time
from dataclasses import dataclass

PATIENCE = 10.0
READY = 220

type Chain = tuple[str, ...]
"""A presented chain: the SHA-256 of each certificate, in hex, leaf first."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where a client connects, and the host that it names (None: none)."""

    address: str
    port: int
    host: str | None


@dataclass(frozen=True, slots=True)
class Session:
    """What a client met. `began` is in monotonic seconds; `chain` is empty where `failure` says why there is none."""

    target: Target
    began: float
    chain: Chain
    failure: str


def anyone() -> ssl.SSLContext:
    """Take whatever certificate is served: what it is, is compared afterwards."""
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    settings.check_hostname = False
    settings.verify_mode = ssl.CERT_NONE
    return settings


def session(target: Target, tls: ssl.SSLContext, client: str = "127.0.0.1") -> Session:
    """Meet a target from the address `client`."""
    began = time.monotonic()
    try:
        return Session(target, began, presented(target, tls, client), "")
    except (OSError, smtplib.SMTPException) as error:
        return Session(target, began, (), f"{type(error).__name__}: {error}")


def presented(target: Target, tls: ssl.SSLContext, client: str) -> Chain:
    """Go through a whole session; raises smtplib.SMTPException or OSError wherever it breaks."""
    with smtplib.SMTP(
        target.address,
        target.port,
        local_hostname="bench.invalid",
        timeout=PATIENCE,
        source_address=(client, 0),
    ) as smtp:
        smtp.ehlo_or_helo_if_needed()
        code, words = smtp.docmd("STARTTLS")
        if code != READY:
            raise smtplib.SMTPResponseException(code, words)
        assert smtp.sock
        smtp.sock = encrypted = tls.wrap_socket(smtp.sock, server_hostname=target.host)
        smtp.file = None  # what was read ahead was not encrypted
        return tuple(hashlib.sha256(der).hexdigest() for der in encrypted.get_unverified_chain())
