"""What is not said with authority for the zone is no answer; a zone below the inventory's is named."""

import dns.rcode
import pytest

from shared import resolver
from shared.adapters.dns import challenge_zone, name_servers, propagation
from shared.adapters.dns.name_servers import authoritative_servers
from shared.adapters.dns.propagation import look
from shared.domain.issuing.issuance import TxtValue
from shared.errors import PermanentError, TransientError
from shared.inventory import Endpoint
from shared.inventory import Zone as Place
from tests.wire.dns.name_servers import (
    Answering,
    Zone,
    about_something_else,
    authority,
    recursive,
    referring,
    refusing,
    serving,
    without_authority,
)

NET, ACME = "example.net", "acme.example.org"
NAME, CHALLENGE = "mail.example.net", "_acme-challenge.mail.example.net"
NS = {("@", "NS"): ("ns.example.net.",)}
DELEGATED: Zone = {**NS, ("_acme-challenge.mail", "CNAME"): ("mail.acme.example.org.",)}
GOOD = authority({NET: DELEGATED, ACME: NS})
THERE = TxtValue(ACME, "mail.acme.example.org", "v")


def zone(name: str, key: str, *servers: Endpoint) -> Place:
    fields = {"name": name, "subscription": "00000000-0000-0000-0000-000000000001", "resource_group": "dns"}
    return Place.model_validate({**fields, key: [str(server) for server in servers]})


def locate(key: str, *servers: Endpoint) -> TxtValue:
    return challenge_zone.locate(NAME, "v", {name: zone(name, key, *servers) for name in (NET, ACME)})


LAME: dict[str, tuple[Answering, str]] = {
    "refers to the root": (
        referring(".", "a.root-servers.net."),
        r"not authoritative, refers to zone \.",
    ),
    "refers to the parent": (referring("net", "a.gtld-servers.net."), "refers to zone net"),
    "refers to the zone itself": (referring(NET, "ns.example.net."), r"refers to zone example\.net"),
    "refers to another zone below": (referring("other.example.net", "ns.example.net."), "not authoritative, refers"),
    "is empty": (referring("."), "not authoritative"),
    "is a cache": (without_authority(authority({NET: NS})), "not authoritative"),
    "is a cache with a record": (
        without_authority(authority({NET: {**NS, ("_acme-challenge.mail", "CNAME"): ("old.example.net.",)}})),
        "not authoritative",
    ),
    "has the parent alone": (
        authority({"net": {("@", "NS"): ("a.gtld-servers.net.",)}}),
        "answers for zone net, not",
    ),
    "fails": (refusing(dns.rcode.SERVFAIL), "SERVFAIL"),
    "refuses": (refusing(dns.rcode.REFUSED), "REFUSED"),
    "answers another question": (about_something_else, "BadResponse"),
    "is silent": (lambda _: None, "no answer within"),
}


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(name_servers, "TIMEOUT", 0.3)
    monkeypatch.setattr(resolver, "TRY_TIMEOUT", 0.3)
    monkeypatch.setattr(name_servers, "LIFETIME", 0.7)


@pytest.mark.parametrize(("lame", "words"), LAME.values(), ids=LAME.keys())
def test_the_next_server_is_asked_and_if_none_answers_all_are_named(lame: Answering, words: str) -> None:
    with serving(lame) as first, serving(GOOD) as second:
        assert locate("name_servers", first, second) == THERE
        assert locate("name_servers", second, first) == THERE
        with pytest.raises(
            TransientError, match=rf"CNAME {CHALLENGE} at the name servers of zone example\.net: "
        ) as no:
            locate("name_servers", first)
    assert f"{first}: " in str(no.value)
    assert no.match(words)


NO_RESOLVERS: dict[str, Answering] = {
    "refers to the root": referring(".", "a.root-servers.net."),
    "refers to the zone": referring(NET, "ns.example.net."),
    "says that it is recursive and refers": recursive(referring(".", "a.root-servers.net.")),
    "is empty": referring("."),
    "fails": refusing(dns.rcode.SERVFAIL),
    "refuses": refusing(dns.rcode.REFUSED),
}


