"""What the watch wrote down is read back as it was."""

from datetime import timedelta

import pytest

from shared.adapters.storage.json_codec import CodecError, read_journal, write_journal
from shared.domain.alerting.notification import RouteRecord, SentAlert, WatchJournal
from shared.domain.certificates.certificate import Thumbprint
from shared.domain.status import CertificateStatus, EntryStatus, FleetStatus, LeafStatus, PlaceStatus, VaultStatus
from tests.fakes.inventory import NAME, NOW
from tests.wire.notifications.samples import alert

LEAF = LeafStatus(Thumbprint("a1" * 32), NOW, NOW)
PLACE = PlaceStatus("observed", LEAF.thumbprint, False, 2, 2, {"mailrelay-0": LEAF, "mailrelay-1": LEAF})
CERTIFICATE = CertificateStatus(LEAF, {"prod@ss-prod-00": PLACE, "prod@ss-prod-01": PLACE})
ENTRY = EntryStatus("secret", "letsencrypt-account-key", True, NOW, NOW)
JOURNAL = WatchJournal(
    at=NOW,
    conditions=(alert(), alert("page")),
    firing=(alert("page"),),
    routes={
        "ops": RouteRecord((SentAlert(alert(), NOW), SentAlert(alert("page"), None)), "answered 500"),
        "team": RouteRecord(),
    },
    intervals=(timedelta(minutes=10), timedelta(hours=1, microseconds=7)),
    status=FleetStatus({NAME: CERTIFICATE, "new": CertificateStatus()}, {"dev": VaultStatus(True, (ENTRY,))}),
)
LARGEST = 250_000
"""Bytes: read and written in a moment, and still opened by a person's editor."""


def test_it_comes_back_whole() -> None:
    assert read_journal(write_journal(JOURNAL), WatchJournal) == JOURNAL


def test_one_that_an_earlier_release_wrote_has_no_status() -> None:
    assert read_journal(b'{"schema": 1, "at": "2026-11-22T12:00:00Z"}', WatchJournal) == WatchJournal(at=NOW)


def test_what_is_seen_of_a_hundred_certificates_stays_small() -> None:
    status = FleetStatus(
        {f"{NAME}-{number}": CERTIFICATE for number in range(100)}, {"dev": VaultStatus(True, (ENTRY,) * 200)}
    )
    assert len(write_journal(WatchJournal(at=NOW, status=status))) < LARGEST


def test_an_alert_that_this_release_does_not_know_is_refused() -> None:
    later = write_journal(JOURNAL).replace(b"ChainBroken", b"ChainLoose")
    with pytest.raises(CodecError, match="ChainLoose"):
        read_journal(later, WatchJournal)
