"""What `verify` is told to examine: host, port, how TLS begins, and the names that are asked for."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from shared.endpoint import HIGHEST_PORT, SUBMISSIONS
from shared.errors import PermanentError
from shared.text import quoted

SMTP_PORT = 25

HOST_NAME = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*", re.ASCII)
LONGEST_NAME = 253

MAILBOX = re.compile(r"[^\s<>\x00-\x1f\x7f-\U0010ffff]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)
"""What can be said in MAIL and RCPT without ending the command, and without SMTPUTF8."""

SPAN = re.compile(r"([0-9]{1,5})(h|d|w)", re.ASCII)
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is an IP address, or a name in A-labels. `implicit`: TLS comes first, else STARTTLS.

    `name` is what the certificate must be for, and `further` are asked for too. None where an address was given alone.
    """

    host: str
    port: int
    implicit: bool
    name: str | None
    further: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def read_target(text: str, sni: Sequence[str], *, tls: bool, starttls: bool) -> Target:
    """Read HOST[:PORT] and the names. Raises PermanentError, which says what to write instead."""
    if tls and starttls:
        raise PermanentError("--tls and --starttls exclude each other: TLS comes first, or after STARTTLS")
    host, port = split_port(text.strip())
    is_address = ip_address(host) is not None
    host = host if is_address else host_name(host, "HOST")
    names = tuple(dict.fromkeys([*([] if is_address else [host]), *(host_name(each, "--sni") for each in sni)]))
    implicit = tls or (port == SUBMISSIONS and not starttls)
    return Target(host, port, implicit, names[0] if names else None, names[1:])


def split_port(text: str) -> tuple[str, int]:
    """Split HOST, HOST:PORT, ADDRESS, [ADDRESS] or [ADDRESS]:PORT. Raises PermanentError."""
    refuse_other_shapes(text)
    bracketed = re.fullmatch(r"\[([^\]]*)\](?::(.*))?", text)
    if bracketed is not None:
        host, port = bracketed[1], bracketed[2]
        if ip_address(host) is None or ":" not in host:
            raise PermanentError(f"HOST cannot be {quoted(text)}: only an IPv6 address stands in brackets")
    elif ip_address(text) is not None:
        host, port = text, None
    else:
        host, colon, after = text.partition(":")
        port = after if colon else None
        if ":" in after:
            raise PermanentError(f"HOST cannot be {quoted(text)}: write an IPv6 address as [ADDRESS]:PORT")
    if port is None:
        return host, SMTP_PORT
    if not (re.fullmatch("[0-9]{1,5}", port, re.ASCII) and 1 <= int(port) <= HIGHEST_PORT):
        raise PermanentError(f"PORT cannot be {quoted(port)}: it is a number from 1 to {HIGHEST_PORT}")
    return host, int(port)


def refuse_other_shapes(text: str) -> None:
    """Raise PermanentError for what people paste instead of a host."""
    if "://" in text:
        scheme, _, rest = text.partition("://")
        port = ":465" if scheme.lower() == "smtps" and ":" not in rest else ""
        raise PermanentError(f"HOST cannot be the URL {quoted(text)}: write {quoted(rest.rstrip('/') + port)}")
    if "@" in text:
        domain = text.rpartition("@")[2]
        raise PermanentError(
            f"HOST cannot be the mail address {quoted(text)}: write a server's name. Those of a domain are its MX "
            f"records: dig +short MX {quoted(domain)}"
        )


def ip_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def host_name(text: str, option: str) -> str:
    """Return a host's name in lower-case A-labels, without the dot at its end. Raises PermanentError."""
    name = text.strip().removesuffix(".").lower()
    if not name.isascii():
        import idna

        try:
            name = idna.encode(name, uts46=True).decode()
        except idna.IDNAError as error:
            raise PermanentError(f"{option} cannot be {quoted(text)}: {error}") from error
    numeric = re.fullmatch(r"[0-9.]+", name) is not None
    if numeric or len(name) > LONGEST_NAME or HOST_NAME.fullmatch(name) is None:
        shape = "an address has four numbers up to 255" if numeric and name else "it is no host's name"
        raise PermanentError(f"{option} cannot be {quoted(text)}: {shape}")
    return name


def mailbox(text: str | None, option: str) -> str | None:
    """Raises PermanentError for what cannot be said in MAIL or RCPT."""
    if text is not None and MAILBOX.fullmatch(text) is None:
        raise PermanentError(f"{option} cannot be {quoted(text)}: it is no mail address like postmaster@example.org")
    return text


def span(text: str | None, option: str) -> timedelta | None:
    """Read `21d`, `48h` or `3w`. Raises PermanentError."""
    if text is None:
        return None
    shape = SPAN.fullmatch(text.strip())
    if shape is None:
        raise PermanentError(f"{option} cannot be {quoted(text)}: write days, hours or weeks, like 21d, 48h or 3w")
    return int(shape[1]) * UNITS[shape[2]]
