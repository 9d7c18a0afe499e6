"""Bodies and queries: every error is listed at once, by its place, and no value is repeated."""

import json
from datetime import UTC, datetime

import pytest
from pydantic import BaseModel

from shared.api.audit import HistoryQuery
from shared.api.certificates import RenewalInput, RollbackInput
from shared.api.http import FieldError, HttpProblem, HttpRequest, ProblemKind
from shared.api.parsing import LARGEST_BODY, NoInput, WithReason, read_body, read_query
from shared.api.pauses import PauseInput
from shared.domain.object_ref import ALL, ObjectRef, certificate_ref

JSON = {"content-type": "application/json; charset=utf-8"}
PAUSE = {"scope": "all", "until": "2026-12-01T00:00:00Z", "reason": "incident"}


def sent(document: object) -> HttpRequest:
    return HttpRequest(JSON, body=json.dumps(document).encode())


def wrong(shape: type[BaseModel], call: HttpRequest) -> tuple[FieldError, ...]:
    with pytest.raises(HttpProblem) as raised:
        read_body(call, shape)
    assert raised.value.kind is ProblemKind.INVALID
    return raised.value.errors


def test_a_good_body_is_read() -> None:
    assert read_body(sent({"reason": "why", "force": True}), RenewalInput) == RenewalInput(reason="why", force=True)


def test_every_error_of_a_body_is_listed_at_once_by_its_pointer() -> None:
    faults = wrong(RenewalInput, sent({"force": "yes", "ignore_backoff": 1, "a/b~c": "canary"}))

    assert {fault.pointer for fault in faults} == {"#/force", "#/ignore_backoff", "#/reason", "#/a~1b~0c"}
    assert "canary" not in str(faults)
    assert FieldError(pointer="#/reason", detail="is required") in faults


@pytest.mark.parametrize(
    "reason",
    [
        *("", " ", "why\n", "a\nb", "a\x00b", "a\x9bb", "a\u2028b", "\ta", "x" * 501),
        *("a\u200eb", "a\u202eb", "a\u2066b", "a\u061cb", None, 1, ["a"]),
        *("\u200b", "\ufeff", "\u3000", "\u00ad", "\u2060", "\u180e", "\ufe0f", "\U000e0101", "\u0301\u0302", "\u064b"),
        *("\u202e", "\u2067\u2069", "\u2800", "\u3164", "\u115f\u1160", "\U000e0041", " \u200b\u00a0\ufeff"),
    ],
)
def test_a_reason_is_one_line(reason: object) -> None:
    (fault,) = wrong(WithReason, sent({"reason": reason}))
    assert fault.detail.startswith("must be one line of 1 to 500 characters")


@pytest.mark.parametrize(
    ("sent_reason", "kept"),
    [
        *(
            (" why ", "why"),
            ("\u00a0why", "why"),
            ("\u200bwhy\ufeff", "why"),
            ("\u3000\u2060w\u200dy\u00ad", "w\u200dy"),
        ),
        *(("\u202ewhy\u202c", "why"), ("\u0301why\ufe0f", "why"), ("\U000e0041why\U000e007f", "why")),
        *(
            ("cafe\u0301", "cafe\u0301"),
            ("\u0928\u092e\u0938\u094d\u0924\u0947", "\u0928\u092e\u0938\u094d\u0924\u0947"),
        ),
    ],
)
def test_invisible_characters_around_a_reason_are_removed(sent_reason: str, kept: str) -> None:
    assert read_body(sent({"reason": sent_reason}), WithReason).reason == kept
    assert read_query(HttpRequest(query=(("reason", sent_reason),)), WithReason).reason == kept


