"""Whatever a receiver answers, or does not, the failure is ours, comes soon, and does not show the URL."""

import time
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler

import pytest

from infra.local.pki import KeyPair
from shared.adapters.notifications import notifier
from shared.adapters.notifications.notifier import RoutedNotifier
from shared.errors import PermanentError, RateLimited, TransientError
from shared.http_client import TimeLimits
from shared.inventory import Alerts, Route, SecretReference
from tests.wire.notifications.conftest import KEY, To
from tests.wire.notifications.receivers import answers, dripping, receiving
from tests.wire.notifications.samples import alert, notification

CANARY = "T0canary00/B0canary00"
NOTIFICATION = notification((alert(),))

type Answer = Callable[[BaseHTTPRequestHandler], None]


def huge(handler: BaseHTTPRequestHandler) -> None:
    """Answer without end."""
    handler.send_response(400)
    handler.end_headers()
    with suppress(OSError):
        while True:
            handler.wfile.write(b"x" * 65536)


def silent(handler: BaseHTTPRequestHandler) -> None:
    """Answer nothing for as long as the other side waits."""
    handler.rfile.read(1)


def junk(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"\x00\xff\r\n\r\nnot http at all")
    handler.close_connection = True


def gone(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(notifier, "ROUTE_TIME_LIMITS", TimeLimits(connection=1.0, pause=0.3, total=1.0))


@pytest.mark.parametrize(
    ("script", "kind", "says"),
    [
        (answers(400, b"invalid_payload"), PermanentError, "answered 400: invalid_payload"),
        (answers(404, b"no_service"), PermanentError, "answered 404"),
        (answers(302, Location="https://example.net/elsewhere"), PermanentError, "answered 302"),
        (answers(302, Location="https://["), TransientError, "speaks no HTTP"),
        (answers(304), PermanentError, "answered 304"),
        (answers(500), TransientError, "answered 500"),
        (answers(429, Retry_After="7"), RateLimited, "answered 429"),
        (answers(400, b"\x00\xff\x1b[31m red"), PermanentError, "[31m red"),
        (answers(403, f"no {CANARY}, canary-token".encode()), PermanentError, "no .../..., ..."),
        (huge, PermanentError, "xxx..."),
        (dripping(b"HTTP/1.1 500 Oops\r\n\r\n"), TransientError, "no whole answer"),
        (dripping(b"HTTP/1.1 200 OK\r\nX-"), TransientError, "no whole answer"),
        (dripping(b"HTTP/1.1 "), TransientError, "no whole answer"),
        (silent, TransientError, "no answer in time"),
        (junk, TransientError, "speaks no HTTP"),
        (gone, TransientError, "hung up"),
    ],
)
def test_the_error_of_a_refusal_does_not_show_the_url(
    to: To, pair: KeyPair, script: Answer, kind: type[Exception], says: str
) -> None:
    with receiving(script, pair) as receiver:
        began = time.monotonic()
        with pytest.raises(kind) as refused:
            to("slack", f"{receiver.origin}/services/{CANARY}?sig=canary-token").send("ops", NOTIFICATION)
    assert time.monotonic() - began < 5
    assert says in str(refused.value)
    assert "cannot tell slack dev/url-0 at 127.0.0.1" in str(refused.value)
    assert "canary" not in f"{refused.value!r} {refused.value.__cause__!r}"
    assert str(refused.value).isprintable()


def test_odd_headers_of_an_answer_put_no_url_into_the_log(
    to: To, pair: KeyPair, caplog: pytest.LogCaptureFixture
) -> None:
    def odd(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nno header at all\r\n\r\n")
        handler.close_connection = True

    with receiving(odd, pair) as receiver:
        to("slack", f"{receiver.origin}/services/{CANARY}").send("ops", NOTIFICATION)
    assert len(receiver.received) == 1
    assert "canary" not in caplog.text


@pytest.mark.parametrize(
    ("kind", "url"),
    [
        ("slack", "http://127.0.0.1:1/canary"),
        ("teams", "ftp://127.0.0.1/canary"),
        ("alertmanager", "canary"),
        ("webhook", "https://[canary"),
        ("slack", ""),
        ("slack", None),
    ],
)
def test_a_secret_without_a_url_is_a_permanent_error(to: To, kind: str, url: str | None) -> None:
    with pytest.raises(PermanentError) as refused:
        to(kind, url).send("ops", NOTIFICATION)
    assert "dev/url-0" in str(refused.value)
    assert "canary" not in repr(refused.value)
    assert KEY not in repr(refused.value)


def test_a_receiver_whose_certificate_is_not_trusted_gets_nothing(
    to: To, pair: KeyPair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    with receiving(answers(200), pair) as receiver:
        with pytest.raises(PermanentError, match="certificate is not trusted"):
            to("slack", receiver.origin).send("ops", NOTIFICATION)
        assert receiver.received == []


def test_a_vault_that_gives_no_answer_is_waited_for_once() -> None:
    asked: list[SecretReference] = []

    def silent_vault(reference: SecretReference) -> str:
        asked.append(reference)
        raise TransientError(f"cannot read secret {reference.name} in vault {reference.vault}: timed out")

    urls = (SecretReference("dev", "a"), SecretReference("dev", "b"), SecretReference("prod", "c"))
    route = Route.model_construct(kind="alertmanager", urls=urls, signing_key=None, match={})
    notices = RoutedNotifier(Alerts().model_copy(update={"routes": {"ops": route}}), silent_vault)
    for _ in range(2):
        with pytest.raises(TransientError, match="in vault dev: timed out"):
            notices.send("ops", NOTIFICATION)
    assert asked == [urls[0], urls[2]]


def test_a_member_that_is_dead_keeps_nothing_from_the_others(to: To) -> None:
    with receiving(answers(200)) as alive:
        with pytest.raises(TransientError, match=r"dev/url-0 at 127\.0\.0\.1: connection refused"):
            to("alertmanager", "http://127.0.0.1:1", alive.origin).send("ops", NOTIFICATION)
        assert len(alive.received) == 1


def test_of_several_dead_members_each_is_named_in_one_sentence(to: To) -> None:
    with pytest.raises(PermanentError) as refused:
        to("alertmanager", None, None).send("ops", NOTIFICATION)
    assert str(refused.value) == "; ".join(
        f"there is no secret dev/url-{member}, which alerts need. Store it" for member in (0, 1)
    )
