"""Each kind of receiver gets what its own documentation asks for."""

import hashlib
import hmac
import json
from dataclasses import replace

import pytest

from infra.local.pki import KeyPair
from tests.fakes.inventory import NAME, NOW
from tests.wire.notifications.conftest import KEY, To
from tests.wire.notifications.receivers import answers, receiving
from tests.wire.notifications.samples import alert, notification

RUNBOOK = "https://example.net/runbook.md"
HOSTILE = "<!channel> <https://evil.example|log in> [log in](https://evil.example) & **so** on"


def test_an_alertmanager_gets_what_fires_until_when_and_what_ended(to: To) -> None:
    with receiving(answers(200)) as receiver:
        to("alertmanager", f"{receiver.origin}/prefix/", runbook=RUNBOOK).send(
            "ops", notification((alert("page"),), (replace(alert(), reason="ReplicaDoesNotServe"),))
        )

    [received] = receiver.received
    assert received.path == "/prefix/api/v2/alerts"
    assert received.headers["Content-Type"] == "application/json"
    firing, ended = received.json
    assert firing == {
        "labels": {
            "alertname": "ChainBroken",
            "cluster": "ss-dev-00",
            "service": "dev",
            "severity": "critical",
            "certificate": NAME,
            "page": "true",
        },
        "annotations": {
            "message": "it is broken",
            "summary": f"ChainBroken: certificate/{NAME} at dev@ss-dev-00",
            "runbook_url": f"{RUNBOOK}#chainbroken",
        },
        "startsAt": "2026-11-22T11:00:00+00:00",
        "endsAt": "2026-11-22T12:30:00+00:00",
    }
    assert "page" not in ended["labels"]
    assert ended["annotations"]["reason"] == "ReplicaDoesNotServe"
    assert (ended["startsAt"], ended["endsAt"]) == ("2026-11-22T11:00:00+00:00", "2026-11-22T11:58:00+00:00")


def test_an_alert_that_just_began_ends_for_an_alertmanager_whose_clock_is_behind(to: To) -> None:
    with receiving(answers(200)) as receiver:
        to("alertmanager", receiver.origin).send("ops", notification((), (replace(alert(), since=NOW),)))

    [ended] = receiver.received[0].json
    assert ended["startsAt"] == ended["endsAt"] == "2026-11-22T11:58:00+00:00"


def test_each_member_of_a_group_of_alertmanagers_gets_all(to: To) -> None:
    with receiving(answers(200)) as first, receiving(answers(200)) as second:
        to("alertmanager", first.origin, second.origin).send("ops", notification((alert(),)))

    assert [len(receiver.received) for receiver in (first, second)] == [1, 1]
    assert first.received[0].body == second.received[0].body


def test_slack_gets_one_message_in_which_quoted_text_is_plain_text(to: To, pair: KeyPair) -> None:
    with receiving(answers(200, b"ok"), pair) as receiver:
        sent = notification((alert("warning", HOSTILE), alert("page")), (alert("critical", "it\nis\r\u2028broken"),))
        to("slack", f"{receiver.origin}/services/T0/B0/canary", runbook=RUNBOOK).send("ops", sent)

    [received] = receiver.received
    first, second, third = received.json["text"].splitlines()
    what = "ChainBroken (since 2026-11-22 11:00 UTC):"
    assert first == f"*PAGE* {what} it is broken <{RUNBOOK}#chainbroken|Runbook>"
    assert second.startswith(f"*WARNING* {what} &lt;!channel&gt; &lt;https://evil.example|log in&gt;")
    assert third.startswith(f"*RESOLVED* {what} it is broken")


def test_teams_gets_an_adaptive_card_in_which_quoted_text_is_plain_text(to: To, pair: KeyPair) -> None:
    with receiving(answers(202), pair) as receiver:
        to("teams", f"{receiver.origin}/workflows/canary", runbook=RUNBOOK).send(
            "ops", notification((alert("page", HOSTILE),))
        )

    [received] = receiver.received
    [attachment] = received.json["attachments"]
    assert (received.json["type"], attachment["contentType"]) == (
        "message",
        "application/vnd.microsoft.card.adaptive",
    )
    card = attachment["content"]
    assert (card["type"], card["version"]) == ("AdaptiveCard", "1.4")
    [block] = card["body"]
    assert block["type"] == "RichTextBlock"
    title, words, runbook = block["inlines"]
    assert title["text"] == "PAGE "
    assert words["text"] == f"ChainBroken (since 2026-11-22 11:00 UTC): {HOSTILE}"
    assert runbook["selectAction"] == {"type": "Action.OpenUrl", "url": f"{RUNBOOK}#chainbroken"}


def test_a_webhook_gets_signed_json(to: To, pair: KeyPair) -> None:
    with receiving(answers(204), pair) as receiver:
        to("webhook", f"{receiver.origin}/hook").send("ops", notification((alert(),), (alert("warning"),)))

    [received] = receiver.received
    stamp = received.headers["X-Relaykeeper-Timestamp"]
    assert stamp == str(int(NOW.timestamp()))
    digest = hmac.new(KEY.encode(), stamp.encode() + b"." + received.body, hashlib.sha256).hexdigest()
    assert received.headers["X-Relaykeeper-Signature"] == f"sha256={digest}"
    assert [(each["status"], each["object"], each["labels"]["severity"]) for each in received.json["alerts"]] == [
        ("firing", f"certificate/{NAME}", "critical"),
        ("resolved", f"certificate/{NAME}", "warning"),
    ]
    assert received.json["alerts"][0]["annotations"]["message"] == "it is broken"


def test_a_ping_is_a_request_and_no_more(to: To, pair: KeyPair) -> None:
    with receiving(answers(200, b"OK"), pair) as receiver:
        notices = to("slack", f"{receiver.origin}/ping/canary")
        notices.ping(notices._alerts.routes["ops"].urls[0])  # noqa: SLF001 the one secret there is

    assert [(each.path, each.body) for each in receiver.received] == [("/ping/canary", b"")]


@pytest.mark.parametrize(("kind", "most"), [("slack", 45_000), ("teams", 28_000), ("alertmanager", 3_000_000)])
def test_a_thousand_long_alerts_fit_into_what_a_receiver_takes(to: To, pair: KeyPair, kind: str, most: int) -> None:
    many = tuple(alert("warning", f"{number} " + "<&>" * 1_000) for number in range(1000))
    with receiving(answers(200), pair) as receiver:
        to(kind, f"{receiver.origin}/x").send("ops", notification(many))

    [received] = receiver.received
    assert len(received.body) <= most
    assert kind == "alertmanager" or "more" in json.dumps(received.json)[-200:]
