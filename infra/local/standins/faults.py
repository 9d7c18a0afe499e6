"""Faults that a test switches on: `POST /_faults` adds one, `DELETE /_faults` clears them all.

{"match": "PUT /TXT/", "answer": 429, "retry_after": 2, "times": 3}
{"match": "* /certificates/", "answer": "slow", "seconds": 1.5}
{"match": "POST /pending/merge", "answer": "drop", "after": true, "times": 1}
{"match": "DELETE /pending", "answer": 409, "message": "There was a conflict while deleting the pending certificate."}
"""

import time
from http import HTTPStatus
from threading import Lock
from typing import Literal

import msgspec


class FaultError(ValueError):
    """A fault that cannot be switched on; the sentence says why."""


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens to requests whose method and path `match`: a method or `*`, a space, a part of the path.

    `answer`: a status from 400, sent in place of the operation; "drop": the connection ends without an answer and
    without an effect or, with `after`, has the effect and ends in the middle of the answer; "slow": the operation
    starts `seconds` late. `retry_after` (seconds) goes into the header of that name, `message` into the body. After
    `times` requests the fault is over; without, it lasts until it is cleared.
    """

    match: str
    answer: int | Literal["drop", "slow"]
    retry_after: int | None = None
    message: str = "A fault that a test has switched on."
    seconds: float = 0.0
    times: int | None = None
    after: bool = False

    @property
    def code(self) -> str:
        """The error code for a status: its phrase without spaces."""
        return HTTPStatus(self.answer).phrase.replace(" ", "") if isinstance(self.answer, int) else ""

    def fits(self, method: str, path: str) -> bool:
        """Whether this request is meant."""
        wanted_method, part = self.match.split(" ", 1)
        return wanted_method in ("*", method) and part.lower() in path.lower()

    def wait(self) -> None:
        """Let `seconds` pass."""
        time.sleep(self.seconds)


def read_fault(body: bytes) -> Fault:
    """A fault from its JSON; raises FaultError."""
    try:
        fault = msgspec.json.decode(body, type=Fault)
    except msgspec.DecodeError as error:
        raise FaultError(f"not a fault: {error}") from error
    if " " not in fault.match:
        raise FaultError(f"match must be a method (or *), a space and a part of the path, not {fault.match!r}")
    if isinstance(fault.answer, int) and fault.answer not in [status for status in HTTPStatus if status >= 400]:
        raise FaultError(f"answer must be an error status, 'drop' or 'slow', not {fault.answer}")
    if fault.after and fault.answer != "drop":
        raise FaultError("after goes with the answer 'drop' alone")
    return fault


class Faults:
    """The faults of one listener; the oldest that fits is taken."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        with self._lock:
            self._faults.append(fault)

    def clear(self) -> None:
        """Switch every fault off."""
        with self._lock:
            self._faults.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that this request meets, counted as one of its `times`."""
        with self._lock:
            for place, fault in enumerate(self._faults):
                if not fault.fits(method, path):
                    continue
                if fault.times == 1:
                    del self._faults[place]
                elif fault.times is not None:
                    self._faults[place] = msgspec.structs.replace(fault, times=fault.times - 1)
                return fault
        return None
