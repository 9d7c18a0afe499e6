"""Certificates over HTTP: wanted, stored and served, side by side."""

from datetime import timedelta

from shared.errors import PermanentError, TransientError
from tests.fakes.inventory import HOST, INTERNAL, NAME
from tests.workflows.http import operator
from tests.workflows.world import FIRST, RENEWED, SECOND, A, B, World, new_world


def test_wanted_stored_and_served_stand_side_by_side(served: World) -> None:
    found = operator(served).get(f"/api/certificates/{NAME}").document

    stored = served.vault.latest(served.certificate)
    assert stored is not None
    assert found["wanted"]["dns_names"] == [HOST]
    assert found["stored"]["version"] == stored.version
    assert found["verdict"]["verdict"] == "fresh"
    assert [place["place"] for place in found["places"]] == [FIRST, SECOND]
    for place in found["places"]:
        assert (place["state"], place["message"], place["wanted"]) == ("observed", "", stored.version)
        assert [(each["thumbprint"], each["ok"]) for each in place["replicas"]] == [
            (stored.leaf.thumbprint, True),
            (stored.leaf.thumbprint, True),
        ]
    assert found["errors"] == {}


def test_labels_of_the_inventory_are_shown_and_are_no_work(served: World) -> None:
    served.change_inventory({"labels": {"tier": "1"}}, labels={"team": "mail"})
    served.state.certificates.faults.before("lease", AssertionError("a lease was taken"))
    served.tick()

    assert operator(served).get(f"/api/certificates/{NAME}").document["labels"] == {"team": "mail"}
    assert operator(served).get(f"/api/certificates/{INTERNAL}").document["labels"] == {}
    assert operator(served).get("/api/relays/dev").document["labels"] == {"tier": "1"}


def test_before_the_first_tick_everything_is_due(world: World) -> None:
    found = operator(world).get(f"/api/certificates/{NAME}").document
    assert (found["stored"], found["verdict"]["verdict"]) == (None, "due")
    assert found["verdict"]["reason"] == "NeverIssued"
    assert found["verdict"]["message"] == "no version in the vault yet"


def test_a_replica_that_serves_something_else_shows_with_its_worst_answer(served: World) -> None:
    old = served.newest_chain()
    served.change_inventory(dns_names=RENEWED)
    served.tick()
    served.prober.showing[A, "mailrelay-1"] = old
    (first, _) = operator(served).get(f"/api/certificates/{NAME}").document["places"]

    good, worst = first["replicas"]
    assert (good["ok"], worst["ok"], worst["replica"]) == (True, False, "mailrelay-1")
    assert worst["thumbprint"] != good["thumbprint"]
    assert worst["message"].startswith(f"serves {worst['thumbprint'][:12]} on port 25")


def test_an_unreachable_cluster_is_shown_beside_the_one_that_answers(served: World) -> None:
    served.clusters.unreachable.add(A)
    reply = operator(served).get("/api/certificates")

    assert reply.status == 200
    places = {place["place"]: place for place in reply.document["certificates"][0]["places"]}
    assert (places[FIRST]["state"], places[FIRST]["message"]) == (
        "unreachable",
        f"cannot reach {A}: connection refused",
    )
    assert places[SECOND]["state"] == "observed"


def test_an_unreachable_vault_hides_nothing_of_what_is_served(served: World) -> None:
    for _ in range(2):
        served.vault.faults.before("latest", PermanentError("the vault refused"))
    served.vault.faults.before("entries", TransientError("the vault did not answer"))
    found = operator(served).get("/api/certificates").document

    assert found["errors"] == {"vault dev": "the vault did not answer"}
    for certificate in found["certificates"]:
        assert certificate["verdict"]["verdict"] == "unknown"
        assert certificate["errors"].keys() == {"vault dev"}
    assert found["certificates"][0]["places"][0]["replicas"][0]["thumbprint"]


def test_an_unreadable_journal_is_listed_under_errors(served: World) -> None:
    served.state.certificates.unreadable[NAME] = "somebody else wrote it"
    found = operator(served).get(f"/api/certificates/{NAME}").document
    assert "somebody else wrote it" in found["errors"][f"journal {NAME}"]


def test_a_failure_shows_in_the_authority_s_words_with_its_backoff(world: World) -> None:
    world.authority.refusals[HOST] = "the name is on a list"
    world.tick()
    found = operator(world).get(f"/api/certificates/{NAME}").document

    assert "the name is on a list" in found["backoff"]["error"]
    assert found["verdict"]["verdict"] == "waiting"
    assert found["verdict"]["until"] == found["backoff"]["until"]


def test_what_a_window_holds_shows_until_when() -> None:
    world = new_world()
    world.tick()
    world.change_inventory({"window": "01:00-02:00 UTC"}, dns_names=RENEWED)
    world.tick()
    (first, _) = operator(world).get(f"/api/certificates/{NAME}").document["places"]
    assert first["held"]["until"] == "2026-11-23T01:00:00Z"
    assert first["held"]["reason"] == "HeldByWindow"
    assert "window" in first["held"]["message"]


def test_what_another_tool_keeps_is_refused(served: World) -> None:
    served.vault.mark(served.certificate, {"Acmebot": "v4"})
    verdict = operator(served).get(f"/api/certificates/{NAME}").document["verdict"]
    assert verdict["verdict"] == "refused"
    assert verdict["reason"] == "OwnedByAnotherTool"
    assert "Acmebot" in verdict["message"]


def test_what_the_inventory_does_not_name_is_unmanaged_with_its_end(served: World) -> None:
    begins = served.clock.now().replace(microsecond=0)
    served.vault.store("dev", "client-password", "canary", expires=begins + timedelta(days=1))
    found = operator(served).get("/api/certificates").document

    assert [each["name"] for each in found["certificates"]] == [NAME, INTERNAL]
    ends = (begins + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert found["unmanaged"] == [{"vault": "dev", "kind": "secret", "name": "client-password", "expires": ends}]


def test_an_unknown_certificate_has_near_matches(world: World) -> None:
    reply = operator(world).get(f"/api/certificates/{NAME}s")
    assert reply.status == 404
    assert NAME in reply.document["near"]


def test_pauses_and_requests_that_concern_it_are_shown(served: World) -> None:
    someone = operator(served)
    until = (served.clock.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    for scope in ("all", f"certificate/{NAME}", "relay/dev", f"cluster/{B}", "issuer/letsencrypt"):
        assert someone.post("/api/pauses", scope=scope, until=until, reason="incident").status == 201
    someone.post(f"/api/certificates/{NAME}/renewals", reason="why", force=True)

    found = someone.get(f"/api/certificates/{NAME}").document
    other = someone.get(f"/api/certificates/{INTERNAL}").document
    assert len(found["pauses"]) == 5
    assert {pause["scope"] for pause in other["pauses"]} == {"all", "relay/dev", f"cluster/{B}"}
    assert [request["state"] for request in found["requests"]] == ["queued"]
    assert other["requests"] == []
