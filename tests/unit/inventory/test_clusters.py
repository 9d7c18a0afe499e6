"""A cluster is entered in exactly one way, and says when it is not to be expected."""

import pytest

from shared.inventory import parse
from tests.unit.inventory.inventories import C_01, assert_one_problem, edited, problems_of


@pytest.mark.parametrize(
    ("entry", "path", "says"),
    [
        ("{kubeconfig: dev/c-01, server: https://c-01.example.net}", "clusters.c-01.kubeconfig", "one way in too many"),
        (f"{{kubeconfig: dev/c-01, {C_01[1:]}", "clusters.c-01.kubeconfig", "one way in too many"),
        ("{kubeconfig: dev/c-01, ca_file: c-01.pem}", "clusters.c-01.ca_file", "a kubeconfig has its own CA"),
        ("{kubeconfig: c-01}", "clusters.c-01.kubeconfig", "is not VAULT/SECRET"),
        ("{kubeconfig: ''}", "clusters.c-01.kubeconfig", "an empty text is not VAULT/SECRET"),
        ("{kubeconfig: }", "clusters.c-01.kubeconfig", "is empty; give it a value, or leave the key out"),
    ],
)
def test_a_cluster_with_two_ways_in_or_half_a_one_is_a_problem(entry: str, path: str, says: str) -> None:
    assert_one_problem((C_01, entry), path, says)


@pytest.mark.parametrize(
    ("entry", "path", "says"),
    [
        ("{}", "clusters.c-01", "allowed are kubeconfig: VAULT/SECRET, and server with ca_file"),
        ("{ca_file: c-01.pem}", "clusters.c-01.server", "is missing, and ca_file alone is no way in"),
        ("{server: https://c-01.example.net}", "clusters.c-01.ca_file", "is missing"),
        ("{sever: https://c-01.example.net, ca_file: c-01.pem}", "clusters.c-01.sever", "did you mean server?"),
        ("{kubeconf: dev/c-01}", "clusters.c-01.kubeconf", "did you mean kubeconfig?"),
        ("", "clusters.c-01", "must be a mapping"),
    ],
)
def test_a_cluster_without_a_required_key_is_one_problem(entry: str, path: str, says: str) -> None:
    [problem] = problems_of(edited((C_01, entry)))
    assert (problem.path, problem.line) == (path, 9)
    assert says in problem.message


def test_two_clusters_have_two_kubeconfigs() -> None:
    first = "{server: https://c-00.example.net, ca_file: c-00.pem}"
    [problem] = problems_of(edited((first, "{kubeconfig: dev/shared}"), (C_01, "{kubeconfig: dev/Shared}")))
    assert problem.path == "clusters.c-01.kubeconfig"
    assert "c-00 has this kubeconfig already" in problem.message


def test_a_kubeconfig_pasted_in_place_of_its_name_is_not_repeated() -> None:
    [problem] = problems_of(edited((C_01, "{kubeconfig: 'users: [{token: hunter2}]'}")))
    assert "hunter2" not in str(problem)


@pytest.mark.parametrize(
    ("fields", "path", "says"),
    [
        ("asleep: 20:00-06:30", "clusters.c-01.asleep", "does not end with a time zone"),
        ("asleep: [20:00-06:30 UTC]", "clusters.c-01.asleep", "must be text, not a list"),
        ("asleep: ", "clusters.c-01.asleep", "is empty; give it a value"),
        ("suspended: yes", "clusters.c-01.suspended", "must be a mapping"),
        ("suspended: {until: 2026-12-01, reason: x}", "clusters.c-01.suspended.until", "2026-12-01 is not a moment"),
        ("suspended: {until: 2026-12-01T08:00Z, resaon: x}", "clusters.c-01.suspended.resaon", "did you mean reason?"),
        ("freeze: [{until: 2026-12-01T08:00Z, name: x, reason: y}]", "clusters.c-01.freeze[0].name", "until, reason"),
        ("window: 09:00-10:00 UTC", "clusters.c-01.window", "allowed: server, ca_file, kubeconfig, asleep"),
    ],
)
def test_hours_of_sleep_that_are_not_clear_are_a_problem(fields: str, path: str, says: str) -> None:
    assert_one_problem((C_01, C_01.replace("}", f", {fields}}}")), path, says)


def test_a_suspended_cluster_may_sleep_besides() -> None:
    rest = 'asleep: Sat-Sun 00:00-24:00 Europe/London, suspended: {until: "2027-01-01T00:00+00:00", reason: rebuilt}'
    site = parse(edited((C_01, C_01.replace("}", f", {rest}}}")))).clusters["c-01"]
    assert site.asleep is not None
    assert site.suspended is not None
