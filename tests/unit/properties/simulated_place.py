"""A place in a few lines: a Secret, pods that take it up in their own ways, a clock, and what is done to them."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.domain.certificates.certificate import Thumbprint
from shared.domain.serving.place_observation import PlaceObservation, Pod, Rollout, WorkloadObservation
from shared.domain.serving.probe import Probe, ProbeResult
from tests.fakes.inventory import NOW

STRANGER = 0
"""Another certificate, which a person put into the Secret; from 1 on it holds a version of ours."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a pod behaves.

    `picks_up`: how long it takes to serve a changed Secret; None: it reads it at its start only.
    `starts`: how long a start takes; None: once restarted it is never Ready.
    """

    picks_up: timedelta | None
    starts: timedelta | None
    answers: bool = True


@dataclass(slots=True)
class Replica:
    """A pod; `template` is the annotation it was made from, `since` when that was."""

    name: str
    manner: Manner
    since: datetime = NOW
    template: str = ""


@dataclass(slots=True)
class SimulatedPlace:
    """`past` is what the Secret held since when, None: it did not exist. The pods wait for the first."""

    pods: list[Replica]
    now: datetime = NOW
    template: str = ""
    past: list[tuple[datetime, int | None]] = field(default_factory=list)

    @property
    def held(self) -> int | None:
        return self.past[-1][1] if self.past else None

    def put(self, content: int | None) -> None:
        """Let the Secret hold something else, or nothing."""
        self.past.append((self.now, content))

    def restart(self, cause: str) -> None:
        self.template = cause

    def replace(self, number: int) -> None:
        """Let a pod be replaced, as when its node is drained."""
        pod = self.pods[number % len(self.pods)]
        pod.since, pod.template = self.now, self.template

    def advance(self, moment: datetime) -> None:
        """Let time pass until then; pods are replaced one by one while all are Ready, as a StatefulSet does."""
        self.now = moment
        for pod in self.pods:
            if pod.template != self.template and all(self.ready(each) for each in self.pods):
                pod.since, pod.template = self.now, self.template

    def up(self, pod: Replica) -> datetime | None:
        """Return when the pod is, or was, Ready; None if never as things stand."""
        existed = [since for since, content in self.past if content is not None]
        broken = pod.manner.starts is None and pod.template
        return max(pod.since, existed[0]) + (pod.manner.starts or timedelta(0)) if existed and not broken else None

    def ready(self, pod: Replica) -> bool:
        return (up := self.up(pod)) is not None and up <= self.now

    def shown(self, pod: Replica) -> int | None:
        """Return the version that the pod presents, None where its handshakes fail."""
        up = self.up(pod) or self.now
        moment = up if pod.manner.picks_up is None else max(up, self.now - pod.manner.picks_up)
        contents = [content for since, content in self.past if since <= moment and content is not None]
        return contents[-1] if contents and pod.manner.answers else None

    def seen(self) -> PlaceObservation:
        """Return what a close look shows."""
        pods = tuple(
            Pod(pod.name, f"10.0.0.{n}", self.ready(pod), failing=self.up(pod) is not None and not self.ready(pod))
            for n, pod in enumerate(self.pods)
        )
        answers = tuple(
            ProbeResult(Probe(pod.name, "", 25, "h"), thumbprint(self.shown(pod)), "no certificate")
            for pod in self.pods
            if self.ready(pod)
        )
        done = all(pod.template == self.template and self.ready(pod) for pod in self.pods)
        return PlaceObservation(WorkloadObservation(pods, Rollout(len(self.pods), done, "rolling")), None, answers)


def thumbprint(version: int | None) -> Thumbprint | None:
    return None if version is None else Thumbprint(f"{version:064x}")
