"""Pauses: what is to be left alone for a while."""

from pydantic import BaseModel

from shared.api.exchange import Answer, told
from shared.api.fields import Moment, Nothing, Reasoned, ScopeText
from shared.api.operation import Asked
from shared.api.people import DOCUMENT, PauseView
from shared.workflows import pauses
from shared.workflows.pauses import active_pauses


class Pausing(Reasoned):
    """Leave something alone until then: nothing of it is changed, and alerts go on."""

    scope: ScopeText
    """`estate`: nothing at all is written. `certificate/NAME`: nothing of it is. `issuer/NAME`: nothing is ordered
    there; what is stored is delivered. `cluster/NAME`, `relay/NAME`: nothing is delivered there, not even the way back;
    a paused cluster may be out of reach without an alert. Names are the inventory's."""
    until: Moment
    """A later moment: RFC 3339 with an offset, or a date, which is its first moment in UTC."""


class PausesView(BaseModel):
    """The pauses in force; one that is over is in the history alone."""

    model_config = DOCUMENT
    pauses: tuple[PauseView, ...]


def list_pauses(asked: Asked[Nothing, Nothing]) -> Answer:
    return told(PausesView(pauses=tuple(map(PauseView.of, active_pauses(asked.ports())))))


def pause(asked: Asked[Pausing, Nothing]) -> Answer:
    body = asked.body
    made = pauses.pause(body.scope, body.until, body.reason, asked.ports())
    return told(PauseView.of(made), 201, f"/api/pauses/{made.id}")


def resume(asked: Asked[Nothing, Reasoned]) -> Answer:
    return told(PauseView.of(pauses.resume(asked.path["id"], asked.ports())))
