"""Clients over HTTP: from the secret in the vault to the login, and what people may ask for."""

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from shared.api import client_place_view
from shared.api.operations import OPERATIONS
from shared.domain.serving.place_observation import ProviderObject
from shared.errors import PermanentError, TransientError
from shared.inventory import Place
from shared.workflows.watch import watch
from tests.fakes.inventory import Fields
from tests.fakes.principals import person
from tests.workflows.client_world import CLIENTS, SECRET, ClientWorld, client_world
from tests.workflows.http import EASY_AUTH, ApiClient, operator
from tests.workflows.test_http_description import as_described
from tests.workflows.world import FIRST, SECOND, A, B

CSI: Fields = {"clients": {"from": {"secretproviderclass": "relay-csi"}}, "probe_client": None}


@pytest.fixture
def accepted() -> ClientWorld:
    world = client_world()
    world.tick()
    return world


def shown(world: ClientWorld, name: str = "pcol") -> Any:
    reply = as_described("show_client", operator(world).get(f"/api/clients/{name}"))
    assert reply.status == 200
    return reply.document


def csi_world(*listed: str) -> ClientWorld:
    """Return a world in which a CSI driver brings the files of the relay's clients."""
    world = client_world({"pcol": {}}, CSI)
    for cluster in (A, B):
        world.clusters.csi.classes[cluster, "mailrelay", "relay-csi"] = tuple(
            ProviderObject(name, "secret", name) for name in listed
        )
    return world


def test_an_accepted_client_is_shown_from_the_vault_to_the_login(accepted: ClientWorld) -> None:
    [made] = accepted.passwords()
    found = shown(accepted)

    assert (found["id"], found["user"], found["vault"], found["secret"]) == ("pcol", "pcol", "dev", "pcol")
    assert (found["mode"], found["declared"], found["owner"], found["probe_of"]) == ("manage", True, None, None)
    assert (found["stored"]["version"], found["stored"]["made_by_relaykeeper"]) == (made.version, True)
    assert found["stored"]["handed_out"] is not None
    assert [place["place"] for place in found["places"]] == [FIRST, SECOND]
    for place in found["places"]:
        assert (place["state"], place["reason"], place["message"]) == ("observed", None, "")
        assert (place["file"]["secret"], place["file"]["present"]) == (f"mailrelay/{SECRET}", True)
        assert (place["file"]["versions"], place["file"]["fault"]) == ([made.version], None)
        assert (place["provider_class"], place["in_provider_class"], place["mounted"]) == (None, None, [])
        proof = place["accepted"]
        assert (proof["version"], proof["newest"], proof["replicas"], proof["one_of"]) == (made.version, True, 2, False)
        assert proof["message"].startswith("accepted by every replica, of which there are 2, since 2026-11-22 12:")
        assert proof["at"] is not None
    assert (found["faults"], found["errors"], found["last_error"]) == ([], {}, None)


def test_labels_of_a_client_are_shown(accepted: ClientWorld) -> None:
    accepted.change_clients({**CLIENTS, "pcol": {"mode": "manage", "labels": {"team": "claims", "empty": ""}}})
    assert shown(accepted)["labels"] == {"team": "claims", "empty": ""}
    assert shown(accepted, "jobs")["labels"] == {}


def test_a_new_client_says_what_is_missing_at_each_place() -> None:
    world = client_world()
    world.vault.store("dev", "pcol", "CanaryPassword2026pcol")
    found = shown(world)

    assert found["stored"]["made_by_relaykeeper"] is False
    for place in found["places"]:
        assert (place["reason"], place["accepted"]) == ("ClientFileMissing", None)
        assert place["message"] == "the clients' Secret does not have its file"
        assert (place["file"]["present"], place["file"]["fault"]) == (False, "ClientFileMissing")


def test_where_the_name_stands_in_git_is_shown_and_that_it_is_unknown() -> None:
    lists = [{"path": "apps/mailrelay/prod.yaml", "keys": ["spec", "values", "names"]}]
    world = client_world(None, {"clients": {"secret": SECRET, "lists": lists}})
    [listed] = shown(world)["places"][0]["in_git"]

    assert (listed["path"], listed["keys"]) == ("apps/mailrelay/prod.yaml", ["spec", "values", "names"])
    assert listed["state"] == "unknown"
    assert "relaykeeper clients check" in listed["message"]


def test_an_owner_and_a_probe_client_are_named() -> None:
    owner = {"team": "Payments"}
    world = client_world({**CLIENTS, "pcol": {"owner": owner}})

    assert shown(world)["owner"] == {"team": "Payments", "route": None}
    assert shown(world)["mode"] == "observe"
    assert shown(world, "probe")["probe_of"] == "dev"


