"""Views, member by member: none is dropped, none has another's value."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import BaseModel

from shared.api.audit import RecordView
from shared.api.certificate_view import BackoffView, QuarantineView, WantedView, order_view, stored_view
from shared.api.views import PauseView, RequestView
from shared.domain.audit import Actor, AuditRecord, Trigger
from shared.domain.certificates.certificate import Leaf, StoredVersion, Thumbprint
from shared.domain.issuing.issuance import Backoff, Issuance, TxtValue
from shared.domain.object_ref import ObjectRef, Version, certificate_ref
from shared.domain.pauses import Pause
from shared.domain.requests import Request
from shared.domain.serving.place_state import Quarantine
from tests.fakes.inventory import HOST, certificate

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
EARLIER, LATER = NOON - timedelta(hours=1), NOON + timedelta(hours=1)
ADA = Actor("person", "4711", "Ada")
BY_ADA = {"kind": "person", "id": "4711", "name": "Ada"}


def members(view: BaseModel | None) -> dict[str, Any]:
    assert view is not None
    return view.model_dump()


def test_what_is_wanted() -> None:
    wanted = certificate(key="rsa-2048", uses=["server", "client"], mode="observe")
    assert members(WantedView.model_validate(wanted)) == {
        "vault": "dev",
        "issuer": "letsencrypt",
        "dns_names": (HOST,),
        "key": "rsa-2048",
        "uses": ("server", "client"),
        "mode": "observe",
    }


def test_what_is_stored() -> None:
    names = frozenset(f"{letter}.example.net" for letter in "fbdace")
    leaf = Leaf(Thumbprint("ab12"), names, "ec-256", EARLIER, LATER, "5e71a1")
    assert members(stored_view(StoredVersion(Version("v1"), leaf, {}))) == {
        "version": "v1",
        "thumbprint": "ab12",
        "serial": "5e71a1",
        "dns_names": tuple(sorted(names)),
        "key": "ec-256",
        "not_before": EARLIER,
        "expires": LATER,
    }


def test_what_keeps_the_authority_from_being_asked() -> None:
    assert members(BackoffView.model_validate(Backoff(3, LATER, "slow down"))) == {
        "attempts": 3,
        "until": LATER,
        "error": "slow down",
    }


def test_an_order_shows_the_records_names_and_not_their_values() -> None:
    issuance = Issuance(
        reason="due",
        vault="dev",
        issuer="letsencrypt",
        dns_names=(HOST,),
        key="ec-256",
        uses=("server",),
        since=EARLIER,
        order="https://acme.example.net/order/1",
        published=(TxtValue("example.net", "_acme-challenge.example.net", "canary"),),
    )
    assert members(order_view(issuance)) == {
        "reason": "due",
        "since": EARLIER,
        "url": "https://acme.example.net/order/1",
        "txt_records": ("_acme-challenge.example.net",),
    }


def test_a_version_in_quarantine() -> None:
    entry = Quarantine(Version("v1"), "dev", "dev@ss-dev-00", "ReplicaDoesNotServe", "not served", EARLIER)
    assert members(QuarantineView.model_validate(entry)) == {
        "version": "v1",
        "relay": "dev",
        "place": "dev@ss-dev-00",
        "reason": "ReplicaDoesNotServe",
        "message": "not served",
        "at": EARLIER,
    }


def test_a_pause() -> None:
    pause = Pause(id="p1", scope=ObjectRef("relay", "dev"), until=LATER, why="incident", actor=ADA, at=EARLIER)
    assert members(PauseView.of(pause)) == {
        "id": "p1",
        "scope": "relay/dev",
        "until": LATER,
        "reason": "incident",
        "by": BY_ADA,
        "at": EARLIER,
    }


@pytest.mark.parametrize(("force", "ignore_backoff"), [(True, False), (False, True)])
def test_a_request(force: bool, ignore_backoff: bool) -> None:
    request = Request(
        id="r1",
        kind="rollback",
        target=certificate_ref("dev"),
        trigger=Trigger(ADA, "why", "c1"),
        at=EARLIER,
        force=force,
        ignore_backoff=ignore_backoff,
        version=Version("v1"),
        message="it waits",
        ended=LATER,
    )
    assert members(RequestView.of(request, "failed")) == {
        "id": "r1",
        "kind": "rollback",
        "target": "certificate/dev",
        "state": "failed",
        "message": "it waits",
        "reason": "why",
        "by": BY_ADA,
        "at": EARLIER,
        "ended": LATER,
        "force": force,
        "ignore_backoff": ignore_backoff,
        "version": "v1",
        "correlation": "c1",
    }


def test_a_record_of_the_history() -> None:
    record = AuditRecord(
        at=EARLIER,
        event="served",
        actor=ADA,
        reason="why",
        correlation="c1",
        outcome="2/2",
        target="certificate/dev",
        place="dev@ss-dev-00",
        version="v1",
        thumbprint="ab12",
        serial="5e71a1",
        release="0.1.0",
        inventory="3b1f8a2c4d5e",
        order="https://acme.example.net/order/1",
        request="20261122T120000Z-0a1b2c3d",
    )
    assert members(RecordView.model_validate(record)) == {
        "at": EARLIER,
        "event": "served",
        "outcome": "2/2",
        "actor": BY_ADA,
        "reason": "why",
        "correlation": "c1",
        "target": "certificate/dev",
        "place": "dev@ss-dev-00",
        "version": "v1",
        "thumbprint": "ab12",
        "serial": "5e71a1",
        "release": "0.1.0",
        "inventory": "3b1f8a2c4d5e",
        "order": "https://acme.example.net/order/1",
        "request": "20261122T120000Z-0a1b2c3d",
    }
