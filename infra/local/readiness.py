"""Whether a server serves: quick looks that answer yes or no, for `Supervisor` to repeat."""

import socket
import ssl
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 1.0
"""Seconds that one look may take."""


def listens(address: str, port: int) -> bool:
    """Whether something accepts TCP connections there."""
    try:
        socket.create_connection((address, port), timeout=PATIENCE).close()
    except OSError:
        return False
    return True


def answers(url: str, authority: Path | None = None) -> bool:
    """Whether a GET of `url` gets any HTTP answer below 500; https is checked against the PEM file `authority`."""
    context = ssl.create_default_context(cafile=authority) if authority else None
    try:
        urllib.request.urlopen(url, timeout=PATIENCE, context=context).close()  # noqa: S310 our own loopback URLs
    except urllib.error.HTTPError as refusal:
        return refusal.code < 500
    except OSError:
        return False
    return True
