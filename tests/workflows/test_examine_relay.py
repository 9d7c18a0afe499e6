"""A person examines a relay over HTTP: `verify-relay`'s checks and judgement, with counted logins and within a time."""

import json
import logging
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from relaykeeper.relay.check_table import as_json
from relaykeeper.relay.in_clusters import find_relay
from shared.domain.clients.login import LOGIN_AT_ONCE, PLAIN_AT_ONCE, WAYS
from shared.domain.clients.relay_checks import MOST_REFUSALS
from shared.errors import JournalUnreadable, PermanentError, TransientError
from shared.workflows.examine import MADE_UP_USERS, examine
from shared.workflows.examine_relay import LONGEST
from shared.workflows.expected_server import RelaySystems
from tests.between import put_between
from tests.fakes.inventory import HOST, Fields
from tests.fakes.principals import person
from tests.wire.smtp.servers import Shown
from tests.workflows.calls import Calls, Recorder
from tests.workflows.client_world import CLIENTS, ClientWorld, client_world
from tests.workflows.http import EASY_AUTH, ApiClient, Reply, operator
from tests.workflows.test_http_description import as_described
from tests.workflows.world import A, B

URL = "/api/relays/dev/checks"
PROBE = "relay-probe"
POD, SECOND_POD = (A, "mailrelay-0"), (A, "mailrelay-1")
LOGINS = ["login-plain-initial", "login-plain-prompted", "login-login-initial", "login-login-prompted"]
ALL_PODS = [f"{cluster}/mailrelay-{number}" for cluster in (A, B) for number in (0, 1)]


def settled(relay: Fields | None = None) -> ClientWorld:
    """Return a world in which every client is accepted everywhere, and the last login is long ago."""
    world = client_world(relay={"refuses_unauthenticated": "postmaster@example.org", **(relay or {})})
    for cluster in (A, B):
        address = f"{cluster}.example.net"
        world.clusters.services[cluster, "mailrelay", "mailrelay"] = address
        world.prober.behind[address] = [(cluster, world.places[0].relay.workload)]
    world.tick()
    world.clock.advance(timedelta(hours=1))
    world.prober.logged_in.clear()
    world.history.records.clear()
    return world


@pytest.fixture
def world() -> ClientWorld:
    return settled()


def ask(world: ClientWorld, status: int = 200, **body: object) -> Reply:
    """Examine the relay, and hold the answer to its description."""
    reply = as_described("examine_relay", operator(world).post(URL, reason="a client gets 535", **body))
    assert reply.status == status, reply.document
    return reply


def found(reply: Reply, replica: str = f"{A}/mailrelay-0") -> dict[str, tuple[str, str]]:
    """Return status and reason of one replica's checks, by their names."""
    checks = [each for each in reply.document["checks"] if each["replica"] == replica]
    return {each["name"]: (each["status"], each["reason"]) for each in checks}


def logged_in(world: ClientWorld) -> Counter[str]:
    """Return how often each user logged in; users who were made up are one."""
    return Counter(login.user if login.user in (PROBE, *CLIENTS) else "made up" for login in world.prober.logged_in)


def slowly(world: ClientWorld, before: Callable[[str], None]) -> None:
    """Call `before` with the method's name before each question to a relay."""
    world.through = lambda ports: put_between(ports, ["prober"], lambda _, prober: Recorder(prober, before))


def test_every_replica_of_every_cluster_is_examined_and_takes_the_probe_client(world: ClientWorld) -> None:
    reply = ask(world)

    assert {each["status"] for each in reply.document["checks"]} == {"ok"}
    names = ["greeting", "starttls", "auth-before-tls", "certificate", "mail-without-login", *MADE_UP_USERS, *LOGINS]
    assert [list(found(reply, pod)) for pod in ALL_PODS] == [names] * 4
    assert logged_in(world) == {PROBE: 4 * len(WAYS), "made up": 4 * len(MADE_UP_USERS)}


