"""A reply to an offer of mail says that it is taken, that it is refused, or neither."""

import pytest

from shared.domain.places import Answer, PlaceSeen, Question
from shared.domain.unauthenticated import Offer, offers_to_make, settled

QUESTION = Question("mailrelay-0", "10.0.0.1", 25, None)


def offer(code: int | None) -> Offer:
    return Offer(QUESTION, code, "")


@pytest.mark.parametrize(
    ("code", "verdict"),
    [(250, "accepted"), (251, "accepted"), (550, "refused"), (530, "refused"), (450, "unknown"), (421, "unknown")],
)
def test_the_first_digit_of_a_reply_is_the_verdict(code: int, verdict: str) -> None:
    assert offer(code).verdict == verdict


def test_no_reply_is_no_verdict() -> None:
    assert offer(None).verdict == "unknown"


@pytest.mark.parametrize(
    ("codes", "known"), [([550], True), ([550, 250], True), ([550, 451], False), ([550, None], False), ([], False)]
)
def test_a_place_is_known_once_every_replica_told(codes: list[int | None], known: bool) -> None:
    assert settled([offer(code) for code in codes]) is known


def test_mail_is_offered_once_to_each_replica_and_port_whatever_names_it_was_asked_for() -> None:
    asked = [
        Question(pod, f"10.0.0.{pod[-1]}", port, name, implicit=port == 465)
        for pod in ("mailrelay-0", "mailrelay-1")
        for port in (25, 465)
        for name in ("mail.example.net", "smtp.example.net", None)
    ]
    there = PlaceSeen(None, (), tuple(Answer(question, None) for question in asked), None)
    assert offers_to_make(there) == [question for question in asked if question.sni == "mail.example.net"]


def test_behind_a_service_mail_is_offered_as_often_as_it_was_asked() -> None:
    asked = [Question("Service relay", "10.0.0.9", 25, name) for name in ("mail.example.net", None) for _ in range(8)]
    there = PlaceSeen(None, (), tuple(Answer(question, None) for question in asked), None)
    assert len(offers_to_make(there)) == 8


def test_where_no_replica_was_asked_none_is_offered_mail() -> None:
    assert offers_to_make(PlaceSeen(None, (), (), None)) == []
