"""A test of the routes to people."""

from pydantic import BaseModel

from shared.api.exchange import Answer, told
from shared.api.fields import Nothing, Reasoned
from shared.api.operation import Asked
from shared.api.people import DOCUMENT
from shared.workflows.watch import send_test_alert


class TriedView(BaseModel):
    """What came of telling a route."""

    model_config = DOCUMENT
    route: str
    """Its name in the inventory."""
    kind: str
    """What listens there, as in the inventory: `alertmanager`, `slack`, `teams` or `webhook`."""
    taken: bool
    """Every one of its URLs took the alert."""
    error: str | None
    """Why it, or one of its URLs, did not take the alert; null where all did."""


class TriedRoutesView(BaseModel):
    """What came of telling every route of the inventory: 200 also where some, or all, are dead."""

    model_config = DOCUMENT
    routes: tuple[TriedView, ...]


def tell_test_alert(asked: Asked[Reasoned, Nothing]) -> Answer:
    tried = [
        TriedView(route=each.route, kind=each.kind, taken=each.error is None, error=each.error)
        for each in send_test_alert(asked.ports())
    ]
    return told(TriedRoutesView(routes=tuple(tried)))