def test_the_answer_is_that_of_the_command(world: ClientWorld) -> None:
    world.prober.auth_replies[POD] = {LOGIN_AT_ONCE: "435 Unable to authenticate at present"}
    world.prober.clear_mechanisms[SECOND_POD] = ("PLAIN",)
    reply = ask(world, cluster=A)

    relay, checks = find_relay(RelaySystems.of(world.ports), "dev", A, None, as_probe_client=True)
    assert reply.document == json.loads(as_json([*checks, *examine(relay, world.ports.prober)]))


@pytest.mark.parametrize("logins", [True, False])
def test_a_relay_whose_certificate_was_not_issued_yet_cannot_be_examined_and_is_shown(logins: bool) -> None:
    world = client_world()
    reply = ask(world, 409, logins=logins)
    assert "has no version in vault dev" in reply.document["detail"]
    assert "Let it be issued first" in reply.document["detail"]
    assert as_described("show_relay", operator(world).get("/api/relays/dev")).status == 200


def test_one_cluster_can_be_examined_alone(world: ClientWorld) -> None:
    replicas = {each["replica"] for each in ask(world, cluster=B).document["checks"]}
    assert replicas == {B, f"{B}/mailrelay-0", f"{B}/mailrelay-1"}
    assert "ss-dev-01" in ask(world, 404, cluster="ss-dev-02").document["near"]


def test_an_unknown_relay_is_answered_with_what_may_be_meant(world: ClientWorld) -> None:
    reply = operator(world).post("/api/relays/dve/checks", reason="why")
    assert (as_described("examine_relay", reply).status, reply.document["near"]) == (404, ["dev"])


def test_the_history_says_who_asked_why_and_what_came_of_it(world: ClientWorld) -> None:
    world.prober.clear_mechanisms[POD] = ("PLAIN",)
    ask(world)
    ask(world, logins=False, cluster=A)

    first, second = world.history.records
    assert (first.event, first.target, first.actor.name, first.reason) == (
        ("request", "relay/dev", "Ada Lovelace", "a client gets 535")
    )
    assert first.outcome == "examined: 50 checks: 49 ok, 0 warning, 1 failed, 0 unknown"
    assert second.outcome == f"examined in cluster {A} without logins: 11 checks: 10 ok, 0 warning, 1 failed, 0 unknown"


def test_where_another_certificate_is_presented_nobody_logs_in(world: ClientWorld, tmp_path: Path) -> None:
    world.prober.showing[POD] = Shown(HOST, tmp_path).chain
    checks = found(ask(world))
    assert (checks["certificate"], checks["login"]) == (("failed", "ServesUnexpected"), ("unknown", "NotTried"))
    assert {login.probe.pod for login in world.prober.logged_in} == set(ALL_PODS[1:])


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("451 later", ("unknown", "TemporarilyRefused")),
        ("454 Temporary authentication failure", ("unknown", "TemporarilyRefused")),
        ("421 too many logins", ("unknown", "TemporarilyRefused")),
        ("535 Incorrect authentication data", ("failed", "Refused")),
        ("435 Unable to authenticate at present", ("warning", "Tainted")),
    ],
)
def test_a_way_that_the_relay_does_not_take_is_shown_as_it_answers(
    world: ClientWorld, reply: str, expected: tuple[str, str]
) -> None:
    world.prober.auth_replies[POD] = {PLAIN_AT_ONCE: reply}
    checks = found(ask(world))
    assert [checks[name] for name in LOGINS] == [expected, *[("ok", "Accepted")] * 3]


def test_a_replica_that_is_not_ready_is_named_and_the_others_are_examined(world: ClientWorld) -> None:
    world.running(A).pods.pop()
    reply = ask(world, cluster=A)
    assert found(reply, f"{A}/mailrelay-0")["certificate"] == ("ok", "ServesExpected")
    world.running(A).pods.clear()
    world.clock.advance(timedelta(minutes=2))
    assert found(ask(world, cluster=A), A) == {"replicas": ("failed", "NoReplicaReady")}


