"""`verify` asks in few sessions, and asks no more of a server that does not come as far as TLS."""

from dataclasses import dataclass, field

import pytest

from shared.domain.verify.answers import (
    VERSIONS,
    Handshake,
    HandshakeAnswer,
    Offer,
    Session,
    TlsVersion,
    Trouble,
    VersionAnswer,
)
from shared.workflows.verify import WRONG_NAME, Questions, ask

NAME = "mail.example.net"
OFFER = Offer(("STARTTLS",), starttls=True, mechanisms=())


@dataclass
class FakeServer:
    """A server that takes `versions`, or whose first session ends in `trouble`; `asked` gets every session."""

    versions: tuple[TlsVersion, ...] = ("1.3", "1.2")
    trouble: Trouble | None = None
    asked: list[str] = field(default_factory=list)
    address: str = "192.0.2.7"

    def session(self, sni: str | None) -> Session:
        self.asked.append(f"session {sni}")
        if self.trouble is not None:
            return Session("mx", OFFER, trouble=self.trouble)
        return Session("mx", OFFER, self.agreed(), OFFER)

    def handshake(self, sni: str | None) -> HandshakeAnswer:
        self.asked.append(f"handshake {sni}")
        return self.trouble or self.agreed()

    def agreed_version(self, lowest: TlsVersion, highest: TlsVersion, sni: str | None) -> TlsVersion | VersionAnswer:
        self.asked.append(f"{lowest}-{highest} {sni}")
        offered = VERSIONS[VERSIONS.index(highest) : VERSIONS.index(lowest) + 1]
        return next((each for each in offered if each in self.versions), "refused")

    def agreed(self) -> Handshake:
        return Handshake(self.versions[0], "cipher", "group", (b"leaf",))


def nothing(_: str) -> None:
    pass


def test_a_modern_server_gets_five_sessions_and_one_more_for_each_further_name() -> None:
    server = FakeServer()
    answers = ask(server, Questions(NAME, ("smtp.example.net",)), nothing)

    assert server.asked == [
        f"session {NAME}",
        f"1.2-1.2 {NAME}",
        f"1.0-1.1 {NAME}",
        "handshake smtp.example.net",
        "handshake None",
        f"handshake {WRONG_NAME}",
    ]
    assert answers.versions == {"1.3": "accepted", "1.2": "accepted", "1.1": "refused", "1.0": "refused"}


@pytest.mark.parametrize(
    ("versions", "asked"),
    [
        (("1.2",), ["1.0-1.1"]),
        (("1.3",), ["1.2-1.2", "1.0-1.1"]),
        (("1.3", "1.2", "1.1", "1.0"), ["1.2-1.2", "1.0-1.1", "1.0-1.0"]),
        (("1.2", "1.0"), ["1.0-1.1"]),
    ],
)
def test_only_versions_that_no_answer_before_tells_are_asked(
    versions: tuple[TlsVersion, ...], asked: list[str]
) -> None:
    server = FakeServer(versions)
    answers = ask(server, Questions(NAME), nothing)
    assert [each.split()[0] for each in server.asked if each[0] == "1"] == asked
    assert [each for each in VERSIONS if answers.versions[each] == "accepted"] == list(versions)


def test_without_a_name_the_first_session_is_the_one_without_sni() -> None:
    server = FakeServer()
    answers = ask(server, Questions(None), nothing)
    assert server.asked[0] == "session None"
    assert "handshake None" not in server.asked
    assert answers.without_sni is None


@pytest.mark.parametrize("reason", ["ConnectionRefused", "NotGreeted", "ServerBusy", "OutOfTime"])
def test_a_server_that_does_not_come_as_far_as_tls_is_asked_nothing_more(reason: str) -> None:
    server = FakeServer(trouble=Trouble("greeting", reason, "no"))  # type: ignore[arg-type]
    ask(server, Questions(NAME), nothing)
    assert server.asked == [f"session {NAME}"]


def test_a_server_that_refuses_the_handshake_is_asked_whether_another_version_or_no_name_helps() -> None:
    server = FakeServer(("1.0",), Trouble("handshake", "NoHandshake", "alert"))
    answers = ask(server, Questions(NAME, ("smtp.example.net",)), nothing)
    assert server.asked == [
        f"session {NAME}",
        f"1.3-1.3 {NAME}",
        f"1.2-1.2 {NAME}",
        f"1.0-1.1 {NAME}",
        "handshake None",
    ]
    assert answers.versions["1.0"] == "accepted"
