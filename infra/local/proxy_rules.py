"""What a proxy does to requests, as tests say it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer that the upstream never gave."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def __bytes__(self) -> bytes:
        fields = {**self.headers, "Content-Length": len(self.body), "Connection": "close"}
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        return (
            "\r\n".join([*lines, *(f"{name}: {value}" for name, value in fields.items()), "", ""]).encode() + self.body
        )


@dataclass(frozen=True, slots=True)
class Rule:
    """What happens to requests of this method (`*`: any) in whose decoded target the pattern `target` is found.

    `reply` is sent in place of the upstream's answer. Without one the upstream acts, and its answer comes `late`
    (seconds) or, with `cut`, ends in the middle of its body, before its head if it has none. After `times` requests
    the rule is used up.
    """

    method: str
    target: str
    reply: Reply | None = None
    late: float = 0.0
    cut: bool = False
    times: int | None = None

    def fits(self, method: str, target: str) -> bool:
        return self.method in ("*", method) and re.search(self.target, unquote(target)) is not None
