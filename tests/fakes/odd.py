"""Certificates that a server or a vault may hold, and that `cryptography` refuses to read, wholly or in part.

Written as DER by hand (X.690), because no library that refuses to read them makes them.
"""

from collections.abc import Mapping

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY = ec.generate_private_key(ec.SECP256R1())
SEQUENCE, SET, OCTETS, BITS, INTEGER, UTF8, UTC_TIME, TIME = 0x30, 0x31, 0x04, 0x03, 0x02, 0x0C, 0x17, 0x18
SAN, TLS_FEATURE, BASIC_CONSTRAINTS = "2.5.29.17", "1.3.6.1.5.5.7.1.24", "2.5.29.19"
X400, DNS, EDI, IP = 0xA3, 0x82, 0xA5, 0x87


def tlv(tag: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    size = len(content)
    if size < 0x80:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def oid(dotted: str) -> bytes:
    first, second, *others = map(int, dotted.split("."))
    content = bytes([first * 40 + second])
    for number in others:
        groups = [number & 0x7F]
        while number := number >> 7:
            groups.insert(0, number & 0x7F | 0x80)
        content += bytes(groups)
    return tlv(0x06, content)


def extension(kind: str, content: bytes) -> bytes:
    return tlv(SEQUENCE, oid(kind), tlv(OCTETS, content))


def san(*names: bytes) -> bytes:
    return extension(SAN, tlv(SEQUENCE, *names))


def dns(name: bytes) -> bytes:
    return tlv(DNS, name)


def subject(value: bytes) -> bytes:
    return tlv(SEQUENCE, tlv(SET, tlv(SEQUENCE, oid("2.5.4.3"), value)))


SPKI = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
ECDSA = tlv(SEQUENCE, oid("1.2.840.10045.4.3.2"))
NAMED = san(dns(b"dev.mail.example.net"))
COMMON_NAME = subject(tlv(UTF8, b"odd"))
BEGINS, ENDS = tlv(UTC_TIME, b"261101000000Z"), tlv(UTC_TIME, b"270201000000Z")


def certificate(
    *extensions: bytes,
    version: int = 2,
    serial: bytes = b"\x01",
    algorithm: bytes = ECDSA,
    begins: bytes = BEGINS,
    ends: bytes = ENDS,
    name: bytes = COMMON_NAME,
    spki: bytes = SPKI,
) -> bytes:
    """Return the DER of a certificate that signed itself, with these parts (RFC 5280, section 4.1)."""
    to_be_signed = tlv(
        SEQUENCE,
        tlv(0xA0, tlv(INTEGER, bytes([version]))),
        tlv(INTEGER, serial),
        algorithm,
        name,
        tlv(SEQUENCE, begins, ends),
        name,
        spki,
        tlv(0xA3, tlv(SEQUENCE, *(extensions or (NAMED,)))),
    )
    signature = KEY.sign(to_be_signed, ec.ECDSA(hashes.SHA256()))
    return tlv(SEQUENCE, to_be_signed, algorithm, tlv(BITS, b"\0", signature))


def key_of(algorithm: str, *parameters: bytes) -> bytes:
    return tlv(SEQUENCE, tlv(SEQUENCE, oid(algorithm), *parameters), tlv(BITS, b"\0\x04" + b"\x01" * 64))


UNREADABLE: Mapping[str, bytes] = {
    "no DER": b"-----BEGIN",
    "nothing": b"",
    "version 4": certificate(version=3),
    "an ediPartyName": certificate(san(tlv(EDI, tlv(0xA1, tlv(UTF8, b"x"))))),
    "an x400Address": certificate(san(tlv(X400, b""))),
    "a SAN twice": certificate(NAMED, NAMED),
    "a SAN that is no sequence": certificate(extension(SAN, b"\xff\xff")),
    "a DNS name outside ASCII": certificate(san(dns(b"d\xe9v.example.net"))),
    "an IP of three bytes": certificate(san(tlv(IP, b"\x01\x02\x03"))),
    "an unknown TLS feature": certificate(NAMED, extension(TLS_FEATURE, tlv(SEQUENCE, tlv(INTEGER, b"\x63")))),
    "broken basicConstraints": certificate(NAMED, extension(BASIC_CONSTRAINTS, b"\x02\x01\x01")),
    "an unknown kind of key": certificate(spki=key_of("1.2.840.10045.2.99")),
    "an unknown curve": certificate(spki=key_of("1.2.840.10045.2.1", oid("1.3.6.1.4.1.99999"))),
    "a point that is on no curve": certificate(spki=key_of("1.2.840.10045.2.1", oid("1.2.840.10045.3.1.7"))),
    "month 99": certificate(begins=tlv(UTC_TIME, b"269901000000Z")),
    "the year 0": certificate(begins=tlv(TIME, b"00000101000000Z")),
    "no serial": certificate(serial=b""),
}
"""None of these can be read as a leaf."""

HALF_READABLE: Mapping[str, bytes] = {
    "an unknown signature algorithm": certificate(algorithm=tlv(SEQUENCE, oid("1.2.3.4"))),
    "a name that is no UTF-8": certificate(name=subject(tlv(UTF8, b"\xff\xfe"))),
    "an integer for a name": certificate(name=subject(tlv(INTEGER, b"\x01"))),
    "bits for a name": certificate(name=subject(tlv(BITS, b"\0x"))),
    "an empty part of a name": certificate(name=tlv(SEQUENCE, tlv(SET))),
}
"""A leaf can be read of these, but nobody can say who signed it, or for whom."""

LIVES: Mapping[str, bytes] = {
    "no life": certificate(begins=ENDS, ends=ENDS),
    "an end before its beginning": certificate(begins=ENDS, ends=BEGINS),
    "an end in the year 9999": certificate(ends=tlv(TIME, b"99991231235959Z")),
    "all years": certificate(begins=tlv(TIME, b"00010101000000Z"), ends=tlv(TIME, b"99991231235959Z")),
    "all years, backwards": certificate(ends=tlv(TIME, b"00010101000000Z"), begins=tlv(TIME, b"99991231235959Z")),
    "a beginning in 1950": certificate(begins=tlv(UTC_TIME, b"500101000000Z")),
}
"""Readable, with odd dates."""

NAMES = ("mail..example.net", ".x.example.net", f"{'a' * 64}.example.net", "a\0.example.net", "", "x/../y", "a b")
"""Which no client can ask for."""
