"""Calls of the API as the functions make them, on fakes."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from shared.api.handler import handle
from shared.api.http import HttpRequest, HttpResponse
from shared.api.operations import OPERATIONS
from tests.fakes.principals import person
from tests.workflows.world import World

EASY_AUTH = {"RELAYKEEPER_EASY_AUTH": "true", "WEBSITE_AUTH_ENABLED": "True"}
OPERATOR = person("operator")


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, read."""

    answer: HttpResponse

    @property
    def status(self) -> int:
        return self.answer.status

    @property
    def headers(self) -> Mapping[str, str]:
        return self.answer.headers

    @property
    def document(self) -> Any:
        return json.loads(self.answer.body)


@dataclass(frozen=True, slots=True)
class ApiClient:
    """Somebody who calls."""

    world: World
    headers: Mapping[str, str]
    environment: Mapping[str, str]

    def get(self, url: str) -> Reply:
        return self.call("GET", url)

    def delete(self, url: str) -> Reply:
        return self.call("DELETE", url)

    def post(self, url: str, **body: object) -> Reply:
        return self.call("POST", url, json.dumps(body).encode())

    def call(self, method: str, url: str, body: bytes = b"", **headers: str) -> Reply:
        parts = urlsplit(url)
        for operation in OPERATIONS:
            pattern = "/api/" + re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path)
            if operation.method == method and (found := re.fullmatch(pattern, parts.path)):
                sent = {"content-type": "application/json", **self.headers, **headers}
                call = HttpRequest(sent, tuple(parse_qsl(parts.query, keep_blank_values=True)), found.groupdict(), body)
                return Reply(handle(operation, call, self.environment, lambda _: self.world.ports))
        raise AssertionError(f"no operation answers {method} {url}")


def operator(world: World) -> ApiClient:
    """Return a person who may do everything."""
    return ApiClient(world, OPERATOR, EASY_AUTH)
