"""What must not be seen outside its place, every way in which it could be written, and the search for it."""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

LINE = 48
"""Bytes of DER in a line of PEM (RFC 7468, section 2)."""

TELLING = 12
"""Bytes of a private number from which on a line of PEM counts as a part of it; a quarter of the line."""


GUESSABLE = 20
"""Characters of a part of a URL: what is shorter is no secret."""


@dataclass(frozen=True, slots=True)
class Hidden:
    """A secret: its name may be told, any one of the `fragments` gives it away."""

    name: str
    fragments: tuple[bytes, ...] = field(repr=False)


def key(name: str, pem: bytes) -> Hidden:
    """Hide a private key: its private numbers, and the lines of PEM that hold a part of them."""
    private = load_pem_private_key(pem, password=None)
    assert isinstance(private, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    numbers = private_numbers(private)
    return Hidden(name, (*numbers, *map(decimal, numbers), *private_lines(private, numbers)))


def text(name: str, value: str) -> Hidden:
    """Hide a password or header."""
    return Hidden(name, (value.encode(),))


def address(name: str, url: str) -> Hidden:
    """Hide what lets whoever knows a URL speak to who listens there: the long parts of its path and query."""
    parts = urlsplit(url)
    values = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query))]
    return Hidden(name, tuple(value.encode() for value in values if len(value) >= GUESSABLE))


def tokens(name: str, token: str) -> Hidden:
    """Hide every token of one issuer: they all begin with the same header, which names its key (RFC 7515)."""
    header, _, _ = token.partition(".")
    return Hidden(name, (f"{header}.".encode(),))


def private_numbers(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> tuple[bytes, ...]:
    """Return the numbers, big-endian, each of which alone is as good as the key."""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return (private.private_numbers().private_value.to_bytes((private.key_size + 7) // 8),)
    numbers = private.private_numbers()
    return tuple(number.to_bytes((number.bit_length() + 7) // 8) for number in (numbers.d, numbers.p, numbers.q))


def decimal(number: bytes) -> bytes:
    return str(int.from_bytes(number)).encode()


def private_lines(private: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, numbers: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the lines of PEM, as PKCS#8 and as openssl's own, that hold a part of a private number."""
    for shape in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL):
        der = private.private_bytes(Encoding.DER, shape, NoEncryption())
        lines = private.private_bytes(Encoding.PEM, shape, NoEncryption()).splitlines()[1:-1]
        for number in numbers:
            begin = der.index(number)
            for place, line in enumerate(lines):
                held = min(begin + len(number), (place + 1) * LINE) - max(begin, place * LINE)
                if held >= TELLING:
                    yield line


def written(fragment: bytes) -> frozenset[bytes]:
    """Return the fragment raw, in hex, in base64 at whatever offset, and as Python and then JSON show bytes."""
    return frozenset(
        [
            fragment,
            fragment.hex().encode(),
            fragment.hex().upper().encode(),
            *(form for offset in range(3) for form in base64_at(offset, fragment)),
            *(form.encode() for shown in shown_by_python(fragment) for form in (shown, json.dumps(shown)[1:-1])),
        ]
    )


def shown_by_python(fragment: bytes) -> tuple[str, str]:
    """Return the fragment as a part of a longer `repr`, which escapes single quotes if it holds double ones too."""
    escaped = repr(b'"' + fragment)[3:-1]
    return escaped, escaped.replace(r"\'", "'")


def base64_at(offset: int, fragment: bytes) -> tuple[bytes, bytes]:
    """Return what base64 and base64url make of the fragment `offset` bytes (modulo 3) into something longer.

    Left out are the characters at either end that hold bits of what stands before or behind it (RFC 4648, section 4).
    """
    whole = slice(-(-8 * offset // 6), 8 * (offset + len(fragment)) // 6)
    standard = b64encode(bytes(offset) + fragment)[whole]
    return standard, standard.translate(bytes.maketrans(b"+/", b"-_"))


def leaks(secrets: Iterable[Hidden], places: Mapping[str, bytes]) -> list[str]:
    """Say which secret is seen where, showing none."""
    return sorted(
        f"{secret.name} is seen in {place}"
        for secret in secrets
        for place, content in places.items()
        if seen(secret, content)
    )


def seen(secret: Hidden, content: bytes) -> bool:
    return any(form in content for fragment in secret.fragments for form in written(fragment))


def update_secret(statement: str) -> str:
    """Return the secret out of BIND's `key` statement."""
    found = re.search(r'secret "([^"]+)"', statement)
    assert found, "the statement names a secret"
    return found[1]
