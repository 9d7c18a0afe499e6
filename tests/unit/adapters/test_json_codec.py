"""A journal as text that a person can read, and what is refused."""

from datetime import UTC, datetime

import pytest

from shared.adapters.storage.json_codec import CodecError, read_journal, write_journal
from shared.domain.alerting.notification import WatchJournal
from shared.domain.attempt_state import AttemptState
from shared.domain.issuing.issuance import Backoff
from shared.domain.journal import AccountJournal, Journal
from shared.domain.pauses import Pauses
from shared.domain.requests import Request
from shared.domain.serving.place_state import PlaceState
from shared.schema_number import SchemaError

UNTIL = datetime(2026, 11, 22, 12, 5, tzinfo=UTC)


def test_a_person_can_read_it() -> None:
    lines = write_journal(Journal(backoff=Backoff(2, UNTIL, "refused: ä"))).decode().splitlines()

    assert lines[:2] == ["{", '  "schema": 1,']
    assert '    "until": "2026-11-22T12:05:00Z",' in lines
    assert '    "error": "refused: ä"' in lines


@pytest.mark.parametrize(
    "journal", [Journal(), Journal(places={"a@b": PlaceState(error="x")}, attempt=AttemptState(next_attempt=UNTIL))]
)
def test_what_was_written_is_read(journal: Journal) -> None:
    assert read_journal(write_journal(journal), Journal) == journal


def test_what_an_earlier_release_did_not_write_is_filled_in() -> None:
    assert read_journal(b'{"schema": 1, "url": "u"}', AccountJournal) == AccountJournal(url="u")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a journal: Input data was truncated"),
        (b'{"schema": 1, "err', "not a journal: Input data was truncated"),
        (b"junk", "not a journal"),
        (b"\xff\xfe", "not a journal"),
        (b"[]", "not a journal"),
        (b'{"schema": 1, "attempt": {"error": 5}}', r"not a journal: .*\$\.attempt\.error"),
        (b'{"schema": "1"}', r"not a journal: .*\$\.schema"),
        (b'{"schema": true}', r"not a journal: .*\$\.schema"),
        (b'{"schema": 1, "eror": "x"}', r"does not know: \$\.eror"),
        (b'{"places": {"a@b": {"prof": null}}}', r"does not know: \$\.places\.a@b\.prof"),
        (b'{"attempt": {"next_attempt": "2026-11-22T12:05:00"}}', r"does not say UTC: \$\.attempt\.next_attempt"),
        (b'{"backoff": {"attempts": 1, "until": "2026-11-22T12:05:00", "error": ""}}', r"\$\.backoff\.until"),
    ],
)
def test_anything_else_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(CodecError, match=reason):
        read_journal(content, Journal)


@pytest.mark.parametrize(("schema", "writer"), [(2, "a newer"), (2**70, "a newer"), (0, "an older"), (-1, "an older")])
@pytest.mark.parametrize("kind", [Journal, AccountJournal, WatchJournal, Request, Pauses])
def test_another_schema_is_named_whatever_else_is_in_it(kind: type, schema: int, writer: str) -> None:
    why = f"it was written by {writer} release: schema {schema}; this release reads 1"
    with pytest.raises(SchemaError, match=why) as raised:
        read_journal(b'{"schema": %d, "places": [], "more": 1}' % schema, kind)
    assert raised.value.newer is (schema > 1)


@pytest.mark.parametrize("target", [b'"moon/dev"', b'"certificate"', b'"all/dev"', b"5", b"null"])
def test_a_reference_to_no_kind_of_object_is_refused(target: bytes) -> None:
    with pytest.raises(CodecError, match=r"not a journal: .*\$\.target"):
        read_journal(b'{"schema": 1, "target": %b}' % target, Request)


def test_an_unknown_field_in_a_list_is_found() -> None:
    content = b"""{"issuance": {"reason": "r", "vault": "v", "issuer": "i", "dns_names": ["a"], "key": "ec-256",
        "uses": ["server"], "since": "2026-11-22T12:05:00Z",
        "published": [{"zone": "z", "name": "n", "value": "v", "ttl": 60}]}}"""

    with pytest.raises(CodecError, match=r"\$\.issuance\.published\[0\]\.ttl"):
        read_journal(content, Journal)


def test_words_that_are_no_text_are_kept_escaped() -> None:
    half, escaped = "refused: \ud800", r"refused: \ud800"
    failed = Journal(attempt=AttemptState(error=half), places={half: PlaceState(error=half)})

    journal = read_journal(write_journal(failed), Journal)

    assert journal == Journal(attempt=AttemptState(error=escaped), places={escaped: PlaceState(error=escaped)})
