"""A client's password: held so that nothing shows it by accident, checked for what relays cannot take, generated."""

import hashlib
import hmac
import secrets
import string
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NoReturn

PasswordReason = Literal[
    "PasswordWithLineBreak", "PasswordWithControlCharacter", "PasswordNotAscii", "PasswordTooShort"
]

SHORTEST = 16
"""Characters. Of letters and digits they hold 95 bits, which nobody guesses from a digest."""

GENERATED_LENGTH = 32
"""Characters. Of letters and digits they hold 190 bits."""

ALPHABET = string.ascii_letters + string.digits
"""No character that a shell, YAML, a URL or a configuration of Exim takes for something else."""


class Password:
    """A password. `repr`, `str` and formatting hide it; it cannot be copied, pickled or made JSON.

    Two passwords are equal only if they are one object, so that no comparison in a log or a test shows a difference.
    """

    __slots__ = ("__text",)

    def __init__(self, text: str) -> None:
        """Raises ValueError if no login can carry it (RFC 4616, section 2)."""
        if not is_sendable(text):
            raise ValueError("a password has at least one character, no NUL, and only characters that UTF-8 encodes")
        self.__text = text

    def reveal_for_auth(self) -> str:
        """Return the text, to be sent in an SMTP AUTH exchange and kept nowhere."""
        return self.__text

    def reveal_for_file(self) -> str:
        """Return the text, for the file of a relay that compares passwords as they are."""
        return self.__text

    def sha256_hex(self) -> str:
        """Return what a relay's file holds in its place (`content: sha256`): the SHA-256 of its UTF-8 text, in
        lower-case hexadecimal digits. For such a file alone: a short password can be found by its digest."""
        return hashlib.sha256(self.__text.encode()).hexdigest()

    def fingerprint(self, key: bytes) -> bytes:
        """Return the HMAC-SHA256 (RFC 2104) of its text, by which equal passwords are found without keeping them.

        `key` is random, lives as long as one look at the vaults, and is never stored: without it a fingerprint tells
        nothing, and fingerprints of two looks cannot be compared. Raises ValueError for a key of fewer than 32 bytes.
        """
        if len(key) < hashlib.sha256().digest_size:
            raise ValueError("the key of a fingerprint has at least 32 random bytes")
        return hmac.digest(key, self.__text.encode(), "sha256")

    def faults(self) -> tuple["PasswordFault", ...]:
        """Say what may keep relays or clients from taking it; nothing if it is sound."""
        return tuple(password_faults(self.__text))

    def __repr__(self) -> str:
        return "Password(hidden)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a password is not serialized")


def is_sendable(text: str) -> bool:
    """Say whether AUTH PLAIN can carry a text as a user name or password: not empty, no NUL, no lone surrogate."""
    return text != "" and "\0" not in text and not any(unicodedata.category(each) == "Cs" for each in text)


@dataclass(frozen=True, slots=True)
class PasswordFault:
    """Why a password is not sound; the message tells neither a part of it nor its length."""

    reason: PasswordReason
    message: str


def password_faults(text: str) -> Iterator[PasswordFault]:
    if "\n" in text or "\r" in text:
        yield PasswordFault(
            "PasswordWithLineBreak",
            "the password has a line break, which many tools write at the end of a file: a relay that compares the "
            "whole file refuses the password that the client sends (535)",
        )
    if any(unicodedata.category(character) == "Cc" for character in text if character not in "\r\n"):
        yield PasswordFault(
            "PasswordWithControlCharacter", "the password has a control character: relays and clients drop or refuse it"
        )
    if not text.isascii():
        yield PasswordFault(
            "PasswordNotAscii",
            "the password has characters beyond ASCII: client and relay may encode or normalize them differently "
            "(RFC 4616, section 2)",
        )
    if len(text) < SHORTEST:
        yield PasswordFault("PasswordTooShort", f"the password has fewer than {SHORTEST} characters and can be guessed")


def generate_password() -> Password:
    """Return a new password of 190 random bits: 32 letters and digits."""
    return Password("".join(secrets.choice(ALPHABET) for _ in range(GENERATED_LENGTH)))
