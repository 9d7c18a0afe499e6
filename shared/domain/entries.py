"""What a vault lists: its certificates and secrets, without their values."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True)
class Entry:
    """The newest version of an enabled certificate or secret; `expires` is None where nobody gave it an end.

    The secret that holds a certificate's key is not listed beside it.
    """

    kind: Literal["certificate", "secret"]
    name: str
    begins: datetime
    expires: datetime | None
    tags: Mapping[str, str]
