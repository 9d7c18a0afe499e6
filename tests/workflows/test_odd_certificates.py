"""One odd certificate, stored or served, is named in an alert; everything else is watched and renewed."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from azure.keyvault.certificates import CertificateProperties, KeyVaultCertificate
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from shared.adapters.keyvault.certificates import stored_version
from shared.api import certificate_view
from shared.api.certificate_view import stored_view
from shared.domain import status
from shared.domain.alerting import certificate_conditions
from shared.domain.alerting.place_conditions import place_conditions
from shared.domain.certificates.certificate import StoredVersion
from shared.domain.object_ref import certificate_ref
from shared.inventory.relays import Certificate
from shared.workflows.watch import ALERTS
from tests.fakes import odd
from tests.fakes.inventory import HOST, INTERNAL, NAME, NOW
from tests.fakes.leaves import LIFETIME, Signer, builder, new_key
from tests.workflows.bugs import CANARY, traces
from tests.workflows.http import operator
from tests.workflows.test_watch import ALERTED, run_watch
from tests.workflows.world import World

A, B = "ss-dev-00", "ss-dev-01"


@pytest.fixture
def watched(served: World) -> World:
    served.inventory = served.inventory.model_copy(update={"alerts": ALERTED})
    return served


def stores(world: World, der: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the first certificate's newest version be these bytes, read as the adapter reads them."""
    healthy = world.vault.latest
    properties = CertificateProperties(
        attributes=None, cert_id=f"https://dev.vault.example.net/certificates/{NAME}/odd1"
    )

    def latest(certificate: Certificate) -> StoredVersion | None:
        if certificate.name != NAME:
            return healthy(certificate)
        found = KeyVaultCertificate(properties=properties, cer=bytearray(der))
        return stored_version(found)

    monkeypatch.setattr(world.vault, "latest", latest)


@pytest.mark.parametrize("der", odd.UNREADABLE.values(), ids=odd.UNREADABLE)
def test_an_unreadable_stored_version_alerts_and_the_rest_goes_on(
    der: bytes, watched: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    stores(watched, der, monkeypatch)
    run_watch(watched, times=2)
    [blind] = [alert for alert in watched.state.watch.read(ALERTS).firing if alert.name == "WatchBlind"]
    assert blind.detail == f"certificate {NAME}"
    assert f"certificates/{NAME}/odd1 cannot be read as a certificate" in blind.message
    assert "Disable that version" in blind.message
    assert len(watched.notifier.pings) == 2

    watched.clock.advance(timedelta(days=300))
    watched.tick()
    assert "Disable that version" in (watched.journal.attempt.error or "")
    assert len(watched.vault.versions["dev", INTERNAL]) == 2
    assert traces(caplog) == 0

    reply = operator(watched).get("/api/certificates").document
    unread = {each["name"]: each["errors"].keys() for each in reply["certificates"] if each["errors"]}
    assert unread == {NAME: {f"certificate {NAME}"}}


ODD = {**odd.UNREADABLE, **odd.HALF_READABLE, **odd.LIVES}


@pytest.mark.parametrize("der", [der for der in ODD.values() if der], ids=[what for what, der in ODD.items() if der])
def test_a_malformed_served_certificate_outside_the_window_stops_neither_watch_nor_tick(
    der: bytes, watched: World, caplog: pytest.LogCaptureFixture
) -> None:
    watched.change_inventory({"window": "Mon 03:00-03:05 UTC"})
    watched.inventory = watched.inventory.model_copy(update={"alerts": ALERTED})
    watched.prober.showing[A, "mailrelay-0"] = (der,)
    run_watch(watched, times=2)
    watched.tick()
    run_watch(watched)
    assert traces(caplog) == 0
    certificates = watched.state.watch.read(ALERTS).status.certificates
    assert {there.state for certificate in certificates.values() for there in certificate.places.values()} == {
        "observed"
    }
    assert all(alert.cluster in ("", A) for alert in watched.state.watch.read(ALERTS).firing)
    assert operator(watched).get("/api/certificates").status == 200
    assert operator(watched).get("/api/plan").status == 200


def imported(world: World, *names: str) -> None:
    """Import a version for these names beside the wanted one, as a person may have made it."""
    key, signer = new_key("ec-256"), Signer("Somebody's CA")
    leaf = (
        builder(x509.Name([]), signer.name, key.public_key(), NOW, NOW + LIFETIME)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in (HOST, *names)]), critical=False)
        .sign(signer.key, hashes.SHA256())
    )
    world.vault.import_version(world.certificate, key, [leaf])


