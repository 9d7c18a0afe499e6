"""A worker that acts on `next_step` as `shared/workflows/delivering/deliver.py` does, and what happens around it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Literal

from shared.domain.journal import poll_delay
from shared.domain.object_ref import Version
from shared.domain.serving.delivery import Restart, Serving, Skip, Step, Stop, Wait, Write, next_step
from shared.domain.serving.place_observation import PlaceObservation
from shared.domain.serving.place_state import DeliveryProgress
from shared.domain.serving.tls_secret import SecretDiff
from shared.inventory import Place
from tests.fakes.inventory import NOW, place
from tests.unit.properties.simulated_place import STRANGER, SimulatedPlace, thumbprint

type Event = Literal["renewed", "edited", "deleted", "restored", "drained", "killed"]

POLL_INTERVAL = timedelta(seconds=0.25)
LEASE = timedelta(minutes=1)
TICK = timedelta(hours=1)
MOST_TURNS = 150
QUIET = 4
"""Ticks in a row with the same answer, after which it stays."""


@cache
def place_of(reload: str) -> Place:
    return place(reload=reload)


@dataclass(frozen=True, slots=True)
class Turn:
    """One decision, and what it was made from. `truth` is what each pod presents, `newest` what is stored."""

    now: datetime
    step: Step
    seen: PlaceObservation
    delivery: DeliveryProgress
    truth: Sequence[int | None]
    newest: int


@dataclass(slots=True)
class SimulatedWorker:
    """Delivers version `newest` to a place, which it looks at again when that is `due`.

    `dies`: it is killed after its next effect, before that is noted.
    """

    place: SimulatedPlace
    reload: Literal["auto", "restart", "none"]
    newest: int = 1
    due: datetime = NOW
    delivery: DeliveryProgress | None = None
    dies: bool = False
    turns: list[Turn] = field(default_factory=list)

    def live(self, events: Sequence[tuple[timedelta, Event]]) -> list[Turn]:
        """Work while things happen, and then until all is quiet. Return the turns after the last event."""
        for delay, event in events:
            moment = self.place.now + delay
            while self.due <= moment:
                self.turn()
            self.place.advance(moment)
            self.happen(event, len(self.turns))
        before = len(self.turns)
        while not self.quiet(before):
            assert len(self.turns) - before < MOST_TURNS, f"still at it: {self.turns[-1]}"
            self.turn()
        return self.turns[before:]

    def quiet(self, since: int) -> bool:
        last = [type(turn.step) for turn in self.turns[since:][-QUIET:]]
        return len(last) == QUIET and (any(last == [rest] * QUIET for rest in (Serving, Stop, Skip)))

    def happen(self, event: Event, number: int) -> None:
        match event:
            case "renewed":
                self.newest += 1
            case "edited":
                self.place.put(STRANGER)
            case "deleted":
                self.place.put(None)
            case "restored":
                self.place.put(max(1, self.newest - 1))
            case "drained":
                self.place.replace(number)
            case "killed":
                self.dies = True

    def turn(self) -> None:
        """Look, decide, act, and come back when that says."""
        self.place.advance(self.due)
        delivery, seen = self.begun(), self.place.seen()
        lacks = (
            None if self.place.held == self.newest else SecretDiff("SecretOutdated", "the Secret holds something else")
        )
        wanted = thumbprint(self.newest)
        assert wanted is not None
        step = next_step(wanted, lacks, seen, delivery, place_of(self.reload), None, self.place.now)
        truth = [self.place.shown(pod) for pod in self.place.pods]
        self.turns.append(Turn(self.place.now, step, seen, delivery, truth, self.newest))
        self.due = self.place.now + self.act(step, delivery)

    def begun(self) -> DeliveryProgress:
        if self.delivery is None or self.delivery.version != str(self.newest):
            self.delivery = DeliveryProgress(Version(str(self.newest)), self.place.now)
        return self.delivery

    def act(self, step: Step, delivery: DeliveryProgress) -> timedelta:
        """Have the step's effect; return how long it is until the next look."""
        match step:
            case Write():
                self.place.put(self.newest)
                return self.noted(DeliveryProgress(delivery.version, self.place.now, written=True))
            case Restart():
                self.place.restart(f"{self.newest} {delivery.since}")
                return self.noted(replace(delivery, restarted=self.place.now))
            case Wait():
                return poll_delay(delivery.since, self.place.now)
            case Serving():
                self.delivery = None
                return TICK
            case Stop() | Skip():
                return TICK

    def noted(self, delivery: DeliveryProgress) -> timedelta:
        """Write the delivery down, unless the worker dies before it can; another takes over after a lease's length."""
        if self.dies:
            self.dies = False
            return LEASE
        self.delivery = delivery
        return POLL_INTERVAL
