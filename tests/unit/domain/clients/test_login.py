"""What the reply to a login proves, and which server may be given a password at all."""

import pytest

from shared.domain.clients.login import WAYS, ExpectedServer, Login, LoginReason, judge_auth_reply
from shared.domain.clients.password import Password
from shared.domain.serving.probe import Probe
from tests.fakes.inventory import NOW
from tests.fakes.leaves import Signer

ROOT = Signer("Test CA").certificate
EXPECTED = ExpectedServer("mail.example.net", NOW, (ROOT,))
PROBE = Probe("mailrelay-0", "127.0.0.1", 25, "mail.example.net")


def login(user: str = "payroll") -> Login:
    return Login(PROBE, user, Password("open sesame"), WAYS[0], EXPECTED)


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        (235, "Accepted"),
        (535, "Refused"),
        (500, "Refused"),
        (538, "Refused"),
        (504, "NotOffered"),
        (435, "Tainted"),
        (421, "TemporarilyRefused"),
        (432, "TemporarilyRefused"),
        (454, "TemporarilyRefused"),
        (250, "UnexpectedReply"),
        (334, "UnexpectedReply"),
    ],
)
def test_each_reply_has_a_reason_and_only_535_says_that_user_or_password_is_wrong(
    code: int, reason: LoginReason
) -> None:
    result = judge_auth_reply(login(), code, "5.7.8 words")
    assert (result.reason, result.code, result.is_refusal) == (reason, code, code == 535)
    assert result.message == f"{code} 5.7.8 words"


@pytest.mark.parametrize(
    ("text", "enhanced"),
    [("5.7.8 no", "5.7.8"), ("4.7.0", "4.7.0"), ("no, 5.7.8", ""), ("5.7.8888 no", ""), ("3.0.0 no", ""), ("", "")],
)
def test_an_enhanced_code_is_read_at_the_beginning_alone(text: str, enhanced: str) -> None:
    assert judge_auth_reply(login(), 535, text).enhanced == enhanced


@pytest.mark.parametrize("user", ["", "a\0b", "a\udc80"])
def test_a_user_name_that_no_login_can_carry_is_refused(user: str) -> None:
    with pytest.raises(ValueError, match="a user name has"):
        login(user)


def test_a_server_is_expected_by_name_and_by_roots_or_thumbprints() -> None:
    for name, roots in [("", (ROOT,)), ("mail.example.net", ())]:
        with pytest.raises(ValueError, match="by its name, and by roots or by thumbprints"):
            ExpectedServer(name, NOW, roots)


@pytest.mark.parametrize("chain", [(), (b"",), (b"no certificate", b"at all")], ids=["none", "empty", "rubbish"])
def test_what_is_no_certificate_is_not_the_expected_server(chain: tuple[bytes, ...]) -> None:
    assert EXPECTED.fault(chain)
    assert ExpectedServer("mail.example.net", NOW, (), frozenset(["00" * 32])).fault(chain)  # type: ignore[list-item]
