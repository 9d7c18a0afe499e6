"""Whether a certificate is ready, and the one sentence about it, as the API says it."""

from datetime import timedelta

import pytest

from shared.errors import PermanentError, TransientError
from tests.fakes.inventory import HOST, NAME
from tests.workflows.http import operator
from tests.workflows.test_holds import TOMORROW
from tests.workflows.test_public_endpoints import ENDPOINT, NAMED
from tests.workflows.world import FIRST, RENEWED, SECOND, A, B, World, new_world

DUE = timedelta(days=61)
"""A certificate of ninety days is due then."""


def shown(world: World) -> tuple[bool, str]:
    found = operator(world).get(f"/api/certificates/{NAME}").document
    return found["ready"], found["message"]


def message_if_not_ready(world: World) -> str:
    ready, message = shown(world)
    assert not ready
    return message


def message_if_ready(world: World) -> str:
    ready, message = shown(world)
    assert ready, message
    return message


def test_what_every_replica_serves_is_ready_and_says_when_it_is_due(served: World) -> None:
    assert message_if_ready(served) == "every replica serves it; due 2027-01-21"


def test_without_a_version_it_is_not_ready(world: World) -> None:
    assert message_if_not_ready(world) == "due: no version in the vault yet"


def test_what_is_due_by_its_age_stays_ready(served: World) -> None:
    served.clock.advance(DUE)
    assert message_if_ready(served).startswith("due: expires 2027-02-20 ")


def test_a_renewal_that_a_pause_holds_leaves_it_ready(served: World) -> None:
    served.clock.advance(DUE)
    operator(served).post("/api/pauses", scope="issuer/letsencrypt", until="2027-02-01", reason="maintenance")
    assert "maintenance" in message_if_ready(served)


def test_a_renewal_that_failed_makes_it_not_ready_and_says_why_and_when_the_next_is(served: World) -> None:
    served.clock.advance(DUE)
    served.authority.refusals[HOST] = "the name is on a list"
    served.tick()
    message = message_if_not_ready(served)

    assert "the name is on a list" in message
    assert "The next attempt is at " in message


def test_an_issuance_that_waits_says_for_what_and_since_when(world: World) -> None:
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    message = message_if_not_ready(world)

    assert "192.0.2.2" in message
    assert "; the next look is due at " in message


def test_names_that_the_stored_version_lacks_make_it_not_ready(served: World) -> None:
    served.change_inventory(dns_names=RENEWED)
    assert message_if_not_ready(served).startswith("due: names wanted that the stored version lacks")


def test_a_new_version_that_a_window_holds_back_is_not_served_yet(served: World) -> None:
    served.change_inventory(TOMORROW, dns_names=RENEWED)
    served.tick()
    message = message_if_not_ready(served)

    assert message.startswith(f"{FIRST}: ")
    assert "window Mon 09:00-16:00" in message
    assert message.endswith(" (and 1 more)")


def test_a_place_that_cannot_be_reached_is_not_ready(served: World) -> None:
    served.clusters.unreachable.add(B)
    assert message_if_not_ready(served).startswith(f"{SECOND}: cannot reach {B}: connection refused")


def test_a_cluster_asleep_counts_as_it_was_recorded_last(served: World) -> None:
    asleep = {A: {"asleep": "11:00-13:00 UTC"}}
    served.clusters.unreachable.add(A)
    served.change_inventory(sites=asleep)
    assert message_if_ready(served) == f"{FIRST}: asleep until 2026-11-22 13:00 UTC"

    served.change_inventory(sites=asleep, dns_names=RENEWED)
    served.tick(timedelta(minutes=5))
    assert message_if_not_ready(served) == f"{FIRST}: asleep until 2026-11-22 13:00 UTC"


@pytest.mark.parametrize("why", [PermanentError("the vault refused"), TransientError("no answer")])
def test_a_vault_that_cannot_be_read_makes_it_not_ready(served: World, why: Exception) -> None:
    served.vault.faults.before("latest", why)
    assert message_if_not_ready(served) == str(why)


def test_a_journal_that_cannot_be_read_makes_it_not_ready(served: World) -> None:
    served.state.certificates.unreadable[NAME] = "junk"
    assert "junk" in message_if_not_ready(served)


def test_a_delivery_that_failed_says_why(served: World) -> None:
    for _ in range(8):
        served.clusters.faults.before("apply", PermanentError("its key tls.crt belongs to kustomize-controller"))
    served.change_inventory(dns_names=RENEWED)
    served.tick()
    assert "belongs to kustomize-controller" in message_if_not_ready(served)


def test_a_version_in_quarantine_makes_it_not_ready_though_the_one_before_is_served(served: World) -> None:
    served.renew_with_a_stuck_replica(A)
    served.prober.showing.clear()
    served.tick()
    newest = served.versions[-1].version
    assert message_if_not_ready(served).startswith(f"Version {newest} is in quarantine at {FIRST}: ")


def test_a_public_endpoint_that_leads_elsewhere_makes_it_not_ready() -> None:
    world = new_world(ENDPOINT)
    world.tick()
    assert message_if_not_ready(world) == f"{NAMED}: connection refused"


def test_another_tool_s_certificate_in_mode_manage_is_not_ready(served: World) -> None:
    served.vault.mark(served.certificate, {"Acmebot": "v4"})
    assert "marked by Acmebot" in message_if_not_ready(served)


def test_what_is_only_observed_is_ready_as_long_as_it_is_served_whoever_owns_it(served: World) -> None:
    served.vault.mark(served.certificate, {"Acmebot": "v4"})
    served.change_inventory(mode="observe")
    assert message_if_ready(served) == "every replica serves it; due 2027-01-21"

    served.prober.failing[A, "mailrelay-0"] = "timed out"
    assert message_if_not_ready(served).startswith(f"{FIRST}: served by 1/2; pod mailrelay-0 timed out")


def test_what_is_only_observed_and_due_says_that_nobody_renews_it(served: World) -> None:
    served.change_inventory(mode="observe", dns_names=RENEWED)
    assert message_if_not_ready(served).startswith("only observed: names wanted that the stored version lacks")


def test_a_certificate_that_no_relay_serves_is_ready_once_it_is_stored(served: World) -> None:
    served.inventory = served.inventory.model_copy(update={"relays": {}})
    assert message_if_ready(served) == "stored, no relay serves it; due 2027-01-21"
