"""The examples of docs/state.md are what this release writes, field by field."""

import re
from pathlib import Path

import msgspec
import pytest

from shared.adapters.storage.json_codec import encode_json, read_journal, write_journal
from shared.domain.alerting.notification import WatchJournal
from shared.domain.audit import AuditRecord
from shared.domain.clients.client_journal import ClientJournal
from shared.domain.clients.login_journal import LoginJournal
from shared.domain.journal import AccountJournal, Journal
from shared.domain.pauses import Pauses
from shared.domain.requests import Request
from shared.domain.timers import TickJournal
from shared.messages import read_message, write_message

TEXT = (Path(__file__).parents[2] / "docs" / "state.md").read_text("utf-8")
EXAMPLES = dict(re.findall(r"^## (.+?)\n(?:.|\n)+?```json\n((?:.|\n)+?)```", TEXT, flags=re.MULTILINE))
BLOBS = {
    "`certificates/NAME.json`": Journal,
    "`issuers/NAME.json`": AccountJournal,
    "`clients/ID.json`": ClientJournal,
    "`logins/RELAY.json`": LoginJournal,
    "`requests/ID.json` and `ended/ID.json`": Request,
    "`pauses/all.json`": Pauses,
    "`watch/alerts.json`": WatchJournal,
    "`ticks/all.json`": TickJournal,
}
HISTORY, MESSAGE = "`DAY.jsonl`", "Messages"


def test_there_is_an_example_of_everything() -> None:
    assert set(EXAMPLES) == {*BLOBS, HISTORY, MESSAGE}


@pytest.mark.parametrize("name", BLOBS)
def test_a_blob_is_read_and_written_as_shown(name: str) -> None:
    assert write_journal(read_journal(EXAMPLES[name].encode(), BLOBS[name])).decode() == EXAMPLES[name]


def test_a_record_is_read_and_written_as_shown() -> None:
    record = msgspec.json.decode(EXAMPLES[HISTORY], type=AuditRecord)
    assert encode_json(record).decode() + "\n" == EXAMPLES[HISTORY]


def test_a_message_is_read_and_written_as_shown() -> None:
    assert write_message(read_message(EXAMPLES[MESSAGE])) + "\n" == EXAMPLES[MESSAGE]