def test_an_empty_body_is_called_that() -> None:
    for body in (b"", b" \r\n"):
        with pytest.raises(HttpProblem) as raised:
            read_body(HttpRequest(JSON, body=body), WithReason)
        assert raised.value.detail == 'the body is empty; send a JSON object, such as {"reason": "why this is done"}'
        assert raised.value.errors == (FieldError(pointer="#", detail="is empty"),)


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"reason=why", "is not JSON: Expecting value, at line 1, column 1"),
        (b'{"reason": "\xff"}', "is not UTF-8, from byte 13 on"),
        (b"[" * 60_000, "is nested too deeply"),
        (b'{"reason": ' + b"1" * 5000 + b"}", "has a number with too many digits"),
        (b'{"a": {"b": 1, "b": 2}}', "has the key 'b' twice in one object"),
    ],
)
def test_invalid_json_is_described_in_a_sentence_of_our_own(body: bytes, says: str) -> None:
    assert wrong(WithReason, HttpRequest(JSON, body=body)) == (FieldError(pointer="#", detail=says),)


def test_a_name_of_a_caller_s_own_is_not_repeated_in_full() -> None:
    long = "x" * 7000
    (in_body,) = wrong(WithReason, sent({"reason": "why", long: 1}))
    (twice,) = wrong(WithReason, HttpRequest(JSON, body=f'{{"{long}": 1, "{long}": 2}}'.encode()))
    with pytest.raises(HttpProblem) as raised:
        read_query(HttpRequest(query=((long, "1"), (f"{long}y", "1"), (f"{long}y", "2"))), NoInput)
    for fault in (in_body, twice, *raised.value.errors):
        assert len(str(fault)) < 300, fault


def test_what_is_wrong_reads_on_from_the_name_of_the_place() -> None:
    assert wrong(RenewalInput, sent({"reason": "why", "force": 1})) == (
        FieldError(pointer="#/force", detail="should be a valid boolean"),
    )
    (fault,) = wrong(WithReason, HttpRequest(JSON, body=b'{"reason": "a", "reason": "b"}'))
    assert (fault.pointer, fault.detail) == ("#", "has the key 'reason' twice in one object")


def test_an_unknown_member_comes_with_the_known_ones() -> None:
    (fault,) = wrong(WithReason, sent({"reason": "why", "cause": "canary"}))
    assert fault == FieldError(pointer="#/cause", detail="is not known here; known are: reason")
    with pytest.raises(HttpProblem) as raised:
        read_query(HttpRequest(query=(("x", "1"),)), NoInput)
    assert raised.value.errors == (FieldError(parameter="x", detail="is not known here; known are: none"),)


@pytest.mark.parametrize("type_", ["application/json", "Application/JSON ; charset=utf-8"])
def test_the_type_of_a_body_is_read_as_http_has_it(type_: str) -> None:
    assert read_body(HttpRequest({"content-type": type_}, body=b'{"reason": "why"}'), WithReason) == WithReason(
        reason="why"
    )


@pytest.mark.parametrize("reason", ["x", "x" * 500, "Schlüssel gesehen: INC-1 🔑"])
def test_a_reason_may_be_any_text(reason: str) -> None:
    assert read_body(sent({"reason": reason}), WithReason) == WithReason(reason=reason)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"reason=why",
        b"[]",
        b'"reason"',
        b'{"reason": "a", "reason": "b"}',
        b'{"reason": NaN}',
        b'{"reason": "\xff"}',
        b'{"reason": "\\ud800"}',
        b"[" * 60_000,
        b'{"reason": ' + b"1" * 5000 + b"}",
    ],
)
def test_json_that_parsers_may_understand_differently_is_refused(body: bytes) -> None:
    assert wrong(WithReason, HttpRequest(JSON, body=body))


@pytest.mark.parametrize("type_", ["", "text/plain", "application/x-www-form-urlencoded", "application/jsonx"])
def test_a_body_says_that_it_is_json(type_: str) -> None:
    with pytest.raises(HttpProblem) as raised:
        read_body(HttpRequest({"content-type": type_}, body=b"{}"), WithReason)
    assert raised.value.kind is ProblemKind.MEDIA_TYPE


def test_of_many_errors_the_first_hundred_are_listed() -> None:
    assert len(wrong(WithReason, sent({f"x{number}": 1 for number in range(150)}))) == 100
    for query in ([(f"x{number}", "1") for number in range(150)], [(f"x{number // 2}", "1") for number in range(300)]):
        with pytest.raises(HttpProblem) as raised:
            read_query(HttpRequest(query=tuple(query)), HistoryQuery)
        assert len(raised.value.errors) == 100


