"""Where a value belongs, without any server."""

from collections.abc import Sequence

import pytest

from shared.adapters.dns import challenge_zone
from shared.domain.issuing.issuance import TxtValue
from shared.errors import PermanentError
from shared.inventory import Endpoint, Zone


def zone(name: str, *delegated_from: str) -> Zone:
    fields = {"name": name, "subscription": "00000000-0000-0000-0000-000000000001", "resource_group": "dns"}
    return Zone.model_validate({**fields, "delegated_from": delegated_from})


ZONES = {zone.name: zone for zone in (zone("example.net"), zone("acme.example.net", "example.org"))}


@pytest.fixture
def cnames(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What every server says."""
    known: dict[str, str] = {}

    def look_up_cname(name: str, resolvers: Sequence[Endpoint], zone: str | None) -> str | None:
        del resolvers, zone
        return known.get(name)

    monkeypatch.setattr(challenge_zone, "look_up_cname", look_up_cname)
    return known


def test_the_zone_at_the_end_of_the_cnames_counts(cnames: dict[str, str]) -> None:
    cnames["_acme-challenge.mail.example.org"] = "mail.acme.example.net"

    assert challenge_zone.locate("*.mail.example.org", "v", ZONES) == TxtValue(
        "acme.example.net", "mail.acme.example.net", "v"
    )


def test_a_cname_may_lead_to_a_zones_own_name(cnames: dict[str, str]) -> None:
    cnames["_acme-challenge.mail.example.org"] = "acme.example.net"

    assert challenge_zone.locate("mail.example.org", "v", ZONES) == TxtValue(
        "acme.example.net", "acme.example.net", "v"
    )


def test_a_delegation_that_is_missing_is_named(cnames: dict[str, str]) -> None:
    assert cnames == {}

    with pytest.raises(PermanentError, match=r"_acme-challenge\.mail\.example\.org has no CNAME .*acme\.example\.net"):
        challenge_zone.locate("mail.example.org", "v", ZONES)


def test_a_cname_out_of_every_zone_is_named_with_its_target(cnames: dict[str, str]) -> None:
    cnames["_acme-challenge.mail.example.net"] = "mail.elsewhere.test"

    with pytest.raises(
        PermanentError, match=r"_acme-challenge\.mail\.example\.net is a CNAME of mail\.elsewhere\.test"
    ):
        challenge_zone.locate("mail.example.net", "v", ZONES)


def test_cnames_without_end_are_given_up(cnames: dict[str, str]) -> None:
    cnames["_acme-challenge.example.net"] = "0.example.net"
    cnames.update({f"{number}.example.net": f"{number + 1}.example.net" for number in range(100)})

    with pytest.raises(PermanentError, match="lead nowhere"):
        challenge_zone.locate("example.net", "v", ZONES)


def test_a_name_too_long_for_its_challenge_is_refused() -> None:
    name = ".".join(["x" * 60] * 4)

    with pytest.raises(PermanentError, match="is not a DNS name"):
        challenge_zone.locate(name, "v", ZONES)