def test_behind_a_service_one_of_the_replicas_is_what_is_proven() -> None:
    world = client_world(None, {"service": "mailrelay"})
    for number, cluster in enumerate((A, B), 1):
        world.clusters.services[cluster, "mailrelay", "mailrelay"] = f"192.0.2.{number}"
        world.prober.behind[f"192.0.2.{number}"] = [(cluster, world.places[0].relay.workload)]
    world.tick()
    proof = shown(world)["places"][0]["accepted"]

    assert proof["one_of"] is True
    assert proof["message"].startswith("accepted by one of 2")


def test_each_pod_and_its_mounted_version_are_shown() -> None:
    world = csi_world("pcol")
    old = world.vault.store("dev", "pcol", "CanaryPasswordOld2026pcol")
    world.vault.store("dev", "pcol", "CanaryPasswordNew2026pcol")
    world.clusters.rotate(A, world.places[0].relay.workload, "relay-csi", {"pcol": old.version})
    found = shown(world)["places"][0]

    assert (found["provider_class"], found["in_provider_class"], found["file"]) == ("relay-csi", True, None)
    assert {(each["version"], each["newest"]) for each in found["mounted"]} == {(old.version, False)}
    assert len(found["mounted"]) == 2
    assert found["reason"] == "MountOutdated"


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("CanaryPassword2026pcol\n", "PasswordWithLineBreak"),
        ("Canary\tPassword2026pcol", "PasswordWithControlCharacter"),
        ("CänaryPassword2026pcol", "PasswordNotAscii"),
        ("Canary7", "PasswordTooShort"),
    ],
)
def test_a_fault_of_the_password_is_said_and_nothing_of_it_is_shown(password: str, reason: str) -> None:
    world = client_world()
    world.vault.store("dev", "pcol", password)
    [fault] = shown(world)["faults"]

    assert (fault["reason"], fault["clients"]) == (reason, [])
    assert password.strip() not in str(shown(world))


def test_clients_with_the_same_password_are_named_by_their_ids() -> None:
    world = client_world()
    for name in ("pcol", "jobs"):
        world.vault.store("dev", name, "CanaryPassword2026both")
    [fault] = shown(world)["faults"]

    assert (fault["reason"], fault["clients"]) == ("PasswordShared", ["jobs"])
    assert shown(world, "jobs")["faults"][0]["clients"] == ["pcol"]
    assert shown(world, "probe")["faults"] == []


def test_an_unreachable_cluster_is_shown_beside_the_one_that_answers(accepted: ClientWorld) -> None:
    accepted.clusters.unreachable.add(A)
    first, second = shown(accepted)["places"]

    assert (first["state"], first["reason"], first["file"]) == ("unreachable", "ClusterUnreachable", None)
    assert first["message"] == f"cannot reach {A}: connection refused"
    assert first["accepted"]["newest"] is True
    assert second["state"] == "observed"


def test_an_unreadable_journal_is_listed_under_errors_and_hides_nothing_else(accepted: ClientWorld) -> None:
    accepted.state.clients.unreadable["pcol"] = "somebody else wrote it"
    found = shown(accepted)

    assert "somebody else wrote it" in found["errors"]["journal of client pcol"]
    assert found["places"][0]["file"]["present"] is True


def test_a_vault_that_refuses_hides_nothing_of_the_files(accepted: ClientWorld) -> None:
    for _ in CLIENTS:
        accepted.vault.faults.before("password", PermanentError("the vault refused"))
    found = shown(accepted)

    assert (found["stored"], found["errors"]) == (None, {"vault dev": "the vault refused"})
    assert found["places"][0]["file"]["present"] is True


def test_a_hold_says_until_when() -> None:
    world = client_world(None, {"window": "01:00-02:00 UTC"})
    world.vault.store("dev", "pcol", "CanaryPassword2026pcol")
    held = shown(world)["places"][0]["held"]

    assert (held["reason"], held["until"]) == ("HeldByWindow", "2026-11-23T01:00:00Z")


def test_a_failure_is_shown_with_the_attempt() -> None:
    world = client_world()
    world.vault.faults.before("make_password", PermanentError("the vault refused: a role is missing"))
    world.handle_client()

    assert shown(world)["last_error"] == "the vault refused: a role is missing"


def test_pauses_and_requests_are_shown_with_the_client_that_they_are_about(accepted: ClientWorld) -> None:
    someone = operator(accepted)
    asked = someone.post("/api/clients/pcol/deliver", reason="why").document
    someone.post("/api/pauses", scope="client/pcol", until="2026-11-24", reason="incident")
    pcol, jobs = shown(accepted), shown(accepted, "jobs")

    assert [each["id"] for each in pcol["requests"]] == [asked["id"]]
    assert [each["scope"] for each in pcol["pauses"]] == ["client/pcol"]
    assert (jobs["requests"], jobs["pauses"]) == ([], [])


