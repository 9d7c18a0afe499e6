"""A wildcard's record is not the name's own."""

import pytest

from shared.adapters.dns import challenge_zone
from shared.adapters.dns.propagation import look
from shared.domain.issuing.issuance import TxtValue
from shared.errors import PermanentError
from shared.inventory import Endpoint
from shared.inventory import Zone as Place
from tests.wire.dns.name_servers import Zone, authority, recursive, serving

NET, ACME = "example.net", "acme.example.org"
CHALLENGE = "_acme-challenge.host.example.net"
NS = {("@", "NS"): ("ns.example.net.",)}
LB, OWN = ("lb.example.com.",), ("host.acme.example.org.",)


def place(name: str, server: Endpoint, *, resolver: bool = False, delegated_from: tuple[str, ...] = ()) -> Place:
    fields = {"name": name, "subscription": "00000000-0000-0000-0000-000000000001", "resource_group": "dns"}
    asked = {"resolvers" if resolver else "name_servers": [str(server)]}
    return Place.model_validate({**fields, **asked, "delegated_from": delegated_from})


def located(net: Zone, acme: Zone | None = None, name: str = "host.example.net", *, resolver: bool = False) -> TxtValue:
    """Locate a name with both zones in the inventory, at their name servers or behind a resolver."""
    answering = authority({NET: {**NS, **net}, ACME: {**NS, **(acme or {})}})
    with serving(recursive(answering) if resolver else answering) as server:
        return challenge_zone.locate(name, "v", {zone: place(zone, server, resolver=resolver) for zone in (NET, ACME)})


HERE = TxtValue(NET, CHALLENGE, "v")
THERE = TxtValue(ACME, "host.acme.example.org", "v")

CASES: dict[str, tuple[Zone, Zone, TxtValue]] = {
    "a wildcard above": ({("*", "CNAME"): LB}, {}, HERE),
    "a wildcard above a host that exists": ({("*", "CNAME"): LB, ("host", "A"): ("192.0.2.1",)}, {}, HERE),
    "a wildcard below the host": ({("*.host", "CNAME"): LB}, {}, HERE),
    "a wildcard into a zone of ours": ({("*", "CNAME"): OWN}, {}, HERE),
    "a wildcard with a TXT value": ({("*", "TXT"): ('"v=spf1 -all"',)}, {}, HERE),
    "a CNAME of its own": ({("_acme-challenge.host", "CNAME"): OWN}, {}, THERE),
    "one of its own beside another's": ({("*", "CNAME"): LB, ("_acme-challenge.host", "CNAME"): OWN}, {}, THERE),
    "one of its own that equals the wildcard's": (
        {("*", "CNAME"): OWN, ("_acme-challenge.host", "CNAME"): OWN},
        {},
        THERE,
    ),
    "one of its own that equals a wildcard's beside it": (
        {("*.host", "CNAME"): OWN, ("_acme-challenge.host", "CNAME"): OWN},
        {},
        THERE,
    ),
    "one of its own into a zone with a wildcard": (
        {("_acme-challenge.host", "CNAME"): OWN},
        {("*", "CNAME"): LB},
        THERE,
    ),
    "two of its own, a wildcard around each": (
        {("*", "CNAME"): LB, ("_acme-challenge.host", "CNAME"): ("step.acme.example.org.",)},
        {("*", "CNAME"): LB, ("step", "CNAME"): OWN},
        THERE,
    ),
}


@pytest.mark.parametrize("resolver", [False, True], ids=["name servers", "resolver"])
@pytest.mark.parametrize(("net", "acme", "expected"), CASES.values(), ids=CASES.keys())
def test_only_a_cname_of_the_name_s_own_is_followed(
    net: Zone, acme: Zone, expected: TxtValue, *, resolver: bool
) -> None:
    assert located(net, acme, resolver=resolver) == expected
    assert located(net, acme, "*.host.example.net", resolver=resolver) == expected


def test_a_wildcard_outside_our_zones_is_followed_as_the_authority_follows_it() -> None:
    answering = recursive(authority({"example.com": {**NS, ("*", "CNAME"): OWN}, ACME: NS}))
    with serving(answering) as resolver:
        zones = {ACME: place(ACME, resolver, resolver=True, delegated_from=("example.com",))}
        assert challenge_zone.locate("host.example.com", "v", zones) == THERE


def test_a_wildcard_that_leads_out_of_reach_is_called_one() -> None:
    answering = recursive(authority({"example.com": {**NS, ("*", "CNAME"): ("lb.example.edu.",)}, "edu": NS, ACME: NS}))
    with serving(answering) as resolver:
        zones = {ACME: place(ACME, resolver, resolver=True, delegated_from=("example.com",))}
        with pytest.raises(PermanentError, match=r"has no CNAME of its own \(a wildcard's leads to lb\.example\.edu\)"):
            challenge_zone.locate("host.example.com", "v", zones)


def test_names_too_long_for_a_random_one_beside_them_are_still_located() -> None:
    host = ".".join(["x" * 60, "y" * 60, "z" * 60, "w" * 36, NET])
    assert len(f"_acme-challenge.{host}") > 240
    assert located({("*", "CNAME"): LB}, name=host).zone == NET
    assert located({(f"_acme-challenge.{host}.", "CNAME"): OWN}, name=host) == THERE


def test_a_published_value_ends_the_wildcard_and_is_seen() -> None:
    for wildcard in (("*", "CNAME"), ("*", "TXT")):
        records = {**NS, wildcard: LB}
        with serving(authority({NET: records})) as server:
            (before,) = look([HERE], {NET: (server,)})
        with serving(authority({NET: {**records, ("_acme-challenge.host", "TXT"): ("v",)}})) as server:
            (after,) = look([HERE], {NET: (server,)})
            assert challenge_zone.locate("host.example.net", "v", {NET: place(NET, server)}) == HERE
        assert (before.complete, after.complete) == (False, True)
        assert before.message.endswith("a CNAME of lb.example.com" if wildcard[1] == "CNAME" else "another value")
