"""Changes over HTTP: done through the queue, followed to the end, and recorded with who asked and why."""

from datetime import timedelta

import pytest

from shared.domain.audit import Actor
from tests.fakes.inventory import HOST, NAME
from tests.fakes.principals import OBJECT_ID, application, person
from tests.workflows.http import EASY_AUTH, ApiClient, operator
from tests.workflows.world import A, B, World, new_world

CHANGES = (
    ("POST", f"/api/certificates/{NAME}/renewals", b'{"reason": "why", "force": true}'),
    ("POST", f"/api/certificates/{NAME}/rollbacks", b'{"reason": "why"}'),
    ("DELETE", f"/api/certificates/{NAME}/quarantine?reason=why", b""),
    ("POST", "/api/pauses", b'{"reason": "why", "scope": "all", "until": "2026-11-23"}'),
    ("DELETE", "/api/pauses/x?reason=why", b""),
    ("POST", "/api/alerts/test", b'{"reason": "why"}'),
)
READS = (
    "certificates",
    f"certificates/{NAME}",
    "requests",
    "requests/x",
    "health/parts",
    "pauses",
    "plan",
    "history",
    "metrics",
    "openapi.json",
)


def test_a_forced_renewal_is_followed_to_served(served: World) -> None:
    before = {cluster: served.served(cluster) for cluster in (A, B)}
    someone = operator(served)
    reply = someone.post(f"/api/certificates/{NAME}/renewals", reason="the key was seen", force=True)

    location = reply.headers["location"]
    assert reply.status == 202
    assert location == f"/api/requests/{reply.document['id']}"
    assert someone.get(location).document["state"] == "queued"
    served.work_off()

    followed = someone.get(location).document
    assert followed["state"] == "done", followed
    assert followed["by"] == {"kind": "person", "id": OBJECT_ID, "name": "Ada Lovelace"}
    assert all(served.served(cluster) != before[cluster] for cluster in (A, B))


def test_the_history_says_who_did_what_and_why(served: World) -> None:
    someone = operator(served)
    reply = someone.call(
        "POST",
        f"/api/certificates/{NAME}/renewals",
        b'{"reason": "the key was seen", "force": true}',
        **{"x-correlation-id": "change-1234"},
    )
    served.work_off()

    records = someone.get(f"/api/history?target=certificate/{NAME}&actor=ada%20lovelace").document["records"]
    assert reply.headers["x-correlation-id"] == "change-1234"
    assert {"request", "order", "merge", "secret", "served"} <= {record["event"] for record in records}
    assert {record["correlation"] for record in records} == {"change-1234"}
    assert all("the key was seen" in record["reason"] for record in records)
    assert {record["actor"]["id"] for record in records} == {OBJECT_ID}


def test_a_second_request_joins_the_first(served: World) -> None:
    someone = operator(served)
    first, second = (
        someone.post(f"/api/certificates/{NAME}/renewals", reason="why", force=True).headers["location"]
        for _ in range(2)
    )
    assert first == second


def test_a_rollback_goes_back_and_a_release_forward_again(served: World) -> None:
    someone = operator(served)
    old = {cluster: served.served(cluster) for cluster in (A, B)}
    someone.post(f"/api/certificates/{NAME}/renewals", reason="why", force=True)
    served.work_off()
    new = {cluster: served.served(cluster) for cluster in (A, B)}

    back = someone.post(f"/api/certificates/{NAME}/rollbacks", reason="clients do not trust it").headers["location"]
    served.work_off()
    assert someone.get(back).document["state"] == "done"
    assert {cluster: served.served(cluster) for cluster in (A, B)} == old
    (entry,) = someone.get(f"/api/certificates/{NAME}").document["quarantine"]
    assert entry["reason"] == "RolledBackByRequest"
    assert "clients do not trust it" in entry["message"]

    forward = someone.delete(f"/api/certificates/{NAME}/quarantine?reason=they%20do").headers["location"]
    served.work_off()
    assert someone.get(forward).document["state"] == "done"
    assert {cluster: served.served(cluster) for cluster in (A, B)} == new


def test_while_everything_is_paused_nothing_is_written_and_the_request_says_by_whom(world: World) -> None:
    someone = operator(world)
    made = someone.post("/api/pauses", scope="all", until="2026-11-23", reason="incident").document
    request = someone.post(f"/api/certificates/{NAME}/renewals", reason="why").headers["location"]
    world.tick(timedelta(minutes=5))

    assert world.versions == []
    assert someone.get(request).document["state"] == "held"
    assert "incident" in someone.get(request).document["message"]
    assert [pause["id"] for pause in someone.get("/api/pauses").document["pauses"]] == [made["id"]]

    assert someone.delete(f"/api/pauses/{made['id']}?reason=over").status == 200
    assert someone.get("/api/pauses").document["pauses"] == []
    world.tick()
    assert world.versions


def test_a_pause_of_nothing_that_there_is_has_near_matches(world: World) -> None:
    reply = operator(world).post("/api/pauses", scope="cluster/ss-dev-0", until="2026-11-23", reason="why")
    assert (reply.status, set(reply.document["near"])) == (404, {A, B})


def test_a_pause_that_is_over_already_is_refused(world: World) -> None:
    assert operator(world).post("/api/pauses", scope="all", until="2026-11-21", reason="why").status == 409


def test_what_is_only_observed_is_not_renewed() -> None:
    world = new_world(mode="observe")
    reply = operator(world).post(f"/api/certificates/{NAME}/renewals", reason="why")
    assert (reply.status, reply.document["type"]) == (409, "urn:relaykeeper:problem:refused")
    assert world.queue.sent == []


