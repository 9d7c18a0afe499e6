"""A password is shown by nothing that holds it, and a fault in it is named without telling any of it."""

import copy
import dataclasses
import json
import logging
import pickle
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
