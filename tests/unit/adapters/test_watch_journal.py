"""What the watch wrote down is read back as it was."""

import pytest

from shared.adapters.journal.codec import CodecError, read_journal, write_journal
from shared.domain.alerting.journal import RouteRecord, Told, WatchJournal
from tests.fakes.estate import NOW
from tests.unit.adapters.notices.telling import alert

JOURNAL = WatchJournal(
    at=NOW,
    conditions=(alert(), alert("page")),
    firing=(alert("page"),),
    routes={"ops": RouteRecord((Told(alert(), NOW),), "answered 500"), "team": RouteRecord()},
)


def test_it_comes_back_whole() -> None:
    assert read_journal(write_journal(JOURNAL), WatchJournal) == JOURNAL


def test_an_alert_that_this_release_does_not_know_is_refused() -> None:
    later = write_journal(JOURNAL).replace(b"ChainBroken", b"ChainLoose")
    with pytest.raises(CodecError, match="ChainLoose"):
        read_journal(later, WatchJournal)
