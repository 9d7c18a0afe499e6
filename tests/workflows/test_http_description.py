"""Responses are exactly as the OpenAPI document says: no member more, none less, each of its type and format."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from shared.api.operations import BY_ID
from shared.errors import PermanentError, TransientError
from shared.inventory import Route, SecretReference
from shared.workflows.watch import watch
from tests.fakes.inventory import HOST, NAME
from tests.unit.api.described import DOCUMENT, check, resolved
from tests.workflows.http import EASY_AUTH, ApiClient, Reply, operator
from tests.workflows.world import A, B, World, new_world

READS = (
    "certificates",
    f"certificates/{NAME}",
    "clients",
    "relays",
    "alerts",
    "plan",
    "pauses",
    "history",
    "health",
    "health/parts",
    "metrics",
    "openapi.json",
)


def fresh() -> World:
    return new_world()


def in_order() -> World:
    world = new_world()
    world.tick()
    watch(world.ports)
    return world


def under_way() -> World:
    world = new_world()
    world.dns.lag("192.0.2.2:53")
    world.handle_message()
    return world


def refused_by_the_authority() -> World:
    world = new_world()
    world.authority.refusals[HOST] = "the name is on a list"
    world.tick()
    return world


def in_trouble() -> World:
    """Return a world in which a cluster is dead, a replica is behind, and much else is going on."""
    world = in_order()
    old = world.newest_chain()
    world.change_inventory({"window": "01:00-02:00 UTC"}, dns_names=[HOST, "smtp.mail.example.net"])
    world.tick()
    world.prober.showing[A, "mailrelay-1"] = old
    world.clusters.unreachable.add(B)
    world.vault.put_secret(SecretReference("dev", "client-password"), "secret")
    someone = operator(world)
    someone.post("/api/pauses", scope="issuer/letsencrypt", until="2026-11-24", reason="why")
    someone.post(f"/api/certificates/{NAME}/renewals", reason="why", force=True)
    watch(world.ports)
    return world


def blind() -> World:
    world = in_order()
    for _ in range(4):
        world.vault.faults.before("latest", PermanentError("the vault refused"))
    world.vault.faults.before("entries", TransientError("the vault did not answer"))
    world.state.certificates.unreadable[NAME] = "junk"
    world.state.pauses.unreadable["all"] = "junk"
    return world


def as_described(id_: str, reply: Reply) -> Reply:
    operation = BY_ID[id_]
    described = DOCUMENT["paths"][f"/api/{operation.path}"][operation.method.lower()]
    answer = resolved(described["responses"][str(reply.status)])
    schema = answer["content"][reply.answer.content_type]["schema"]
    text = reply.answer.content_type.startswith("text/")
    check(schema, reply.answer.body.decode() if text else reply.document, id_)
    assert reply.headers.keys() == answer["headers"].keys() | {"cache-control", "x-content-type-options"}
    return reply


@pytest.mark.parametrize("world", [fresh, in_order, under_way, refused_by_the_authority, in_trouble, blind])
def test_every_get_answers_as_described(world: Callable[[], World]) -> None:
    someone = operator(world())
    for path in READS:
        as_described(id_of("GET", path), someone.get(f"/api/{path}"))


def id_of(method: str, path: str) -> str:
    for operation in BY_ID.values():
        wanted = operation.path.replace("{name}", NAME)
        if operation.method == method and wanted == path:
            return operation.id
    raise AssertionError(path)


def test_every_change_answers_as_described(served: World) -> None:
    alerts = served.inventory.alerts.model_copy(
        update={"routes": {"slack": Route.model_validate({"kind": "slack", "urls": ["dev/url"]})}}
    )
    served.inventory = served.inventory.model_copy(update={"alerts": alerts})
    someone = operator(served)

    asked = as_described("renew_certificate", someone.post(f"/api/certificates/{NAME}/renewals", reason="why"))
    as_described("show_request", someone.get(asked.headers["location"]))
    listed = as_described("list_requests", someone.get("/api/requests")).document
    assert (len(listed["open"]), listed["ended"]) == (1, [])
    served.work_off()
    assert as_described("show_request", someone.get(asked.headers["location"])).document["ended"]
    as_described("list_requests", someone.get("/api/requests"))
    served.vault.faults.before("latest", TransientError("away"))
    rollback = someone.post(f"/api/certificates/{NAME}/rollbacks", reason="why", version="abc")
    as_described("roll_back_certificate", rollback)
    served.work_off()
    failed = as_described("show_request", someone.get(rollback.headers["location"])).document
    assert failed["state"] == "failed"
    served.vault.faults.before("latest", TransientError("away"))
    as_described("release_certificate", someone.delete(f"/api/certificates/{NAME}/quarantine?reason=why"))
    paused = as_described("pause", someone.post("/api/pauses", scope="all", until="2026-11-24", reason="why"))
    as_described("list_pauses", someone.get("/api/pauses"))
    as_described("resume", someone.delete(f"{paused.headers['location']}?reason=why"))
    served.notifier.dead.add("slack")
    as_described("send_test_alert", someone.post("/api/alerts/test", reason="why"))
    page = as_described("read_history", someone.get("/api/history?limit=1"))
    as_described("read_history", someone.get(page.document["next"]))
    page = as_described("read_history", someone.get("/api/history?limit=1&order=newest"))
    as_described("read_history", someone.get(page.document["next"]))


def problems(world: World) -> Iterator[tuple[str, Reply]]:
    someone, nobody = operator(world), ApiClient(world, {}, EASY_AUTH)
    renewals = f"/api/certificates/{NAME}/renewals"
    yield "renew_certificate", someone.post(renewals)
    yield "read_history", someone.get("/api/history?since=x&limit=0&a=b")
    yield "show_plan", nobody.get("/api/plan")
    yield "show_plan", ApiClient(world, {}, {}).get("/api/plan?code=x")
    yield "pause", ApiClient(world, {}, {}).post("/api/pauses", reason="why")
    yield "show_certificate", someone.get(f"/api/certificates/{NAME}s")
    yield "pause", someone.post("/api/pauses", scope="all", until="2026-11-21", reason="why")
    yield "renew_certificate", someone.call("POST", renewals, b" " * 70_000)
    yield "renew_certificate", someone.call("POST", renewals, b"{}", **{"content-type": "text/plain"})
    yield "show_plan", ApiClient(world, {}, {"RELAYKEEPER_EASY_AUTH": "yes"}).get("/api/plan")
    world.state.pauses.faults.before("read", PermanentError("refused"))
    yield "list_pauses", someone.get("/api/pauses")
    world.state.pauses.faults.before("read", TransientError("busy"))
    yield "list_pauses", someone.get("/api/pauses")


def test_every_problem_answers_as_described(served: World) -> None:
    statuses = {as_described(id_, reply).status for id_, reply in problems(served)}
    assert statuses == {400, 401, 403, 404, 409, 413, 415, 500, 502, 503}


@pytest.mark.parametrize(("mode", "name", "status"), [("observe", NAME, 409), ("manage", "nobody", 404)])
def test_a_refused_change_answers_as_described(mode: str, name: str, status: int) -> None:
    someone = operator(new_world(mode=mode))
    replies = {
        "renew_certificate": someone.post(f"/api/certificates/{name}/renewals", reason="why"),
        "roll_back_certificate": someone.post(f"/api/certificates/{name}/rollbacks", reason="why"),
        "release_certificate": someone.delete(f"/api/certificates/{name}/quarantine?reason=why"),
    }
    assert {as_described(id_, reply).status for id_, reply in replies.items()} == {status}


def test_an_unknown_object_answers_as_described(world: World) -> None:
    someone = operator(world)
    replies = {
        "show_request": someone.get("/api/requests/20261122T120000Z-0a1b2c3d"),
        "resume": someone.delete("/api/pauses/0a1b2c3d4e5f?reason=why"),
        "pause": someone.post("/api/pauses", scope="relay/nobody", until="2026-11-24", reason="why"),
    }
    assert {as_described(id_, reply).status for id_, reply in replies.items()} == {404}


def test_a_failing_health_answers_as_described(world: World) -> None:
    world.state.watch.faults.before("read", TransientError("no answer"))
    assert as_described("show_health", operator(world).get("/api/health")).status == 503


@pytest.mark.parametrize("words", ["\x9b2J", "\x1b]0;", "\u202e", "\x7f", "half \ud800 a pair", "\U000e0041"])
def test_texts_of_other_systems_neither_control_a_terminal_nor_hide_the_rest(served: World, words: str) -> None:
    served.state.certificates.faults.before("read", PermanentError(f"cannot read it: {words}"))
    reply = as_described("list_certificates", operator(served).get("/api/certificates"))

    assert words in "".join(reply.document["certificates"][0]["errors"].values())
    assert all(line.isprintable() for line in reply.answer.body.decode().splitlines())
    assert len(reply.document["certificates"]) == 2


def test_letters_of_any_language_stay_unchanged(served: World) -> None:
    operator(served).post(f"/api/certificates/{NAME}/renewals", reason="Schlüssel gesehen 🔑")
    served.clock.advance(timedelta(minutes=1))
    assert "Schlüssel gesehen 🔑" in operator(served).get("/api/history").answer.body.decode()