def test_a_body_of_just_64_kibibytes_is_read() -> None:
    body = json.dumps({"reason": "why"}).encode().ljust(64 * 1024)
    assert read_body(HttpRequest(JSON, body=body), WithReason) == WithReason(reason="why")


def test_a_large_body_is_not_read() -> None:
    with pytest.raises(HttpProblem) as raised:
        read_body(HttpRequest(JSON, body=b" " * (LARGEST_BODY + 1)), WithReason)
    assert raised.value.kind is ProblemKind.TOO_LARGE


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("all", ALL),
        ("issuer/letsencrypt", ObjectRef("issuer", "letsencrypt")),
        ("cluster/ss-prod-00", ObjectRef("cluster", "ss-prod-00")),
        ("relay/prod", ObjectRef("relay", "prod")),
        ("certificate/a-b-c", certificate_ref("a-b-c")),
        (f"certificate/{'x' * 127}", certificate_ref("x" * 127)),
        ("client/pcol-dev", ObjectRef("client", "pcol-dev")),
    ],
)
def test_a_scope_is_what_is_written(text: str, scope: ObjectRef) -> None:
    assert read_body(sent({**PAUSE, "scope": text}), PauseInput).scope == scope


@pytest.mark.parametrize(
    "text",
    ["", "All", "all/", "all/x", "fleet", "relay", "relay/", "relay/a/b", "relay/a\n", f"relay/{'x' * 128}"],
)
def test_no_other_scope_is_guessed(text: str) -> None:
    (fault,) = wrong(PauseInput, sent({**PAUSE, "scope": text}))
    assert fault.pointer == "#/scope"


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-01T00:00:00",
        "2026-12-01 00:00:00Z",
        "1764547200",
        "2026-02-30",
        "2026-12-01T24:00:00Z",
        "9999-12-31T23:59:59-12:00",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-23:59",
        "2026-12-01T00:00:00Z\n",
        "tomorrow",
        1764547200,
        None,
    ],
)
def test_a_moment_says_its_offset(text: object) -> None:
    (fault,) = wrong(PauseInput, sent({**PAUSE, "until": text}))
    assert fault.detail.startswith("must be like 2026-11-22T12:00:00Z or 2026-11-22")


def test_moments_are_read_in_utc() -> None:
    query = read_query(
        HttpRequest(query=(("since", "2026-11-22"), ("until", "2026-11-22T13:30:00+01:00"))), HistoryQuery
    )

    assert query.since == datetime(2026, 11, 22, tzinfo=UTC)
    assert query.until == datetime(2026, 11, 22, 12, 30, tzinfo=UTC)
    assert query.until.tzinfo is UTC


def test_errors_of_a_query_are_listed_by_parameter() -> None:
    with pytest.raises(HttpProblem) as raised:
        read_query(
            HttpRequest(query=(("sinc", "canary"), ("limit", "0"), ("after", "canary"), ("until", ""))), HistoryQuery
        )

    assert {fault.parameter for fault in raised.value.errors} == {"sinc", "limit", "after", "until"}
    assert "canary" not in str(raised.value.errors)


def test_a_repeated_parameter_is_refused() -> None:
    with pytest.raises(HttpProblem) as raised:
        read_query(HttpRequest(query=(("actor", "ada"), ("actor", "timer"))), HistoryQuery)
    assert raised.value.errors == (FieldError(parameter="actor", detail="is there twice"),)


def test_a_version_is_a_name_that_key_vault_gives() -> None:
    assert read_body(sent({"reason": "why", "version": "x" * 64}), RollbackInput).version == "x" * 64


@pytest.mark.parametrize("version", ["../x", "", "a b", "x" * 65, "abc\n"])
def test_a_version_is_a_name_of_key_vault_s(version: str) -> None:
    assert wrong(RollbackInput, sent({"reason": "why", "version": version}))
