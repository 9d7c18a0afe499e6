"""Whatever a server does in a login, it is a result in time, no login is repeated, and no password is quoted."""

import socket
import time
from base64 import b64encode
from hashlib import sha256
from pathlib import Path

import pytest

from shared.adapters.smtp.probe import SmtpProber
from shared.domain.clients.login import WAYS, Login, LoginReason, LoginResult, LoginWay
from shared.domain.clients.password import Password
from tests.wire.smtp.auth_servers import AuthServer
from tests.wire.smtp.servers import Shown, question, says, serving, wait_for_end
from tests.wire.smtp.test_hostile import SECONDS, SLACK, drip, endless
from tests.wire.smtp.test_login import CANARY, LOGIN_ASKED, NAME, USER, expecting, leaks_in

AT_ONCE, ASKED, LOGIN_AT_ONCE, _ = WAYS


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(NAME, tmp_path)


def log_in(server: AuthServer, shown: Shown, way: LoginWay, caplog: pytest.LogCaptureFixture) -> LoginResult:
    """Log in, and see that neither the result nor the log quotes the password."""
    caplog.set_level("DEBUG")
    with serving(server) as port:
        login = Login(question(port), USER, Password(CANARY), way, expecting(shown))
        begun = time.monotonic()
        [result] = SmtpProber(SECONDS).log_in([login])
        assert time.monotonic() - begun < SECONDS + SLACK
    assert leaks_in(repr(result), result.message, caplog.text) == []
    assert result.message.isprintable()
    assert len(result.message) < 250
    assert server.heard.count("AUTH") == 1
    return result


def cut(connection: socket.socket) -> None:
    connection.close()


INSTEAD = {
    "silence": (wait_for_end, "no reply to AUTH within 0.5 s"),
    "slow drip": (drip(b"334-"), "no reply to AUTH within 0.5 s"),
    "endless line": (endless(b"334 " * 1024), "a line of more than 8192 bytes to AUTH"),
    "endless reply": (endless(b"334-welcome\r\n" * 64), "a reply of more than 100 lines to AUTH"),
    "another protocol": (says("HTTP/1.1 200 OK\r\n"), "no SMTP reply to AUTH: HTTP/1.1 200 OK"),
    "hang-up": (cut, "connection cut, no complete reply to AUTH"),
}


@pytest.mark.parametrize(("instead", "message"), INSTEAD.values(), ids=INSTEAD)
@pytest.mark.parametrize("way", WAYS, ids=str)
def test_what_comes_in_place_of_a_reply_is_no_answer(
    shown: Shown, instead: object, message: str, way: LoginWay, caplog: pytest.LogCaptureFixture
) -> None:
    result = log_in(AuthServer(shown, instead=instead), shown, way, caplog)  # type: ignore[arg-type]
    assert result.reason == "NoAnswer"
    assert result.message.startswith(message)


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_cut_after_the_password_is_no_answer_and_not_tried_again(
    shown: Shown, way: LoginWay, caplog: pytest.LogCaptureFixture
) -> None:
    server = AuthServer(shown, replies={"PLAIN": "", "PLAIN+": "", "LOGIN": "", "LOGIN+": ""})
    result = log_in(server, shown, way, caplog)
    assert result.reason == "NoAnswer"
    assert result.message.startswith("connection cut, no complete reply to ")


@pytest.mark.parametrize("rubbish", ["!!!", "dGVzd", "=", "VXNlcm5hbWU6 VXNlcm5hbWU6", "A" * 500])
@pytest.mark.parametrize("way", [ASKED, LOGIN_ASKED], ids=str)
def test_a_challenge_that_is_not_base64_gets_no_password(
    shown: Shown, rubbish: str, way: LoginWay, caplog: pytest.LogCaptureFixture
) -> None:
    server = AuthServer(shown, {USER: CANARY}, challenges={way.mechanism: [rubbish] * 2})
    assert log_in(server, shown, way, caplog).reason == "BadChallenge"
    assert leaks_in(*server.heard) == []
    assert "*" in server.heard


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_a_server_that_asks_for_more_than_there_is_gets_nothing_more(
    shown: Shown, way: LoginWay, caplog: pytest.LogCaptureFixture
) -> None:
    asking = {"PLAIN": ["", "TW9yZTo="], "LOGIN": ["VXNlcm5hbWU6", "UGFzc3dvcmQ6", "TW9yZTo="]}
    server = AuthServer(shown, {USER: CANARY}, challenges=asking)
    result = log_in(server, shown, way, caplog)
    assert (result.reason, result.code) == ("BadChallenge", 334)
    assert result.message.startswith("the server asks for more than the mechanism has")


def test_a_login_that_is_accepted_before_the_password_was_sent_proves_nothing(
    shown: Shown, caplog: pytest.LogCaptureFixture
) -> None:
    result = log_in(AuthServer(shown, instead=says("235 welcome\r\n")), shown, LOGIN_AT_ONCE, caplog)
    assert (result.reason, result.code) == ("UnexpectedReply", 235)


ECHOES = {
    "as it is": CANARY,
    "a part of it": f"no {CANARY[3:12]}",
    "in capitals": CANARY.upper(),
    "in hex": CANARY.encode().hex(),
    "in base64": b64encode(CANARY.encode()).decode(),
    "in base64 after one byte": b64encode(f"x{CANARY}".encode()).decode(),
    "in base64 after two bytes": b64encode(f"xx{CANARY}y".encode()).decode(),
    "as a relay's file has it": sha256(CANARY.encode()).hexdigest(),
    "as PLAIN has it": b64encode(f"\0{USER}\0{CANARY}".encode()).decode(),
}


@pytest.mark.parametrize("echo", ECHOES.values(), ids=ECHOES)
@pytest.mark.parametrize("way", [AT_ONCE, LOGIN_ASKED], ids=str)
@pytest.mark.parametrize(
    ("reply", "reason"),
    [("535 5.7.8 failed: {}", "Refused"), ("{} is no reply", "NoAnswer"), ("334 {}", "BadChallenge")],
)
def test_a_server_that_repeats_the_password_is_not_quoted(
    shown: Shown, echo: str, way: LoginWay, reply: str, reason: LoginReason, caplog: pytest.LogCaptureFixture
) -> None:
    key = way.mechanism + "+" * way.initial_response
    result = log_in(AuthServer(shown, replies={key: reply.format(echo)}), shown, way, caplog)
    assert result.reason == reason
    assert echo.casefold() not in result.message.casefold()
    assert CANARY[3:12] not in result.message
    assert "withheld" in result.message
