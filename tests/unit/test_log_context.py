"""A log line says which step of which work it is about, wherever it is written."""

import logging
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from shared import log_context
from shared.log_context import of_this_step, step

log = logging.getLogger("relaykeeper.test")


@pytest.fixture(autouse=True)
def info(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """Monotonic seconds, which stand still."""
    clock = SimpleNamespace(now=100.0)
    monkeypatch.setattr(log_context, "time", SimpleNamespace(monotonic=lambda: clock.now))
    return clock


def test_fields_are_attributes_and_the_end_of_the_text(caplog: pytest.LogCaptureFixture) -> None:
    with step(correlation="4f0c", object="certificate/prod", attempt=2):
        log.info("100 %% of %s", "it")
    [record] = caplog.records
    assert record.getMessage() == "100 % of it [correlation=4f0c object=certificate/prod attempt=2 duration=0.0]"
    assert record.__dict__.items() >= {"correlation": "4f0c", "object": "certificate/prod", "attempt": 2}.items()


def test_an_inner_step_adds_to_the_outer_and_ends(caplog: pytest.LogCaptureFixture) -> None:
    with step(object="certificate/prod"):
        with step(place="prod@ss-prod-00"):
            log.info("inside")
        log.info("after")
    log.info("outside")
    assert caplog.messages == [
        "inside [object=certificate/prod place=prod@ss-prod-00 duration=0.0]",
        "after [object=certificate/prod duration=0.0]",
        "outside",
    ]


def test_a_step_ends_with_a_failure_too(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ZeroDivisionError), step(object="certificate/prod"):
        raise ZeroDivisionError
    log.info("outside")
    assert caplog.messages == ["outside"]


def test_the_duration_counts_from_where_the_innermost_step_began(
    clock: SimpleNamespace, caplog: pytest.LogCaptureFixture
) -> None:
    with step(object="certificate/prod"):
        clock.now += 10
        with step(place="prod@ss-prod-00"):
            clock.now += 1.2344
            log.info("inside")
        log.info("after")
    assert [vars(record)["duration"] for record in caplog.records] == [1.234, 11.234]


def test_threads_of_ours_stay_in_the_step(caplog: pytest.LogCaptureFixture) -> None:
    def ask(number: int) -> None:
        log.info("asked %d", number)

    with ThreadPoolExecutor(4) as threads:
        with step(place="prod@ss-prod-00"):
            list(threads.map(of_this_step(ask), range(8)))
        threads.submit(log.info, "another").result()
    *asked, another = caplog.records
    assert {vars(record)["place"] for record in asked} == {"prod@ss-prod-00"}
    assert another.getMessage() == "another"


def test_lines_of_others_are_left_alone(caplog: pytest.LogCaptureFixture) -> None:
    with step(object="certificate/prod"):
        logging.getLogger("relaykeepers").info("theirs")
        nameless = logging.makeLogRecord({"msg": "nobody's"})
    [record] = caplog.records
    assert [record.getMessage(), nameless.getMessage()] == ["theirs", "nobody's"]
    assert not hasattr(record, "certificate")
