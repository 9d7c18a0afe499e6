"""Alerts have somewhere to go: every route is whole, and every cluster has one."""

from datetime import timedelta

import pytest

from shared.inventory import SecretReference, parse
from tests.unit.inventory.inventories import FULL, RIGHT, problems_of

ROUTES = """\
alerts:
  routes:
    c-00: {kind: alertmanager, urls: [dev/alertmanager], match: {cluster: c-00}}
    all: {kind: webhook, urls: [dev/pager], signing_key: dev/pager-key}
  heartbeat: {ping: dev/ping, routes: [c-00]}
  unmanaged: {dev: {names: ["relay-*"]}}
"""


def problem_after(old: str, new: str) -> tuple[str, str]:
    """Return path and sentence of the one problem that this change of the routes gives."""
    assert old in ROUTES
    [problem] = problems_of(RIGHT + ROUTES.replace(old, new))
    assert problem.line is not None
    return problem.path, problem.message


def test_defaults_are_no_routes_and_a_daily_reminder() -> None:
    alerts = parse(RIGHT).alerts
    assert (alerts.routes, alerts.secrets, alerts.reminder) == ({}, (), timedelta(days=1))
    assert (alerts.runbook, alerts.unmanaged, alerts.heartbeat.routes) == (None, {}, ())


def test_every_key_is_read() -> None:
    alerts = parse(FULL).alerts
    assert [str(url) for url in alerts.routes["c-00"].urls] == ["dev/alertmanager-0", "dev/alertmanager-1"]
    assert alerts.routes["people"].match == {"severity": "critical"}
    assert alerts.routes["pager"].signing_key == SecretReference("dev", "pager-key")
    assert (alerts.reminder, alerts.runbook) == (timedelta(hours=12), "https://example.net/runbook.md")
    assert (alerts.unmanaged["dev"].names, alerts.unmanaged["dev"].tags) == (("relay-*",), {"team": "mail"})
    assert {secret.name for secret in alerts.secrets} == {
        "alertmanager-0",
        "alertmanager-1",
        "slack",
        "pager",
        "pager-key",
        "heartbeat",
    }


@pytest.mark.parametrize(
    ("old", "new", "path", "says"),
    [
        ("kind: webhook", "kind: webhok", "alerts.routes.all.kind", "did you mean webhook?"),
        ("dev/pager]", "deb/pager]", "alerts.routes.all.urls[0]", "no vault is called deb; did you mean dev?"),
        ("dev/pager-key", "deb/pager-key", "alerts.routes.all.signing_key", "did you mean dev?"),
        (", signing_key: dev/pager-key", "", "alerts.routes.all.signing_key", "is missing"),
        ("signing_key", "signing_kye", "alerts.routes.all.signing_kye", "did you mean signing_key?"),
        ("kind: webhook", "kind: slack", "alerts.routes.all.signing_key", "is for a webhook"),
        ("[dev/alertmanager]", "[]", "alerts.routes.c-00.urls", "is empty"),
        ("[dev/pager]", "[dev/pager, dev/phone]", "alerts.routes.all.urls", "give each its own route"),
        ("[dev/alertmanager]", "[dev/mail]", "alerts.routes.c-00.urls[0]", "certificate mail keeps its own key"),
        ("cluster: c-00", "cluster: c-07", "alerts.routes.c-00.match.cluster", "no cluster is called c-07"),
        ("cluster: c-00", "custer: c-00", "alerts.routes.c-00.match.custer", "did you mean cluster?"),
        ("cluster: c-00", "severity: critcal", "alerts.routes.c-00.match.severity", "did you mean critical?"),
        ("cluster: c-00", "service: outter", "alerts.routes.c-00.match.service", "did you mean outer?"),
        ("dev/ping", "deb/ping", "alerts.heartbeat.ping", "did you mean dev?"),
        ("routes: [c-00]", "routes: [c-01]", "alerts.heartbeat.routes[0]", "did you mean c-00?"),
        ("{ping:", "{pling:", "alerts.heartbeat.pling", "did you mean ping?"),
        ("{dev: {names", "{deb: {names", "alerts.unmanaged.deb", "did you mean dev?"),
        ("names:", "name:", "alerts.unmanaged.dev.name", "did you mean names?"),
        ("  unmanaged:", "  unmanged:", "alerts.unmanged", "did you mean unmanaged?"),
        ("    all:", "    All:", "alerts.routes.All", "is not a valid name"),
    ],
)
def test_a_mistake_is_reported_at_its_path(old: str, new: str, path: str, says: str) -> None:
    where, sentence = problem_after(old, new)
    assert where == path
    assert says in sentence


def test_a_cluster_with_relays_and_no_route_is_a_problem() -> None:
    alone = RIGHT + ROUTES.replace("    all: {kind: webhook, urls: [dev/pager], signing_key: dev/pager-key}\n", "")
    problems = problems_of(alone)
    assert [problem.path for problem in problems] == ["relays.outer.clusters[1]", "relays.inner.clusters[0]"]
    assert all("c-01 has relays and no route for alerts" in problem.message for problem in problems)


@pytest.mark.parametrize("pasted", ["https://hooks.example.net/T0/canary", "dev/canary_1"])
def test_a_url_pasted_in_place_of_its_secret_s_name_is_not_shown(pasted: str) -> None:
    for key in ("dev/pager]", "dev/pager-key", "dev/ping"):
        _, sentence = problem_after(key, key.replace(key.rstrip("]"), pasted))
        assert "canary" not in sentence
