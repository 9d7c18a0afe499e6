"""Times during which a person wants something left alone."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, WithJsonSchema

from shared.inventory.fields import SHAPE, Moment
from shared.text import one_line


def reason(text: str) -> str:
    """Words on one line; raises ValueError where there are none."""
    if (words := one_line(" ".join(text.split()))) is not None:
        return words
    raise ValueError("is no reason; write one that can be seen, for those who read the state")


class Freeze(BaseModel):
    """Until a moment nothing is changed there; or, of a suspended cluster, nothing is expected of it."""

    model_config = SHAPE
    until: Moment
    """The moment of its end, with a time zone: 2026-12-01T08:00:00Z, 2026-12-01T08:00+01:00."""
    reason: Annotated[str, AfterValidator(reason), WithJsonSchema({"type": "string", "pattern": r"\S"})]
    """Why, for whoever reads it in the state."""
