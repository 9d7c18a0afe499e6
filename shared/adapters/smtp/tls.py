"""Which TLS a session offers: versions, ciphers, and names that can be asked for."""

import ssl
import threading
import warnings
from contextlib import suppress

from shared.adapters.smtp.connection import SessionError, server_text
from shared.domain.serving.probe import KeyType

CIPHERS: dict[KeyType, str] = {"ec": "ECDHE+aECDSA", "rsa": "ECDHE+aRSA:DHE+aRSA"}
"""Of TLS 1.2, whose suites name the kind of key that signs; `ssl` cannot choose the signatures of TLS 1.3."""


_filtering = threading.Lock()
"""Held while warnings are filtered, which is not safe in several threads at once."""


def tls_settings(key: KeyType | None) -> ssl.SSLContext:
    """TLS 1.2 or newer, any certificate: which one it is, and whether a client would take it, is the domain's to say.

    For one kind of `key` TLS 1.2 alone. A server that asks for a new handshake, and could show another chain by it, is
    refused.
    """
    settings = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    settings.check_hostname = False
    settings.verify_mode = ssl.CERT_NONE
    settings.minimum_version = ssl.TLSVersion.TLSv1_2
    settings.options |= ssl.OP_NO_RENEGOTIATION
    if key is not None:
        settings.maximum_version = ssl.TLSVersion.TLSv1_2
        settings.set_ciphers(CIPHERS[key])
    return settings


def check_askable(sni: str | None, tls: ssl.SSLContext) -> None:
    """Raise SessionError for what no TLS client can ask for: certificates hold such names (RFC 6066, section 3)."""
    try:
        tls.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_hostname=sni)
    except (ValueError, TypeError, ssl.SSLError) as error:
        raise SessionError(
            f"no client can ask for the name {server_text(sni or '')!r}", inconclusive="NotAskable"
        ) from error


def settings_for(lowest: ssl.TLSVersion, highest: ssl.TLSVersion) -> ssl.SSLContext | None:
    """Offer these versions alone, to learn whether a server takes them; None where this machine's library cannot.

    It offers what mail servers offer when they deliver: OpenSSL's default ciphers, also those without forward secrecy,
    which Python leaves out. Versions below 1.2 need signatures by SHA-1, which OpenSSL allows at security level 0.
    """
    settings = tls_settings(None)
    with _filtering, warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of naming TLS 1.0 and 1.1
        try:
            settings.minimum_version, settings.maximum_version = lowest, highest
            settings.set_ciphers("DEFAULT" if lowest >= ssl.TLSVersion.TLSv1_2 else "ALL:!aNULL:@SECLEVEL=0")
        except (ValueError, ssl.SSLError):
            return None
    return settings if has_hello(settings) else None


def has_hello(settings: ssl.SSLContext) -> bool:
    """Say whether the library makes a ClientHello: a system's policy may leave no version or cipher to offer."""
    try:
        settings.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO()).do_handshake()
    except ssl.SSLWantReadError:
        return True
    except ssl.SSLError:
        return False
    raise AssertionError("a handshake without a server")


def client_hello() -> bytes:
    """Return the first bytes of a client where TLS comes first."""
    hello = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        tls_settings(None).wrap_bio(ssl.MemoryBIO(), hello, server_hostname="localhost").do_handshake()
    return hello.read()
