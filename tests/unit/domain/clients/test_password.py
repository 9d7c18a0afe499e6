"""A password is shown by nothing that holds it, and a fault in it is named without telling any of it."""

import copy
import dataclasses
import hashlib
import json
import logging
import pickle
import secrets
import string
import traceback
from collections.abc import Callable

import msgspec
import pytest

from shared.domain.clients.password import SHORTEST, Password, PasswordReason, generate_password
from tests.e2e import leaks

CANARY = "canary-that-must-not-sing"


@dataclasses.dataclass
class Holder:
    """A record with a password in it."""

    password: Password


def shown(*texts: str) -> bool:
    canary = leaks.text("the password", CANARY)
    return leaks.leaks([canary], {str(place): text.encode() for place, text in enumerate(texts)}) != []


def test_no_text_that_is_made_of_a_password_shows_it(caplog: pytest.LogCaptureFixture) -> None:
    password = Password(CANARY)
    logging.getLogger("test").warning("%s %r", password, {"password": password})

    assert not shown(repr(password), str(password), f"{password!s:>40}", repr(Holder(password)), caplog.text)
    assert shown(password.reveal_for_auth())


SERIALIZERS: dict[str, Callable[[Holder], object]] = {
    "pickle": pickle.dumps,
    "copy": lambda holder: copy.copy(holder.password),
    "deepcopy": copy.deepcopy,
    "asdict": dataclasses.asdict,
    "JSON": lambda holder: json.dumps(holder.password),
    "msgspec": msgspec.json.encode,
    "msgspec in builtins": lambda holder: msgspec.to_builtins(holder, builtin_types=()),
    "vars": lambda holder: vars(holder.password),
}


@pytest.mark.parametrize("serialize", SERIALIZERS.values(), ids=SERIALIZERS)
def test_a_password_cannot_be_serialized(serialize: Callable[[Holder], object]) -> None:
    with pytest.raises(TypeError) as refused:
        serialize(Holder(Password(CANARY)))
    assert not shown(*traceback.format_exception(refused.value))


def test_its_sha256_is_in_lower_case_hexadecimal_as_a_relay_s_file_holds_it() -> None:
    digest = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2, appendix B.1
    assert Password("abc").sha256_hex() == digest


def test_equal_passwords_have_equal_fingerprints_under_one_key_and_under_no_other() -> None:
    key, other = secrets.token_bytes(32), secrets.token_bytes(32)

    assert Password(CANARY).fingerprint(key) == Password(CANARY).fingerprint(key)
    assert Password(CANARY).fingerprint(key) != Password(f"{CANARY}!").fingerprint(key)
    assert Password(CANARY).fingerprint(key) != Password(CANARY).fingerprint(other)
    assert Password(CANARY).fingerprint(key) != hashlib.sha256(CANARY.encode()).digest()
    assert len(Password(CANARY).fingerprint(key)) == 32


def test_a_fingerprint_under_a_short_key_is_refused() -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        Password(CANARY).fingerprint(b"x" * 31)


def test_two_passwords_are_equal_only_if_they_are_one_object() -> None:
    password = Password(CANARY)
    assert password == password
    assert password != Password(CANARY)
    assert len({Password(CANARY), Password(CANARY)}) == 2


@pytest.mark.parametrize("text", ["", f"{CANARY}\0", f"{CANARY}\udc80"], ids=["empty", "NUL", "lone surrogate"])
def test_what_no_login_can_carry_is_no_password_and_is_not_quoted(text: str) -> None:
    with pytest.raises(ValueError, match="a password has") as refused:
        Password(text)
    assert not shown(*traceback.format_exception(refused.value))


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        (CANARY, []),
        (f"{CANARY}\n", ["PasswordWithLineBreak"]),
        (f"{CANARY}\r\n", ["PasswordWithLineBreak"]),
        (f"{CANARY}\t", ["PasswordWithControlCharacter"]),
        (f"{CANARY}\x7f", ["PasswordWithControlCharacter"]),
        (f"{CANARY}é", ["PasswordNotAscii"]),
        (CANARY[: SHORTEST - 1], ["PasswordTooShort"]),
        ("é\n\t", ["PasswordWithLineBreak", "PasswordWithControlCharacter", "PasswordNotAscii", "PasswordTooShort"]),
    ],
)
def test_each_fault_has_a_reason_and_a_sentence_that_tells_no_part_of_it(
    text: str, reasons: list[PasswordReason]
) -> None:
    faults = Password(text).faults()
    assert [fault.reason for fault in faults] == reasons
    assert not any(CANARY[:8] in fault.message for fault in faults)


def test_a_generated_password_has_32_letters_and_digits_and_is_sound() -> None:
    made = [generate_password().reveal_for_auth() for _ in range(200)]

    assert {len(text) for text in made} == {32}
    assert set("".join(made)) == set(string.ascii_letters + string.digits)
    assert len(set(made)) == 200
    assert all(Password(text).faults() == () for text in made)
