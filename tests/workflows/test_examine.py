"""An examination of a relay: each promise of the runbook's test is a check, and nothing secret goes to a stranger."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from shared.domain.checks import Check, CheckStatus
from shared.domain.clients.login import LOGIN_ASKED, LOGIN_AT_ONCE, WAYS, ExpectedServer
from shared.domain.clients.password import Password
from shared.domain.clients.relay_checks import MOST_REFUSALS, ReplicaCheck
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.probe import Probe
from shared.inventory import Workload
from shared.workflows.examine import MADE_UP_USERS, NOBODY, ProbeClient, RelayToExamine, examine
from tests.fakes.clock import FakeClock
from tests.fakes.inventory import NOW, small_inventory
from tests.fakes.kubernetes import FakeClusters
from tests.fakes.smtp import FakeProber
from tests.wire.smtp.servers import Shown

CLUSTER, NAME = "ss-dev-00", "mail.example.net"
FIRST, SECOND = (CLUSTER, "mailrelay-0"), (CLUSTER, "mailrelay-1")
PASSWORD = "a-password-of-a-probe-client"  # noqa: S105 of a client that exists in this file alone
LOGINS = [
    "login-plain-initial",
    "login-plain-prompted",
    "login-login-initial",
    "login-login-prompted",
]


class Bench:
    """Two replicas that serve one certificate and take one probe client."""

    def __init__(self, shown: Shown) -> None:
        clusters = FakeClusters(small_inventory(), FakeClock(), start=timedelta(0))
        clusters.edit(CLUSTER, "mailrelay", "relay-tls", {"default.pem": shown.pem})
        self.prober = FakeProber(clusters)
        pods = clusters.pods(CLUSTER, Workload("mailrelay", "statefulset", "mailrelay"))
        self.relay = RelayToExamine(
            ObjectRef("relay", "dev"),
            tuple(Probe(pod.name, pod.address or "", 25, NAME) for pod in pods),
            ExpectedServer(NAME, NOW, (shown.root,), frozenset({shown.thumbprint})),
            dict.fromkeys((pod.name for pod in pods), ProbeClient("probe", Password(PASSWORD))),
            "postmaster@example.org",
        )
        self.prober.users = {FIRST: {"probe": PASSWORD}, SECOND: {"probe": PASSWORD}}

    def examine(self, **changed: object) -> Sequence[ReplicaCheck]:
        return examine(replace(self.relay, **changed), self.prober)  # type: ignore[arg-type]

    def checks(self, replica: str = "mailrelay-0", **changed: object) -> Mapping[str, Check]:
        """Return the checks of one replica by their names."""
        return {each.check.name: each.check for each in self.examine(**changed) if each.replica == replica}


@pytest.fixture
def shown(tmp_path: Path) -> Shown:
    return Shown(NAME, tmp_path)


@pytest.fixture
def bench(shown: Shown) -> Bench:
    return Bench(shown)


def test_a_relay_in_order_passes_every_check_at_every_replica(bench: Bench) -> None:
    found = bench.examine()

    names = ["greeting", "starttls", "auth-before-tls", "certificate", "mail-without-login", *MADE_UP_USERS, *LOGINS]
    assert [(each.replica, each.check.name) for each in found] == [
        (replica, name) for replica in ("mailrelay-0", "mailrelay-1") for name in names
    ]
    assert {each.check.status for each in found} == {"ok"}
    assert {str(each.check.about) for each in found} == {"relay/dev"}
    assert {each.port for each in found} == {25}


def test_only_made_up_users_and_the_probe_client_log_in_each_as_often_as_it_must(bench: Bench) -> None:
    bench.examine()

    by_user = [login.user for login in bench.prober.logged_in]
    assert by_user.count("probe") == 2 * len(WAYS)
    made_up = [login for login in bench.prober.logged_in if login.user != "probe"]
    assert len(made_up) == 2 * len(MADE_UP_USERS)
    assert all(NOBODY in login.user for login in made_up)
    assert PASSWORD not in {login.password.reveal_for_auth() for login in made_up}
    assert {login.way for login in made_up} == {LOGIN_ASKED}


def test_no_two_examinations_make_up_the_same_user(bench: Bench) -> None:
    bench.examine()
    bench.examine()
    unknown = {
        login.user for login in bench.prober.logged_in if login.user.startswith(NOBODY) and "/" not in login.user
    }
    assert len(unknown) == 2


def test_what_is_not_asked_for_is_not_tried(bench: Bench) -> None:
    found = bench.checks(clients={}, recipient="")
    assert not {"mail-without-login", *LOGINS} & set(found)
    assert bench.prober.offered == []
    assert {login.user == "probe" for login in bench.prober.logged_in} == {False}


def test_where_another_certificate_is_presented_no_login_is_tried_at_all(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    bench.prober.showing[FIRST] = Shown(NAME, tmp_path / "other").chain

    found = bench.checks()

    assert (found["certificate"].status, found["certificate"].reason) == ("failed", "ServesUnexpected")
    assert (found["login"].status, found["login"].reason) == ("unknown", "NotTried")
    assert not set(LOGINS) & set(found)
    assert {login.probe.pod for login in bench.prober.logged_in} == {"mailrelay-1"}


def test_a_replica_that_does_not_answer_is_one_failed_check_beside_the_others(bench: Bench) -> None:
    bench.prober.failing[FIRST] = "connection refused"

    assert [(check.status, check.reason) for check in bench.checks().values()] == [("failed", "NotGreeted")]
    assert {check.status for check in bench.checks("mailrelay-1").values()} == {"ok"}


@pytest.mark.parametrize("cause", ["Busy", "TurnedAway"])
def test_a_replica_that_turns_us_away_could_not_be_examined(bench: Bench, cause: str) -> None:
    bench.prober.turning_away[FIRST] = (cause, "421 too many connections")  # type: ignore[assignment]
    assert [(check.status, check.reason) for check in bench.checks().values()] == [("unknown", "Inconclusive")]


def test_a_login_that_is_taken_in_clear_is_a_failed_check(bench: Bench) -> None:
    bench.prober.clear_mechanisms[FIRST] = ("PLAIN",)
    check = bench.checks()["auth-before-tls"]
    assert (check.status, check.reason) == ("failed", "AuthTakenInClear")


@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [
        ("250 Accepted", "failed", "AcceptsWithoutLogin"),
        ("550 relay not permitted", "ok", "RefusesWithoutLogin"),
        ("451 later", "unknown", "Inconclusive"),
    ],
)
def test_mail_without_a_login_is_judged_by_the_reply(
    bench: Bench, reply: str, status: CheckStatus, reason: str
) -> None:
    bench.prober.replying[FIRST] = reply
    check = bench.checks()["mail-without-login"]
    assert (check.status, check.reason) == (status, reason)


def test_mail_that_is_taken_says_that_the_relay_may_trust_our_address(bench: Bench) -> None:
    bench.prober.replying[FIRST] = "250 Accepted"
    assert "our address is among the hosts that it trusts" in bench.checks()["mail-without-login"].message


@pytest.mark.parametrize("user", MADE_UP_USERS)
@pytest.mark.parametrize(
    ("reply", "status", "reason"),
    [
        ("235 welcome", "failed", "Accepted"),
        ("435 Unable to authenticate at present", "warning", "Tainted"),
        ("454 later", "warning", "TemporarilyRefused"),
        ("501 malformed", "warning", "Refused"),
    ],
)
def test_a_made_up_user_that_does_not_get_535_is_reported(
    bench: Bench, user: str, reply: str, status: CheckStatus, reason: str
) -> None:
    bench.prober.auth_replies[FIRST] = {LOGIN_ASKED: reply}
    check = bench.checks(clients={})[user]
    assert (check.status, check.reason) == (status, reason)


def test_made_up_users_log_in_by_plain_where_login_is_not_offered(bench: Bench) -> None:
    bench.prober.mechanisms[FIRST] = ("PLAIN",)
    found = bench.checks()
    assert {found[name].status for name in MADE_UP_USERS} == {"ok"}
    assert [found[name].status for name in LOGINS] == ["ok", "ok", "warning", "warning"]


def test_a_relay_without_any_mechanism_fails_its_client(bench: Bench) -> None:
    bench.prober.mechanisms[FIRST] = ()
    found = bench.checks()
    assert {found[name].status for name in MADE_UP_USERS} == {"unknown"}
    assert {(found[name].status, found[name].reason) for name in LOGINS} == {("failed", "NotOffered")}


def test_a_way_that_is_tainted_is_a_warning_while_another_one_works(bench: Bench) -> None:
    tainted = "435 Unable to authenticate at present"
    bench.prober.auth_replies[FIRST] = {LOGIN_AT_ONCE: tainted}
    assert [bench.checks()[name].status for name in LOGINS] == ["ok", "ok", "warning", "ok"]

    bench.prober.auth_replies[FIRST] = dict.fromkeys(WAYS, tainted)
    assert {bench.checks()[name].status for name in LOGINS} == {"failed"}


def test_a_client_that_was_refused_often_enough_is_not_tried_again_anywhere(bench: Bench) -> None:
    bench.prober.users.clear()
    found = bench.examine()

    tried = [login for login in bench.prober.logged_in if login.user == "probe"]
    assert len(tried) == MOST_REFUSALS
    logins = [each.check for each in found if each.check.name in LOGINS]
    assert [check.reason for check in logins] == ["Refused"] * MOST_REFUSALS + ["NotTried"] * (8 - MOST_REFUSALS)
    assert [check.status for check in logins] == ["failed"] * MOST_REFUSALS + ["unknown"] * (8 - MOST_REFUSALS)


def test_refusals_that_came_before_count(bench: Bench) -> None:
    bench.prober.users.clear()
    bench.examine(refusals=MOST_REFUSALS - 1)
    assert [login.user for login in bench.prober.logged_in].count("probe") == 1


def test_a_client_logs_in_only_at_its_own_replica(bench: Bench) -> None:
    found = bench.examine(clients={"mailrelay-1": bench.relay.clients["mailrelay-1"]})
    assert {each.replica for each in found if each.check.name in LOGINS} == {"mailrelay-1"}
    assert {login.probe.pod for login in bench.prober.logged_in if login.user == "probe"} == {"mailrelay-1"}


def test_without_logins_not_even_a_made_up_user_is_tried(bench: Bench) -> None:
    found = bench.checks(logins=False)
    assert list(found) == ["greeting", "starttls", "auth-before-tls", "certificate", "mail-without-login"]
    assert bench.prober.logged_in == []


def test_a_password_that_is_not_sound_is_reported_once(bench: Bench) -> None:
    client = ProbeClient("probe", Password(f"{PASSWORD}\n"))
    found = bench.examine(clients=dict.fromkeys(bench.relay.clients, client))
    about_password = [each for each in found if each.check.name == "password"]
    assert [(each.replica, each.port, each.check.reason) for each in about_password] == [
        ("", None, "PasswordWithLineBreak")
    ]


def test_no_check_holds_the_password(bench: Bench) -> None:
    assert PASSWORD not in repr(bench.examine())
    assert PASSWORD not in repr(bench.relay)
