"""Which URLs a token or a key may be sent to."""

from ipaddress import ip_address
from urllib.parse import urlsplit

from relaykeeper.failures import UsageFailure


def require_protected(url: str) -> None:
    """Raise UsageFailure for a URL at which token or key could be read on the way: only this machine needs no TLS."""
    try:
        parts = urlsplit(url)
        here = parts.scheme == "http" and is_loopback(parts.hostname or "")
        usable = bool(parts.hostname) and (parts.scheme == "https" or here)
        if usable and not (parts.username or parts.query or parts.fragment or parts.path):
            return
    except ValueError:
        pass
    raise UsageFailure(
        "what is given is not the URL of an app: it must be https://HOST, for example https://APP.azurewebsites.net, "
        "with no path, user name or query"
    )


def is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
