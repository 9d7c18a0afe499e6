"""The end of a message is read from Exim's main log, whatever other messages and strangers write into it."""

import pytest

from shared.domain.clients.exim_log import EndReason, end_of_message

ID, NEW_ID, OTHER = "1tHxyz-0001AB-2C", "1tHxyz-000000012AB-3CdE", "1tHxyz-0001AB-2D"

ARRIVED = "<= payroll@example.net H=(client) [10.0.0.9] P=esmtpsa X=TLS1.3 A=plain:payroll S=612 id=a@example.net"
DELIVERED = '=> someone@example.org R=smarthost T=smarthost H=mx.example.org [192.0.2.1] C="250 OK id=1tHxy0-000000-00"'
ALSO = "-> other@example.org <someone@example.org> R=smarthost T=smarthost"
CUT_THROUGH = ">> someone@example.org R=smarthost T=smarthost H=mx.example.org [192.0.2.1]"
NOWHERE = "=> :blackhole: <someone@example.org> R=nowhere"
DEFERRED = "== someone@example.org R=smarthost T=smarthost defer (111): Connection refused"
BOUNCED = "** someone@example.org R=smarthost T=smarthost: SMTP error after RCPT: 550 no such user"


def logged(*events: str, queue_id: str = ID, begin: str = "2026-11-30 03:14:56 ") -> list[str]:
    return [f"{begin}{queue_id} {event}" for event in events]


@pytest.mark.parametrize(
    ("events", "reason", "line"),
    [
        ([], "MessageNotInLog", ""),
        ([ARRIVED], "MessageInQueue", ARRIVED),
        ([ARRIVED, DELIVERED], "MessageInQueue", DELIVERED),
        ([ARRIVED, DELIVERED, "Completed"], "MessageDelivered", DELIVERED),
        ([ARRIVED, DELIVERED, "Completed QT=2s"], "MessageDelivered", DELIVERED),
        ([ARRIVED, DELIVERED, ALSO, "Completed"], "MessageDelivered", ALSO),
        ([CUT_THROUGH, ARRIVED, "Completed"], "MessageDelivered", CUT_THROUGH),
        ([ARRIVED, NOWHERE, "Completed"], "MessageDiscarded", NOWHERE),
        ([ARRIVED, "=> /dev/null <someone@example.org> R=null T=**bypassed**", "Completed"], "MessageDiscarded", None),
        ([ARRIVED, NOWHERE, DELIVERED, "Completed"], "MessageDelivered", DELIVERED),
        ([ARRIVED, DEFERRED], "DeliveryDeferred", DEFERRED),
        ([ARRIVED, DELIVERED, DEFERRED], "DeliveryDeferred", DEFERRED),
        ([ARRIVED, DEFERRED, "Frozen (delivery error message)"], "DeliveryDeferred", DEFERRED),
        ([ARRIVED, DEFERRED, DELIVERED, "Completed"], "MessageDelivered", DELIVERED),
        ([ARRIVED, BOUNCED], "MessageBounced", BOUNCED),
        ([ARRIVED, BOUNCED, "Completed"], "MessageBounced", BOUNCED),
        ([ARRIVED, DELIVERED, BOUNCED, "Completed"], "MessageBounced", BOUNCED),
        ([ARRIVED, "Completed"], "MessageInQueue", "Completed"),
    ],
)
def test_the_end_is_what_the_last_lines_of_the_message_say(
    events: list[str], reason: EndReason, line: str | None
) -> None:
    end = end_of_message(logged(*events), ID)
    assert end.reason == reason
    assert line is None or end.line == line


@pytest.mark.parametrize(
    "begin",
    [
        "2026-11-30 03:14:56.123 ",
        "2026-11-30 03:14:56 +0100 ",
        "2026-11-30 03:14:56 [4711] ",
        "2026-11-30 03:14:56.123 +0000 [4711] ",
        "2026-11-30T03:14:56.123456789Z 2026-11-30 03:14:56 ",
        "[mailrelay-0] 2026-11-30 03:14:56 ",
    ],
)
@pytest.mark.parametrize("queue_id", [ID, NEW_ID])
def test_what_log_selectors_and_collectors_put_before_a_line_does_not_count(begin: str, queue_id: str) -> None:
    lines = logged(ARRIVED, DELIVERED, "Completed", queue_id=queue_id, begin=begin)
    assert end_of_message(lines, queue_id).reason == "MessageDelivered"


@pytest.mark.parametrize(
    "stranger",
    [
        f'2026-11-30 03:14:56 {OTHER} => a@example.org C="250 OK 2026-11-30 03:14:56 {ID} ** a@example.org: no"',
        f"2026-11-30 03:14:56 {OTHER} <= a@example.org id={ID} ** forged",
        f"2026-11-30 03:14:56 H=(x) [10.0.0.9] rejected MAIL <a@b>: {ID} ** forged",
        f"{ID} ** a line without a time",
        f"2026-11-30 03:14:56 {ID}x ** another id",
        f"2026-11-30 03:14:56 {ID[:-1]} ** another id",
        "",
        "\0\x1b[31m",
    ],
)
def test_lines_of_others_change_nothing_whatever_they_quote(stranger: str) -> None:
    lines = [stranger, *logged(ARRIVED), stranger, *logged(DELIVERED, "Completed"), stranger]
    assert end_of_message(lines, ID).reason == "MessageDelivered"
    assert end_of_message([stranger], ID).reason == "MessageNotInLog"


@pytest.mark.parametrize(("events", "settled"), [([ARRIVED, DELIVERED], False), ([DEFERRED], True), ([BOUNCED], True)])
def test_one_waits_on_only_while_the_relay_has_not_tried(events: list[str], settled: bool) -> None:
    assert end_of_message(logged(*events), ID).is_settled == settled
