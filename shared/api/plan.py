"""What the next tick would do."""

from pydantic import BaseModel

from shared.api.exchange import Answer, told
from shared.api.fields import Nothing
from shared.api.operation import Asked
from shared.api.people import DOCUMENT
from shared.workflows.plan import plan


class PlannedView(BaseModel):
    """What the next tick would do about a certificate."""

    model_config = DOCUMENT
    certificate: str
    verdict: str
    """Why a new version is to be issued, or why not."""
    todo: tuple[str, ...]
    """What would be done, and why."""
    held: tuple[str, ...]
    """What keeps it from more."""
    would: tuple[str, ...]
    """What would be done were it not only observed."""
    unread: str
    """Why it could not be looked at; empty where it could."""


class PlanView(BaseModel):
    """What the next tick would do. Nothing was changed to find out."""

    model_config = DOCUMENT
    certificates: tuple[PlannedView, ...]


def show_plan(asked: Asked[Nothing, Nothing]) -> Answer:
    planned = (
        PlannedView(
            certificate=each.certificate,
            verdict=each.verdict,
            todo=each.todo,
            held=each.held,
            would=each.would,
            unread=each.unread,
        )
        for each in plan(asked.ports())
    )
    return told(PlanView(certificates=tuple(planned)))