def test_a_cluster_that_does_not_answer_stops_no_other(world: ClientWorld) -> None:
    world.clusters.unreachable.add(A)
    reply = ask(world)
    assert found(reply, A) == {"replicas": ("unknown", "ClusterNotRead")}
    assert found(reply, f"{B}/mailrelay-0")["login-plain-initial"] == ("ok", "Accepted")


def test_behind_a_service_one_replica_of_those_is_examined() -> None:
    world = settled({"service": "mailrelay"})
    assert "login-plain-initial" in found(ask(world), f"{A}/Service mailrelay, one of 2")
    assert f"{A}/Service mailrelay" in world.logins.replicas


def test_without_logins_nobody_logs_in_and_no_journal_is_touched(world: ClientWorld) -> None:
    before = world.logins
    assert list(found(ask(world, logins=False))) == [
        "greeting",
        "starttls",
        "auth-before-tls",
        "certificate",
        "mail-without-login",
    ]
    ask(world, logins=False)
    assert (world.logins, world.prober.logged_in) == (before, [])


def test_another_examination_waits_for_the_login_interval() -> None:
    world = settled({"login_interval": 60})
    ask(world)
    reply = ask(world, 409, cluster=B)
    assert "the last login at relay dev is not 60 s ago (login_interval)" in reply.document["detail"]
    assert "(logins: false)" in reply.document["detail"]
    assert logged_in(world)[PROBE] == 16
    world.clock.advance(timedelta(seconds=60))
    ask(world)


def test_each_replica_is_recorded_before_its_first_login_and_after_its_last() -> None:
    world = settled({"login_interval": 60})
    began, recorded = world.clock.now(), list[set[str]]()

    def log_in(method: str) -> None:
        if method == "log_in":
            recorded.append({pod for pod, logins in world.logins.replicas.items() if logins.last >= began})
            world.clock.advance(timedelta(seconds=1))

    slowly(world, log_in)
    ask(world, cluster=A)

    assert recorded == [*[{ALL_PODS[0]}] * 7, *[set(ALL_PODS[:2])] * 7]
    last = [world.logins.replicas[pod].last - began for pod in ALL_PODS[:2]]
    assert last == [timedelta(seconds=7), timedelta(seconds=14)]


def test_three_refusals_of_the_probe_client_stop_its_logins_everywhere(
    world: ClientWorld, caplog: pytest.LogCaptureFixture
) -> None:
    for pod in (POD, SECOND_POD):
        world.prober.auth_replies[pod] = dict.fromkeys(WAYS, "535 Incorrect authentication data")
    reply = ask(world)

    assert logged_in(world)[PROBE] == MOST_REFUSALS
    assert [found(reply)[name][1] for name in LOGINS] == [*["Refused"] * 3, "NotTried"]
    for replica in ALL_PODS[1:]:
        assert found(reply, replica)["login"] == ("unknown", "NotTried")
        assert not {*LOGINS, *MADE_UP_USERS} & set(found(reply, replica))
    assert world.logins.stopped is not None
    assert "logins at relay dev are stopped" in caplog.text

    world.clock.advance(timedelta(hours=1))
    assert "resume-logins" in ask(world, 409).document["detail"]
    assert set(found(ask(world, logins=False))["certificate"]) == {"ok", "ServesExpected"}


def test_refusals_that_came_before_count_and_an_accepted_login_ends_the_row(world: ClientWorld) -> None:
    world.prober.auth_replies[POD] = {PLAIN_AT_ONCE: "535 Incorrect authentication data"}
    ask(world, cluster=A)
    assert world.logins.refusals == 0

    world.prober.auth_replies[SECOND_POD] = dict.fromkeys(WAYS, "535 Incorrect authentication data")
    world.clock.advance(timedelta(hours=1))
    ask(world, cluster=A)
    assert world.logins.refusals == 2
    assert world.logins.stopped is None


def test_made_up_users_that_are_refused_do_not_count(world: ClientWorld) -> None:
    ask(world)
    assert (world.logins.refusals, world.logins.stopped) == (0, None)


