"""How servers' answers become a value's standing."""

import pytest

from shared.adapters.dns import propagation
from shared.adapters.dns.name_servers import NoAnswer, TxtSeen
from shared.domain.issuing.issuance import TxtValue
from shared.inventory import Endpoint

FIRST, SECOND = Endpoint("192.0.2.1"), Endpoint("2001:db8::1", 5353)
SERVERS = {"example.net": (FIRST, SECOND)}
ONE, TWO = (TxtValue("example.net", "_acme-challenge.example.net", value) for value in ("one", "two"))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Endpoint, str]]:
    """Questions asked: the first server holds both values, the second lags behind with one."""
    questions = []

    def txt_at(server: Endpoint, name: str, zone: str) -> TxtSeen:
        del zone
        questions.append((server, name))
        return TxtSeen(frozenset({"one", "two"} if server == FIRST else {"one"}), "another value")

    monkeypatch.setattr(propagation, "txt_at", txt_at)
    return questions


def test_a_lagging_secondary_holds_its_value_back(asked: list[tuple[Endpoint, str]]) -> None:
    one, two = propagation.look([ONE, TWO], SERVERS)

    assert one.complete
    assert not two.complete
    assert two.servers == ("192.0.2.1:53", "[2001:db8::1]:5353")
    assert two.seen_on == ("192.0.2.1:53",)
    assert two.message == "[2001:db8::1]:5353: another value"
    assert len(asked) == 2


def test_a_silent_server_is_asked_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def txt_at(server: Endpoint, name: str, zone: str) -> TxtSeen:
        del zone
        asked.append(name)
        raise NoAnswer(f"no answer from {server.address}")

    monkeypatch.setattr(propagation, "txt_at", txt_at)
    monkeypatch.setattr(propagation, "THREADS", 1)
    records = [TxtValue("example.net", f"{number}.example.net", "v") for number in range(5)]

    standings = propagation.look(records, {"example.net": (FIRST,)})

    assert {standing.message for standing in standings} == {"192.0.2.1:53: no answer from 192.0.2.1"}
    assert asked == ["0.example.net"]