@pytest.mark.parametrize(("method", "url", "body"), CHANGES)
def test_a_reader_changes_nothing(served: World, method: str, url: str, body: bytes) -> None:
    before = (dict(served.state.requests.content), dict(served.state.pauses.content), list(served.history.records))
    reply = ApiClient(served, person("reader"), EASY_AUTH).call(method, url, body)

    assert reply.status == 403
    assert "lacks the app role operator" in reply.document["detail"]
    assert (served.state.requests.content, served.state.pauses.content, served.history.records) == before
    assert served.queue.sent == []


@pytest.mark.parametrize(("method", "url", "body"), CHANGES)
def test_a_key_changes_nothing_unless_allowed(world: World, method: str, url: str, body: bytes) -> None:
    reply = ApiClient(world, {}, {}).call(method, url, body)
    assert reply.status == 403
    assert "RELAYKEEPER_KEYS_MAY_CHANGE" in reply.document["detail"]
    allowed = ApiClient(world, {}, {"RELAYKEEPER_KEYS_MAY_CHANGE": "true"}).call(method, url, body)
    assert allowed.status in (200, 201, 202, 404, 409)


@pytest.mark.parametrize("url", [f"/api/{path}" for path in READS])
def test_nobody_gets_in_without_a_principal_or_a_role(world: World, url: str) -> None:
    assert ApiClient(world, {}, EASY_AUTH).get(url).status == 401
    assert ApiClient(world, person(), EASY_AUTH).get(url).status == 403
    assert ApiClient(world, person("operator"), {**EASY_AUTH, "WEBSITE_AUTH_ENABLED": "False"}).get(url).status == 500
    assert ApiClient(world, {}, {"RELAYKEEPER_EASY_AUTH": "yes"}).get(url).status == 500


def test_an_application_is_in_the_history_by_its_object_id(world: World) -> None:
    pipeline = ApiClient(world, application("operator"), EASY_AUTH)
    pipeline.post(f"/api/certificates/{NAME}/renewals", reason="deployment")
    assert world.history.records[-1].actor == Actor("application", OBJECT_ID)


def test_a_key_is_in_the_history_as_a_key(world: World) -> None:
    keyed = ApiClient(world, person("operator"), {"RELAYKEEPER_KEYS_MAY_CHANGE": "true"})
    keyed.post(f"/api/certificates/{NAME}/renewals", reason="by script")
    assert world.history.records[-1].actor == Actor("function key")


def test_the_plan_says_what_a_tick_would_do_and_does_none_of_it(served: World) -> None:
    served.change_inventory(dns_names=["dev.mail.example.net", "smtp.mail.example.net"])
    before = (served.versions, served.journal, list(served.history.records))
    first, _ = operator(served).get("/api/plan").document["certificates"]

    assert "DueByNames" in [each["reason"] for each in first["todo"]]
    assert (served.versions, served.journal, served.history.records) == before
    served.tick()
    first, _ = operator(served).get("/api/plan").document["certificates"]
    assert first["todo"] == []


def test_the_plan_says_what_holds_a_certificate_back(world: World) -> None:
    someone = operator(world)
    someone.post("/api/pauses", scope=f"certificate/{NAME}", until="2026-11-23", reason="incident")
    someone.post(f"/api/certificates/{NAME}/renewals", reason="why")
    first, second = someone.get("/api/plan").document["certificates"]

    assert first["todo"] == []
    assert "paused by Ada Lovelace: incident" in first["held"][0]["message"]
    assert first["held"][0]["reason"] == "HeldByPause"
    assert second["todo"] == [{"reason": "NeverIssued", "message": "due: no version in the vault yet", "place": ""}]


def test_the_plan_says_what_would_be_done_were_it_not_only_observed(served: World) -> None:
    served.change_inventory(mode="observe")
    first, _ = operator(served).get("/api/plan").document["certificates"]
    assert ([each["reason"] for each in first["held"]], first["would_do"]) == (["ObserveOnly"], [])

    served.change_inventory(mode="observe", dns_names=[HOST, "smtp.mail.example.net"])
    first, _ = operator(served).get("/api/plan").document["certificates"]
    [would_do] = first["would_do"]
    assert would_do["reason"] == "DueByNames"
    assert would_do["message"] == "due: names wanted that the stored version lacks: smtp.mail.example.net"


def test_the_plan_takes_a_request_up_although_the_next_look_is_later(served: World) -> None:
    served.dns.lag("192.0.2.2:53")
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])
    served.handle_message()
    someone = operator(served)
    someone.post(f"/api/certificates/{NAME}/renewals", reason="why")

    first, _ = someone.get("/api/plan").document["certificates"]

    assert "Requested" in [each["reason"] for each in first["todo"]]


def test_the_plan_holds_what_belongs_to_another_tool(served: World) -> None:
    served.vault.mark(served.certificate, {"Acmebot": ""})

    first, _ = operator(served).get("/api/plan").document["certificates"]

    assert first["todo"] == []
    assert first["held"][0]["reason"] == "OwnedByAnotherTool"


def test_one_journal_that_cannot_be_read_hides_nothing_else_of_the_plan(served: World) -> None:
    served.state.certificates.unreadable["stray"] = "junk"

    planned = operator(served).get("/api/plan").document["certificates"]

    assert [each["certificate"] for each in planned if each["error"]] == ["stray"]
    assert len(planned) == 3


def test_pauses_that_cannot_be_read_are_said_beside_what_can(served: World) -> None:
    served.state.pauses.unreadable["all"] = "junk"
    someone = operator(served)

    listed = someone.get("/api/certificates")

    assert listed.status == 200
    assert "pauses" in listed.document["errors"]
    assert someone.get("/api/health").document["status"] == "degraded"
