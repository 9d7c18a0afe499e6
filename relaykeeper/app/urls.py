"""Which URLs a token or a key may be sent to."""

import re
from ipaddress import ip_address
from urllib.parse import urlsplit

from relaykeeper.failures import UsageFailure

HOST_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", re.ASCII)
"""Of a host, as urlsplit has it, in lower case; no character of it means anything to a shell."""


def require_protected(url: str) -> None:
    """Raise UsageFailure for a URL at which token or key could be read on the way: only this machine needs no TLS."""
    try:
        parts = urlsplit(url)
        here = parts.scheme == "http" and is_loopback(parts.hostname or "")
        usable = is_host(parts.hostname or "") and parts.port != 0 and (parts.scheme == "https" or here)
        if usable and not (parts.username or parts.query or parts.fragment or parts.path):
            return
    except ValueError:
        pass
    raise UsageFailure(
        "what is given is not the URL of an app: it must be https://HOST, for example https://APP.azurewebsites.net, "
        "with no path, user name or query"
    )


def is_host(host: str) -> bool:
    return HOST_NAME.fullmatch(host) is not None or is_address(host)


def is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    return ip_address(host).is_loopback if is_address(host) else host == "localhost"