@pytest.mark.parametrize("lame", NO_RESOLVERS.values(), ids=NO_RESOLVERS.keys())
def test_a_resolver_that_only_refers_is_none(lame: Answering) -> None:
    with serving(lame) as first, serving(recursive(GOOD)) as second:
        assert locate("resolvers", first, second) == THERE
        with pytest.raises(TransientError, match=rf"cannot look up CNAME {CHALLENGE} at {first}: "):
            locate("resolvers", first)
        with pytest.raises(TransientError, match="cannot look up NS"):
            authoritative_servers(zone(NET, "resolvers", first))


@pytest.mark.parametrize("lame", [lame for name, (lame, _) in LAME.items() if name != "is silent"])
def test_a_lame_server_has_not_seen_a_value_even_if_it_tells_it(lame: Answering) -> None:
    record = TxtValue(NET, CHALLENGE, "v")
    held = authority({NET: {**NS, ("_acme-challenge.mail", "TXT"): ("v",)}})
    with serving(held) as good, serving(without_authority(held)) as cache, serving(lame) as bad:
        (standing,) = look([record], {NET: (good, cache, bad)})
    assert standing.seen_on == (str(good),)
    assert standing.message == f"{cache}: not authoritative"


def test_a_server_that_is_lame_for_one_zone_is_asked_for_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(propagation, "THREADS", 1)
    records = [TxtValue(NET, CHALLENGE, "v"), TxtValue(ACME, "mail.acme.example.org", "v")]
    with serving(authority({ACME: {**NS, ("mail", "TXT"): ("v",)}})) as server:
        lame, seen = look(records, {NET: (server,), ACME: (server,)})
    assert (lame.message, seen.complete) == (f"{server}: REFUSED", True)


CHILD_SERVERS = ("ns1.child.example.", "ns2.child.example.")


@pytest.mark.parametrize("cut", ["_acme-challenge.mail", "mail"])
@pytest.mark.parametrize("how", ["refers down", "serves both", "resolver"])
def test_a_zone_cut_below_the_inventory_s_zone_is_named_with_its_servers(cut: str, how: str) -> None:
    child = f"{cut}.{NET}"
    parent: Zone = {**NS, (cut, "NS"): CHILD_SERVERS}
    zones = {NET: parent} if how == "refers down" else {NET: parent, child: {("@", "NS"): CHILD_SERVERS}}
    answering = authority({**zones, ACME: NS})
    key = "resolvers" if how == "resolver" else "name_servers"
    words = rf"{NAME}: zone {child} is delegated to ns1\.child\.example, ns2\.child\.example; add it to the inventory"
    with serving(recursive(answering) if how == "resolver" else answering) as server:
        with pytest.raises(PermanentError, match=words):
            locate(key, server)
        if how != "resolver":
            (standing,) = look([TxtValue(NET, CHALLENGE, "v")], {NET: (server,)})
            assert f"zone {child} is delegated to ns1.child.example" in standing.message


def test_a_zone_of_the_inventory_below_another_is_no_cut_to_name() -> None:
    challenge = authority({CHALLENGE: {("@", "NS"): CHILD_SERVERS}})
    with serving(challenge) as server:
        zones = {CHALLENGE: zone(CHALLENGE, "name_servers", server), NET: zone(NET, "name_servers", server)}
        for name in (NAME, f"*.{NAME}"):
            assert challenge_zone.locate(name, "v", zones) == TxtValue(CHALLENGE, CHALLENGE, "v")
        with pytest.raises(TransientError, match="REFUSED"):
            challenge_zone.locate(f"sub.{NAME}", "v", zones)


def test_a_long_answer_is_read_by_tcp() -> None:
    many = tuple(f"{number}{'x' * 200}" for number in range(10))
    with serving(authority({NET: {**NS, ("_acme-challenge.mail", "TXT"): many}})) as server:
        assert name_servers.txt_at(server, CHALLENGE, NET).values == set(many)
