"""What is known of a certificate, wherever it was read: in a vault, in an authority's answer, in a handshake."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NewType

Thumbprint = NewType("Thumbprint", str)
"""SHA-256 of the leaf's DER in lower-case hex. (Key Vault's own thumbprint is SHA-1 and not used.)"""

Version = NewType("Version", str)
"""A version of a certificate in its vault."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a leaf says of itself.

    `names` are lower case; `key` is as in the inventory, or an algorithm's name; `serial` is lower-case hex.
    """

    thumbprint: Thumbprint
    names: frozenset[str]
    key: str
    not_before: datetime
    not_after: datetime
    serial: str = ""

    @property
    def lifetime(self) -> timedelta:
        """How long it is valid: no time at all where it ends before it begins."""
        return max(self.not_after - self.not_before, timedelta(0))


def names_of(leaf: Leaf, wanted: Sequence[str]) -> tuple[str, ...]:
    """Return the names of a version, those first that are wanted now: an earlier version may have others."""
    kept = [name for name in wanted if name in leaf.names]
    return (*kept, *sorted(leaf.names.difference(kept)))


@dataclass(frozen=True, slots=True)
class Stored:
    """The newest enabled version of a certificate in its vault, without its key."""

    version: Version
    leaf: Leaf
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Pending:
    """A certificate operation in progress in the vault: its key exists, its certificate does not yet.

    `csr` is DER (RFC 2986); `key_hash` is the SHA-256 of its SubjectPublicKeyInfo, hex; `names` are those the CSR asks
    for; `issuer` is the vault's word for who signs (`Unknown`: whoever merges).
    """

    csr: bytes
    key_hash: str
    names: frozenset[str]
    key: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """A certificate as a server needs it: key (PKCS#8 PEM) and chain (PEM, leaf first, no root)."""

    leaf: Leaf
    key: bytes = field(repr=False)
    chain: bytes
