"""An unforeseen exception becomes the failure of one object, with its trace in the log and its text nowhere."""

import logging
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy

import pytest

from shared.errors import LeaseLost, NotYet, Paused, RelaykeeperError, TransientError, Unforeseen
from shared.guard import guard, guarded
from tests.fakes.faults import KilledError
from tests.fakes.inventory import certificate

CANARY = "canary-5f2c"


class Odd(Exception):
    """Its text may hold anything."""


def fail(error: BaseException) -> None:
    raise error


def traces(caplog: pytest.LogCaptureFixture) -> list[str]:
    return ["".join(traceback.format_exception(r.exc_info[1])) for r in caplog.records if r.exc_info and r.exc_info[1]]


def test_an_unforeseen_exception_is_a_failure_that_names_the_object_and_its_kind(
    caplog: pytest.LogCaptureFixture,
) -> None:
    words = "unforeseen ZeroDivisionError while looking at dev@ss-dev-00"
    with pytest.raises(Unforeseen, match=words), guard("looking at dev@ss-dev-00"):
        fail(ZeroDivisionError())
    [trace] = traces(caplog)
    assert "in fail" in trace
    assert caplog.records[0].levelno == logging.ERROR


def test_its_trace_is_logged_once_however_many_guards_it_passes(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(Unforeseen, match="while one"), guard("three"), guard("two"), guard("one"):
        fail(KeyError("x"))
    assert len(traces(caplog)) == 1


def test_the_text_of_a_bug_is_written_nowhere_because_it_may_quote_a_key(caplog: pytest.LogCaptureFixture) -> None:
    error = Odd(f"{CANARY}\nFake line")
    error.__cause__ = ValueError(CANARY)
    with pytest.raises(Unforeseen) as caught, guard("reading a key"):
        fail(error)
    written = [str(caught.value), caplog.text, *traces(caplog), *traceback.format_exception(caught.value)]
    assert all(CANARY not in each for each in written)
    assert "tests.unit.test_guard.Odd" in str(caught.value)


@pytest.mark.parametrize(
    "known",
    [
        TransientError("x"),
        NotYet("x", wait=None),  # type: ignore[arg-type]
        LeaseLost("x"),
        Paused("x"),
        KilledError(),
        KeyboardInterrupt(),
        SystemExit(),
    ],
    ids=lambda known: type(known).__name__,
)
def test_what_is_known_and_what_ends_the_process_passes_as_it_is(
    known: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(type(known)) as caught, guard("anything"):
        fail(known)
    assert caught.value is known
    assert caplog.records == []


class Port:
    """A port whose methods fail, and that gives leases which fail to be taken or given back."""

    size = 3

    def __init__(self, taking: Exception | None = None, giving: Exception | None = None) -> None:
        self.taking, self.giving = taking, giving

    def read(self, what: object) -> object:
        raise IndexError(what)

    @contextmanager
    def lease(self, _name: str) -> Iterator["Port"]:
        if self.taking is not None:
            raise self.taking
        yield self
        if self.giving is not None:
            raise self.giving


@pytest.mark.parametrize(
    ("about", "words"),
    [
        ("dev", "calling vault.read for 'dev'."),
        (certificate(), "calling vault.read for 'dev-mail-example-net'."),
        (object(), "calling vault.read."),
        ("line\nfeed", r"for 'line\\nfeed'."),
        ("x" * 5000, f"for '{'x' * 99}."),
    ],
)
def test_a_port_s_unforeseen_exception_names_the_call_and_what_it_was_about(about: object, words: str) -> None:
    with pytest.raises(Unforeseen) as caught:
        guarded(Port(), "vault").read(about)
    assert words.replace("\\\\", "\\") in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_port_keeps_its_attributes_and_is_guarded_once() -> None:
    port = guarded(Port(), "vault")
    assert port.size == 3
    assert guarded(port, "again") is port
    assert copy(port).size == 3


@pytest.mark.parametrize("port", [Port(taking=OSError(CANARY)), Port(giving=OSError(CANARY))], ids=["taken", "given"])
def test_a_lease_that_cannot_be_taken_or_given_back_is_a_failure_that_we_know(port: Port) -> None:
    with pytest.raises(Unforeseen, match=r"calling journals\.lease for 'x'"), guarded(port, "journals").lease("x"):
        pass


def test_what_happens_under_a_lease_is_its_holder_s(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(ZeroDivisionError), guarded(Port(), "journals").lease("x"):
        fail(ZeroDivisionError())
    with pytest.raises(RelaykeeperError, match="mine"), guarded(Port(), "journals").lease("x") as lease:
        fail(TransientError("mine"))
    with pytest.raises(Unforeseen, match=r"calling lease\.read"), guarded(Port(), "journals").lease("x") as lease:
        lease.read(object())
    assert len(traces(caplog)) == 1