def test_the_list_has_every_client_and_those_that_only_a_cluster_lists() -> None:
    world = csi_world("legacy", "pcol")
    found = as_described("list_clients", operator(world).get("/api/clients")).document

    assert [(each["id"], each["declared"], each["mode"]) for each in found["clients"]] == [
        ("pcol", True, "observe"),
        ("legacy", False, "observe"),
    ]
    assert (found["loss"], found["pauses"], found["errors"]) == (None, [], {})
    assert shown(world, "legacy")["places"][0]["in_provider_class"] is True


def test_unreadable_pauses_are_listed_under_errors(accepted: ClientWorld) -> None:
    accepted.state.pauses.unreadable["all"] = "junk"
    found = as_described("list_clients", operator(accepted).get("/api/clients")).document

    assert found["errors"].keys() == {"pauses"}
    assert len(found["clients"]) == len(CLIENTS)


def test_a_bug_in_one_place_hides_nothing_else(accepted: ClientWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    before = client_place_view.file_view

    def fail(place: Place, *rest: Any) -> Any:
        if str(place) == FIRST:
            raise ZeroDivisionError
        return before(place, *rest)

    monkeypatch.setattr(client_place_view, "file_view", fail)
    first, second = shown(accepted)["places"]

    assert (first["state"], first["reason"]) == ("unreachable", "NotObserved")
    assert second["state"] == "observed"


def test_an_unreadable_journal_of_the_watch_is_said_to_hold_every_client(accepted: ClientWorld) -> None:
    accepted.state.watch.unreadable["alerts"] = "junk"
    for path in ("/api/clients", "/api/plan"):
        loss = operator(accepted).get(path).document["loss"]
        assert loss.startswith("no client is changed until it is known again which clients the last watch knew: ")
        assert "junk" in loss


def test_an_unknown_client_has_near_matches(accepted: ClientWorld) -> None:
    reply = as_described("show_client", operator(accepted).get("/api/clients/pcoll"))
    assert (reply.status, reply.document["near"]) == (404, ["pcol"])


def test_a_delivery_is_followed_to_its_end(accepted: ClientWorld) -> None:
    someone = operator(accepted)
    asked = as_described("deliver_client", someone.post("/api/clients/pcol/deliver", reason="the relay was repaired"))
    assert (asked.status, asked.document["kind"], asked.document["target"]) == (202, "delivery", "client/pcol")
    accepted.work_off()
    done = as_described("show_request", someone.get(asked.headers["location"])).document

    assert (done["state"], done["reason"]) == ("done", "the relay was repaired")
    listed = as_described("list_requests", someone.get("/api/requests?target=client/pcol")).document
    assert [each["id"] for each in listed["ended"]] == [done["id"]]


@pytest.mark.parametrize(("name", "status"), [("jobs", 409), ("nobody", 404)])
def test_a_delivery_that_cannot_be_is_refused(name: str, status: int) -> None:
    world = client_world({**CLIENTS, "jobs": {}})
    reply = as_described("deliver_client", operator(world).post(f"/api/clients/{name}/deliver", reason="why"))
    assert reply.status == status


def test_a_reader_changes_nothing(accepted: ClientWorld) -> None:
    reader = ApiClient(accepted, person("reader"), EASY_AUTH)
    assert reader.get("/api/clients/pcol").status == 200
    assert reader.post("/api/clients/pcol/deliver", reason="why").status == 403
    assert reader.post("/api/clients/removals", reason="why", clients=["jobs"]).status == 403
    assert reader.post("/api/relays/dev/resume-logins", reason="why").status == 403
    assert accepted.queue.sent == []


def test_the_loss_of_several_clients_is_confirmed_by_naming_exactly_those(accepted: ClientWorld) -> None:
    accepted.knows_clients("pcol", "jobs", "probe", "gone-1", "gone-2")
    someone = operator(accepted)
    lost = "the inventory lost 2 clients at once: gone-1, gone-2."
    assert someone.get("/api/clients").document["loss"].startswith(lost)

    def confirm(*clients: str) -> Any:
        reply = someone.post("/api/clients/removals", reason="switched off", clients=list(clients))
        return as_described("confirm_client_removals", reply)

    assert confirm("gone-1").status == 409
    assert confirm("gone-1", "gone-2", "pcol").status == 409
    assert confirm("gone-2", "gone-1").document == {"clients": ["gone-1", "gone-2"]}
    assert someone.get("/api/clients").document["loss"] is None
    assert accepted.history.records[-1].outcome == "confirmed that clients left the inventory: gone-1, gone-2"
    assert confirm("gone-1", "gone-2").status == 409


def test_a_removal_of_nothing_or_of_no_id_is_invalid(accepted: ClientWorld) -> None:
    someone = operator(accepted)
    for clients in ([], ["../x"], "gone-1", [7]):
        reply = someone.post("/api/clients/removals", reason="why", clients=clients)
        assert as_described("confirm_client_removals", reply).status == 400


def test_the_plan_has_the_clients_in_the_order_of_a_tick() -> None:
    world = client_world({"probe": CLIENTS["probe"], "jobs": {}, "pcol": CLIENTS["pcol"]})
    found = as_described("show_plan", operator(world).get("/api/plan")).document
    jobs, pcol, probe = found["clients"]

    assert [each["client"] for each in (jobs, pcol, probe)] == ["jobs", "pcol", "probe"]
    assert [each["reason"] for each in pcol["todo"]] == ["PasswordMissing"]
    assert (jobs["todo"], [each["reason"] for each in jobs["held"]]) == ([], ["ObserveOnly"])
    assert [each["reason"] for each in jobs["would_do"]] == ["PasswordMissing"]
    assert [(each["reason"], each["place"]) for each in probe["todo"]] == [
        ("ProbeOutdated", FIRST),
        ("ProbeOutdated", SECOND),
    ]
    assert found["loss"] is None
    assert world.passwords() == []


def test_the_plan_of_accepted_clients_has_nothing_to_do(accepted: ClientWorld) -> None:
    for each in operator(accepted).get("/api/plan").document["clients"]:
        assert (each["todo"], each["held"], each["error"]) == ([], [], "")


def test_the_plan_says_what_a_pause_a_loss_and_a_wait_hold() -> None:
    world = client_world()
    someone = operator(world)

    def held() -> Any:
        [found] = [each for each in someone.get("/api/plan").document["clients"] if each["client"] == "pcol"]
        assert found["todo"] == []
        return [each["reason"] for each in found["held"]]

    pause = someone.post("/api/pauses", scope="client/pcol", until="2026-11-24", reason="incident")
    assert held() == ["HeldByPause", "PasswordMissing"]
    someone.delete(f"{pause.headers['location']}?reason=why")
    world.knows_clients("gone-1", "gone-2")
    assert held() == ["ClientsLost", "PasswordMissing"]
    assert someone.get("/api/plan").document["loss"].startswith("the inventory lost 2 clients at once")
    world.knows_clients()
    world.vault.faults.before("make_password", TransientError("the vault did not answer"))
    world.handle_client()
    assert held() == ["NextAttemptLater", "PasswordMissing"]


def test_the_plan_has_a_delivery_that_is_to_be_taken_up(accepted: ClientWorld) -> None:
    operator(accepted).post("/api/clients/pcol/deliver", reason="the relay was repaired")
    planned = operator(accepted).get("/api/plan").document["clients"]
    [pcol] = [each for each in planned if each["client"] == "pcol"]

    [todo] = pcol["todo"]
    assert todo["reason"] == "Requested"
    assert todo["message"].endswith("delivery, asked for by Ada Lovelace: the relay was repaired")


def test_the_plan_says_why_a_client_cannot_be_planned_for(accepted: ClientWorld) -> None:
    accepted.state.clients.unreadable["pcol"] = "junk"
    planned = {each["client"]: each["error"] for each in operator(accepted).get("/api/plan").document["clients"]}

    assert "junk" in planned["pcol"]
    assert planned["jobs"] == ""


CANARIES = {"pcol": "CanaryPassword2026pcol", "jobs": "CanaryPassword2026both", "old": "CanaryPassword2026both"}


def test_no_answer_has_a_password_or_anything_made_of_one() -> None:
    world = client_world({**CLIENTS, "old": {}})
    for name, password in CANARIES.items():
        world.vault.store("dev", name, password)
    world.tick()
    watch(world.ports)
    someone = operator(world)
    request = someone.post("/api/clients/pcol/deliver", reason="why").document["id"]
    world.work_off(timedelta(0))
    secrets = [held.value for name in (*CLIENTS, "old") for held in world.passwords(name)]
    files = [content for cluster in (A, B) for content in world.client_files(cluster).values()]
    forbidden = {*secrets, *(sha256(each.encode()).hexdigest() for each in secrets)}
    forbidden |= {sha256(content).hexdigest() for content in files}
    assert len(secrets) > len(CANARIES)
    assert files

    names = {"id": {"clients/{id}": "pcol", "requests/{id}": request}, "name": {"relays/{name}": "dev"}}
    called = set()
    for operation in OPERATIONS:
        if operation.method == "GET":
            path = operation.path
            for parameter, values in names.items():
                path = path.replace(f"{{{parameter}}}", values.get(path, next(iter(world.inventory.certificates))))
            body = someone.get(f"/api/{path}").answer.body.decode()
            called.add(operation.id)
            assert not [each for each in forbidden if each in body], operation.id
    assert {"list_clients", "show_client", "show_relay", "show_plan", "read_history", "read_metrics"} <= called