@pytest.mark.parametrize("name", odd.NAMES, ids=ascii)
def test_a_name_that_is_no_file_name_is_an_error_of_its_certificate_and_nothing_is_written(
    name: str, served: World, caplog: pytest.LogCaptureFixture
) -> None:
    served.change_inventory(mode="manage", dns_names=[HOST])
    before = served.secret(A).data
    served.authority.faults.before("new_order", RuntimeError(CANARY))
    imported(served, name)
    served.tick()
    error = served.journal.at(f"dev@{A}").error or ""
    assert f"for {NAME}: version" in error
    assert f"its DNS name {name!r} cannot name a file" in error
    assert "Import it again, or disable that version in vault dev" in error
    assert served.secret(A).data == before
    assert served.state.certificates.read(INTERNAL).attempt.error is None
    assert traces(caplog) == 1


def bug_for(name: str, function: Callable[..., Any], certificate_of: Callable[[Any], str]) -> Callable[..., Any]:
    """Return the function, which meets a bug at one certificate."""

    def buggy(*arguments: Any, **options: Any) -> Any:
        if certificate_of(arguments) == name:
            raise ZeroDivisionError(CANARY)
        return function(*arguments, **options)

    return buggy


def test_a_bug_while_a_place_is_judged_fires_watch_blind_for_it(
    watched: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def here(arguments: Any) -> str:
        return f"{arguments[0].assessment.certificate.name} at {arguments[0].place}"

    at = f"{NAME} at dev@{A}"
    monkeypatch.setattr(certificate_conditions, "place_conditions", bug_for(at, place_conditions, here))
    run_watch(watched, times=2)
    [blind] = watched.state.watch.read(ALERTS).firing
    assert blind.name == "WatchBlind"
    assert f"unforeseen ZeroDivisionError while judging {at}" in blind.message
    assert traces(caplog) == 2
    assert len(watched.notifier.pings) == 2


def test_a_bug_while_a_certificate_is_judged_fires_watch_blind_and_ends_none_of_its_alerts(
    watched: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    watched.clock.advance(timedelta(days=85))
    run_watch(watched)
    before = watched.state.watch.read(ALERTS)
    assert any(alert.object == certificate_ref(NAME) and alert.name == "CertificateExpiring" for alert in before.firing)
    buggy = bug_for(NAME, status.next_certificate, lambda given: str(given[1].certificate.name))

    def once_served(last: Any, seen: Any) -> Any:
        return buggy(last, seen) if not seen.read_errors else next_of(last, seen)

    next_of = status.next_certificate
    monkeypatch.setattr(status, "next_certificate", once_served)
    run_watch(watched, times=2)
    after = watched.state.watch.read(ALERTS)
    assert {alert.key for alert in before.firing} <= {alert.key for alert in after.firing}
    assert f"certificate {NAME}" in {alert.detail for alert in after.firing}
    assert after.status.certificates[NAME].stored == before.status.certificates[NAME].stored
    assert {there.state for there in after.status.certificates[INTERNAL].places.values()} == {"observed"}
    assert traces(caplog) == 2
    assert len(watched.notifier.pings) == 3


@pytest.mark.parametrize("path", ["/api/certificates", f"/api/certificates/{NAME}"])
def test_a_bug_in_the_view_of_one_certificate_is_shown_as_its_own(
    path: str, watched: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    buggy = bug_for(NAME, stored_view, lambda given: NAME if given[0] is not None else "")
    monkeypatch.setattr(certificate_view, "stored_view", buggy)
    reply = operator(watched).get(path)
    assert reply.status == 200
    listed = reply.document.get("certificates", [reply.document])
    assert all(f"certificate {each['name']}" in each["errors"] for each in listed)
    assert CANARY not in reply.answer.body.decode()
    assert traces(caplog) == len(listed)
