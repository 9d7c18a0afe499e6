"""A line of the history as it is read back: a newer one says that it is, and hides no other."""

from datetime import UTC, date, datetime

import pytest

from shared.adapters.storage.history import read_record
from shared.adapters.storage.json_codec import encode_json
from shared.domain.audit import SCHEDULED, AuditRecord

DAY = date(2026, 5, 3)
RECORD = AuditRecord(
    at=datetime(2026, 5, 3, 12, tzinfo=UTC),
    event="merge",
    actor=SCHEDULED.actor,
    reason="due",
    correlation="tick-1",
    outcome="merged",
)


def test_a_record_carries_its_schema_and_comes_back_whole() -> None:
    line = encode_json(RECORD)
    assert line.startswith(b'{"schema":1,')
    assert read_record(line, "the line", DAY) == RECORD


def test_what_a_newer_release_adds_within_the_schema_is_passed_over() -> None:
    line = encode_json(RECORD).replace(b"{", b'{"more":1,', 1)
    assert read_record(line, "the line", DAY) == RECORD


@pytest.mark.parametrize(("schema", "writer"), [(2, "a newer"), (0, "an older")])
def test_another_schema_is_a_record_that_says_so(schema: int, writer: str) -> None:
    line = encode_json(RECORD).replace(b'"schema":1', b'"schema":%d' % schema)

    record = read_record(line, "2026-05-03.jsonl, line 2", DAY)

    assert record.event == "unreadable"
    assert record.outcome == (
        f"2026-05-03.jsonl, line 2 cannot be read: it was written by {writer} release: schema {schema}; "
        "this release reads 1."
    )


@pytest.mark.parametrize("junk", [b"hello", b"\xff", b"[]", b"[" * 100_000])
def test_junk_is_a_record_that_says_so(junk: bytes) -> None:
    assert read_record(junk, "the line", DAY).event == "unreadable"
