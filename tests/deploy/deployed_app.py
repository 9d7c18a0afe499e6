"""A Function App, as a deployment sees it: its publishing site and its API, on one address."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from infra.local.pki import KeyPair
from tests.http_server import Handler, serving, showing

DEPLOYMENT = "4f0c1d2e-3a4b"
BEARER = "Bearer the token of a pipeline"


@dataclass(slots=True)
class DeployedApp:
    """`asked` is what came, as method and path, in sequence; `reasons` those of ticks; `packages` what was uploaded.

    `publishes`: statuses of the deployment, one for each look, the last for good; from 400 on they are HTTP's. `runs`:
    the release that answers once something was uploaded. `ticks`: statuses of POST /api/ticks, the same way. `watches`:
    whether the watch follows.
    """

    runs: str
    publishes: list[int] = field(default_factory=lambda: [1, 4])
    ticks: list[int] = field(default_factory=lambda: [200])
    watches: bool = True
    parts: list[dict[str, Any]] = field(default_factory=list)
    unreadable: dict[str, str] = field(default_factory=dict)
    places: list[dict[str, Any]] = field(default_factory=list)
    status: str = "ok"
    asked: list[str] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    packages: list[bytes] = field(default_factory=list)
    ticked: float | None = None

    def respond(self, asked: str, authorized: bool, body: bytes) -> tuple[int, Any]:
        self.asked.append(asked)
        if asked == "GET /api/health":
            return 200, self.health()
        if not authorized:
            return 401, {"detail": "no token"}
        if asked.startswith("POST "):
            return self.change(asked, body)
        if asked == f"GET /api/deployments/{DEPLOYMENT}":
            status = following(self.publishes)
            return (status, {}) if status >= 400 else (200, {"status": status, "status_text": "the host did not start"})
        shown = self.documents()
        return (200, shown[asked]()) if asked in shown else (404, {})

    def change(self, asked: str, body: bytes) -> tuple[int, Any]:
        match asked:
            case "POST /api/publish?RemoteBuild=false&Deployer=relaykeeper":
                self.packages.append(body)
                return 202, DEPLOYMENT
            case "POST /api/ticks":
                self.reasons.append(json.loads(body)["reason"])
                status = following(self.ticks)
                if status == 200:
                    self.ticked = time.monotonic()
                return status, {"detail": "the words of the app"}
        return 404, {}

    def documents(self) -> Mapping[str, Callable[[], Mapping[str, Any]]]:
        certificate = {"errors": self.unreadable, "places": self.places}
        return {
            "GET /api/certificates": lambda: {"certificates": [certificate], "errors": {}},
            "GET /api/clients": lambda: {"clients": [{"errors": {}}], "errors": {}},
            "GET /api/health/parts": lambda: {**self.health(), "parts": self.parts},
        }

    def health(self) -> Mapping[str, Any]:
        age = None if self.ticked is None else int(time.monotonic() - self.ticked)
        return {
            "status": self.status,
            "release": self.runs if self.packages else "0.0.9+old",
            "tick_age_seconds": age,
            "watch_age_seconds": age if self.watches else 4000,
        }


def following(values: list[int]) -> int:
    return values.pop(0) if len(values) > 1 else values[0]


@contextmanager
def running(app: DeployedApp, pair: KeyPair) -> Iterator[str]:
    """Serve it until the end of the block; yield its address with https."""

    class Answering(Handler):
        def exchange(self) -> None:
            body = self.read_body()
            authorized = self.headers.get("Authorization") == BEARER
            status, shown = app.respond(f"{self.command} {self.path}", authorized, body)
            self.reply(status, json.dumps(shown).encode(), {"Content-Type": "application/json"})

    with serving(Answering, showing(pair)) as url:
        yield url
