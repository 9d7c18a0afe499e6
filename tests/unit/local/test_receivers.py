"""The receivers take what the product sends and what each one's documentation allows, and refuse everything else."""

import hashlib
import hmac
import json
import time
from collections.abc import Callable, Mapping
from email.message import Message
from typing import Any

import pytest

from infra.local.standins.receivers.site import Config, receivers_site
from infra.local.standins.serving import Listener
from infra.local.standins.web import Answer, Request, Site, handle
from shared.adapters.notifications.formats import slack_body, teams_body, webhook_body
from tests.wire.notifications.samples import alert, notification

CONFIG = Config(Listener("127.0.0.1", 1), "slack-token", "sig", "hook-token", "key", "ping-token")
SLACK, HOOK = "/services/T/B/slack-token", "/hooks/hook-token"
TEAMS = "/workflows/local/triggers/manual/paths/invoke"
NOTIFICATION = notification((alert("page"),), (alert("warning"),))
RUNBOOK = "https://wiki.example.net/runbook"


@pytest.fixture
def site() -> Site:
    return receivers_site(CONFIG)


def send(
    site: Site,
    path: str,
    body: bytes,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    method: str = "POST",
) -> Answer:
    message = Message()
    for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
        message[name] = value
    answer = handle(site, Request(method, path, query or {}, message, body, "https://127.0.0.1")).answer
    assert answer is not None
    return answer


def signed(body: bytes, key: str = "key", at: float | None = None) -> Mapping[str, str]:
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"X-Relaykeeper-Timestamp": stamp, "X-Relaykeeper-Signature": f"sha256={digest}"}


def test_what_the_product_sends_is_taken_and_listed_until_it_is_forgotten(site: Site) -> None:
    body = webhook_body(NOTIFICATION, RUNBOOK)
    assert send(site, SLACK, slack_body(NOTIFICATION, RUNBOOK)).status == 200
    assert send(site, TEAMS, teams_body(NOTIFICATION, RUNBOOK), query={"sig": "sig"}).status == 202
    assert send(site, HOOK, body, signed(body)).status == 204
    assert send(site, "/ping/ping-token", b"").status == 200

    taken = send(site, "/_received", b"", method="GET").body
    assert [each["by"] for each in taken] == ["slack", "teams", "webhook", "ping"]
    assert taken[2]["body"] == json.loads(body)
    send(site, "/_received", b"", method="DELETE")
    assert send(site, "/_received", b"", method="GET").body == []


@pytest.mark.parametrize(
    ("path", "query"),
    [("/services/T/B/other", {}), ("/hooks/other", {}), ("/ping/other", {}), (TEAMS, {"sig": "other"}), (TEAMS, {})],
)
def test_a_url_that_is_nobody_s_is_refused(site: Site, path: str, query: Mapping[str, str]) -> None:
    assert send(site, path, b"{}", query=query).status == 403


@pytest.mark.parametrize("body", [b"", b"text", b"{}", b'{"text": ""}', b'{"text": "a", "txet": "b"}', b'{"text": 1}'])
def test_slack_refuses_what_is_no_message(site: Site, body: bytes) -> None:
    assert send(site, SLACK, body).status == 400
    assert send(site, "/_received", b"", method="GET").body == []


def test_what_does_not_say_that_it_is_json_is_refused(site: Site) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    assert send(site, SLACK, b'{"text": "a"}', form).status == 415


def spoilt(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Return a card of the product's with a fault."""
    card = json.loads(teams_body(NOTIFICATION, RUNBOOK))
    change(card)
    return json.dumps(card).encode()


@pytest.mark.parametrize(
    ("change", "status"),
    [
        (lambda card: card.update(type="AdaptiveCard"), 400),
        (lambda card: card["attachments"].clear(), 400),
        (lambda card: card["attachments"][0].update(contentType="application/json"), 400),
        (lambda card: card["attachments"][0]["content"].update(version="9.0"), 400),
        (lambda card: card["attachments"][0]["content"]["body"].append({"type": "Marquee"}), 400),
        (lambda card: card["attachments"][0]["content"]["body"][0]["inlines"][0].update(color="red"), 400),
        (lambda card: card["attachments"][0]["content"]["body"][0]["inlines"][0].update(text="x" * 30_000), 413),
    ],
)
def test_teams_refuses_what_is_no_card(site: Site, change: Callable[[dict[str, Any]], object], status: int) -> None:
    assert send(site, TEAMS, spoilt(change), query={"sig": "sig"}).status == status


@pytest.mark.parametrize(
    "headers",
    [
        lambda _: {},
        lambda body: signed(body, key="another"),
        lambda body: signed(body + b" "),
        lambda body: signed(body, at=time.time() - 3600),
        lambda body: {**signed(body), "X-Relaykeeper-Timestamp": "now"},
    ],
    ids=["unsigned", "another key", "another body", "an hour ago", "no time"],
)
def test_a_webhook_refuses_what_is_not_signed_now_with_its_key(
    site: Site, headers: Callable[[bytes], Mapping[str, str]]
) -> None:
    body = webhook_body(NOTIFICATION, None)
    assert send(site, HOOK, body, headers(body)).status == 401
