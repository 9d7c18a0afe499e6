"""A card stays below what Teams takes as Teams counts it, whatever the words, and says how many alerts are left out."""

import json

import pytest

from shared.adapters.notifications.formats import size_for_teams, teams_body
from shared.domain.alerting.alert import Alert
from tests.wire.notifications.samples import alert, notification

ALLOWED = 28_672
MARGIN = 2_048
RUNBOOK = "https://example.org/runbook"

WORDS = {
    "plain": "the relay serves another version ",
    "quotes": 'answered "no" to "that" ',
    "backslashes": "C:\\relay\\tls\\",
    "escapes of escapes": '\\"\\\\"',
    "Cyrillic": "сертификат истёк ",
    "Chinese": "证书已过期",
    "emoji": "\U0001f600\U0001f4a5",
    "combined": "e\u0301\u0302\u0303",
    "HTML": "<a href='x'>&amp;</a>+`",
    "one long word": "x" * 50,
}


def alerts(words: str, count: int, length: int) -> tuple[Alert, ...]:
    return tuple(alert("warning", f"{number} " + (words * length)[:length]) for number in range(count))


def counted(body: bytes) -> int:
    """Return how many bytes the card takes as text in a property of a message, each escaped as much as can be."""
    card = json.dumps(json.loads(body)["attachments"][0]["content"])
    for character in "<>&'+`":
        card = card.replace(character, f"\\u{ord(character):04x}")
    return len(json.dumps({"card": card}))


def shown(body: bytes) -> tuple[int, int]:
    """Return how many alerts are shown, and how many the card says are left out."""
    blocks = json.loads(body)["attachments"][0]["content"]["body"]
    rest = [int(block["text"].split()[1]) for block in blocks if block["type"] == "TextBlock"]
    return len(blocks) - len(rest), sum(rest)


@pytest.mark.parametrize("words", WORDS.values(), ids=WORDS)
@pytest.mark.parametrize(("count", "length"), [(1, 10), (1, 30_000), (2, 2_000), (19, 900), (20, 100), (1000, 700)])
def test_a_card_fits_and_no_alert_is_lost_without_a_word(words: str, count: int, length: int) -> None:
    body = teams_body(notification(alerts(words, count, length)), RUNBOOK)

    assert counted(body) <= ALLOWED - MARGIN
    inside, left_out = shown(body)
    assert inside >= 1
    assert inside + left_out == count


def test_a_sentence_that_is_cut_says_so() -> None:
    body = teams_body(notification(alerts(WORDS["emoji"], 1, 2_000)), None)

    [block] = json.loads(body)["attachments"][0]["content"]["body"]
    assert block["inlines"][1]["text"].endswith("...")
    assert "ChainBroken (since" in block["inlines"][1]["text"]


def test_the_size_is_that_of_the_public_report() -> None:
    """A card of 24,453 bytes, 4,442 of which were quotation marks, was counted as 28,897."""
    quotes = 4_442
    card = b'"' * quotes + b"x" * (24_453 - quotes)

    assert size_for_teams(card) == 28_897
