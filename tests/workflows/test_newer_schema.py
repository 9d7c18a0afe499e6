"""What a newer release wrote in a schema of its own is left alone: this release tries again later, and says why."""

from datetime import timedelta

import pytest

from shared.errors import JournalNewer
from shared.workflows.watch import ALERTS, watch
from tests.fakes.inventory import INTERNAL, NAME
from tests.workflows.http import operator
from tests.workflows.world import RENEWED, World

REQUEST = "20261122T120000Z-0123abcd"


def test_a_tick_leaves_a_newer_journal_alone_and_a_newer_release_continues(
    served: World,
) -> None:
    before = served.journal
    served.state.certificates.newer.add(NAME)
    served.change_inventory(dns_names=RENEWED)

    with pytest.raises(JournalNewer, match="written by a newer release"):
        served.tick()

    assert served.state.certificates.content[NAME] == before
    assert len(served.versions) == 1
    served.handle_message(INTERNAL)
    served.state.certificates.newer.clear()
    served.tick()
    assert len(served.versions) == 2


def test_an_account_of_a_newer_release_counts_no_failure_and_begins_no_backoff(served: World) -> None:
    before = dict(served.state.issuers.content)
    served.state.issuers.newer.update(before)
    served.change_inventory(dns_names=RENEWED)

    served.tick()

    assert served.journal.backoff is not None
    assert "written by a newer release" in served.journal.backoff.error
    assert served.journal.backoff.attempts == 0
    assert served.state.issuers.content == before
    served.state.issuers.newer.clear()
    served.tick()
    assert len(served.versions) == 2


def test_pauses_of_a_newer_release_hold_every_change(served: World) -> None:
    served.state.pauses.newer.add("all")
    served.change_inventory(dns_names=RENEWED)

    with pytest.raises(JournalNewer):
        served.tick()

    assert len(served.versions) == 1
    until = (served.clock.now() + timedelta(hours=1)).isoformat()
    reply = operator(served).post("/api/pauses", scope="all", until=until, reason="an incident")
    assert reply.status == 503
    assert served.state.pauses.content == {}


def test_a_request_of_a_newer_release_waits_for_one_and_keeps_no_other_from_being_done(served: World) -> None:
    served.state.requests.newer.add(REQUEST)
    served.change_inventory(dns_names=RENEWED)

    served.tick()

    assert len(served.versions) == 2
    assert REQUEST not in served.state.ended.content
    reply = operator(served).get(f"/api/requests/{REQUEST}")
    assert reply.status == 503
    assert "written by a newer release" in reply.document["detail"]
    assert int(reply.headers["retry-after"]) > 0


def test_a_watch_leaves_a_newer_journal_alone_and_sends_no_notification(served: World) -> None:
    watch(served.ports)
    before = served.state.watch.content[ALERTS]
    served.state.watch.newer.add(ALERTS)

    with pytest.raises(JournalNewer):
        watch(served.ports)

    assert served.state.watch.content == {ALERTS: before}
    assert served.notifier.sent == {}
    parts = {part["name"]: part for part in operator(served).get("/api/health/parts").document["parts"]}
    assert parts["watch"]["status"] == "degraded"
    assert "a newer release wrote it; deploy that again" in parts["watch"]["message"]
