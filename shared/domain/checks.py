"""A check: one question about one object, answered with a status, a machine reason and a sentence."""

from dataclasses import dataclass
from typing import Literal

from shared.domain.object_ref import ObjectRef

type CheckStatus = Literal["ok", "warning", "failed", "unknown"]
"""`unknown`: it could not be found out. `warning`: it works, and somebody should know."""


@dataclass(frozen=True, slots=True)
class Check:
    """What a check found. `name` says what was checked, in lower case with dashes; `remedy` what a person can do."""

    name: str
    about: ObjectRef
    status: CheckStatus
    reason: str
    message: str
    remedy: str = ""