def test_while_a_worker_logs_in_there_it_is_to_be_asked_again(world: ClientWorld) -> None:
    with world.state.logins.lease("dev"):
        reply = ask(world, 503)
    assert "at relay dev at this moment" in reply.document["detail"]
    assert world.prober.logged_in == []


def test_the_lease_is_prolonged_right_before_each_login(world: ClientWorld) -> None:
    calls = Calls()
    world.through = calls.recorded
    ask(world)
    made = [str(call) for call in calls.made if str(call) != "clock.now"]
    before = {made[position - 1] for position, call in enumerate(made) if call == "prober.log_in"}
    assert before == {"lease.renew"}


def test_a_file_that_was_just_written_is_not_tried_before_the_replicas_can_have_it(world: ClientWorld) -> None:
    world.change_clients({**CLIENTS, "late": {"mode": "manage"}})
    world.handle_client("late")
    world.handle_client("probe")
    world.clock.advance(timedelta(seconds=2))
    world.prober.logged_in.clear()
    reply = ask(world, cluster=A)
    assert found(reply, A)["login"] == ("unknown", "NotTried")
    assert set(logged_in(world)) == {"made up"}


def test_a_relay_without_a_probe_client_is_examined_but_for_its_logins() -> None:
    world = settled({"probe_client": None})
    reply = ask(world, cluster=A)
    [login] = [each for each in reply.document["checks"] if each["name"] == "login"]
    assert (login["replica"], login["status"], login["reason"]) == (A, "unknown", "NotTried")
    assert "relay dev has no probe_client" in login["message"]
    assert found(reply)["unknown-user"] == ("ok", "Refused")


@pytest.mark.parametrize("error", [PermanentError("access refused"), TransientError("no answer")])
def test_a_password_that_cannot_be_read_is_a_check(world: ClientWorld, error: Exception) -> None:
    world.vault.faults.before("password", error)
    reply = ask(world)
    assert found(reply, A)["login"] == ("unknown", "NotTried")
    assert found(reply, f"{B}/mailrelay-0")["login-plain-initial"] == ("ok", "Accepted")


def test_a_journal_of_the_probe_client_that_cannot_be_read_is_a_check(world: ClientWorld) -> None:
    world.state.clients.faults.before("read", JournalUnreadable("cannot read journal clients/probe.json"))
    assert found(ask(world), A)["examination"] == ("unknown", "NotExamined")


def test_a_bug_met_at_one_replica_is_one_check_beside_the_others(world: ClientWorld) -> None:
    world.prober.faults.before("log_in", ZeroDivisionError("a bug"))
    reply = ask(world)
    assert found(reply) == {"examination": ("unknown", "NotExamined")}
    assert found(reply, ALL_PODS[1])["login-plain-initial"] == ("ok", "Accepted")


def test_what_would_take_longer_than_a_call_has_is_cut_by_replica_and_cluster_and_says_so(world: ClientWorld) -> None:
    slowly(world, lambda _: world.clock.advance(timedelta(seconds=9)))
    began = world.clock.now()
    reply = ask(world)

    assert world.clock.now() - began <= LONGEST
    assert found(reply, ALL_PODS[0])["login-login-prompted"] == ("ok", "Accepted")
    assert found(reply, ALL_PODS[1]) == {"examination": ("unknown", "OutOfTime")}
    cut = [each for each in reply.document["checks"] if each["reason"] == "OutOfTime"]
    assert [each["replica"] for each in cut] == ALL_PODS[1:]
    assert "Examine one cluster at a time" in cut[0]["remedy"]


def test_the_probe_password_is_in_no_answer_log_line_record_or_journal(
    world: ClientWorld, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    reply = ask(world)
    passwords = {each.value for client in CLIENTS for each in world.passwords(client)}
    said = reply.answer.body.decode() + caplog.text + repr(world.history.records) + repr(world.logins)
    assert passwords
    assert not [each for each in passwords if each in said]


def test_a_reader_may_not_examine(world: ClientWorld) -> None:
    reply = ApiClient(world, person("reader"), EASY_AUTH).post(URL, reason="why")
    assert as_described("examine_relay", reply).status == 403
