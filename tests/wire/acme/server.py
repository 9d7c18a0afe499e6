"""An ACME authority on the wire, below the real `requests`, with its answers changed where a test says so."""

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, override

import requests
from cryptography import x509
from josepy.json_util import decode_b64jose
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from tests.unit.adapters.acme.scripted import Reply

BASE = "https://acme.example.net"
RESOURCES = ("newNonce", "newAccount", "newOrder")

type Sign = Callable[[x509.CertificateSigningRequest], bytes]
"""Returns a chain, PEM."""


@dataclass(slots=True)
class Order:
    """What the authority knows of an order with one name."""

    name: str
    status: str = "pending"
    finalizations: int = 0
    chain: bytes = b""


@dataclass(slots=True)
class Server:
    """`before` and `after`: replies in place of the next answers to a path (a regular expression), in place of the
    effect or after it. `shows` is how an order is shown in place of its status. `challenge` is how a challenge stands
    once it was answered, and `error` what it shows then. `sent` counts all requests.
    """

    sign: Sign
    before: dict[str, list[Reply]] = field(default_factory=dict)
    after: dict[str, list[Reply]] = field(default_factory=dict)
    shows: dict[str, str] = field(default_factory=dict)
    challenge: str = "valid"
    error: dict[str, str] | None = None
    orders: dict[str, Order] = field(default_factory=dict)
    answered: set[str] = field(default_factory=set)
    sent: Counter[str] = field(default_factory=Counter)

    def session(self) -> requests.Session:
        session = requests.Session()
        session.mount("https://", Wire(self))
        return session

    @property
    def finalizations(self) -> int:
        return sum(order.finalizations for order in self.orders.values())

    def answer(self, method: str, path: str, payload: dict[str, Any] | None) -> Reply:
        self.sent[f"{method} {re.sub('[0-9]+', '', path)}"] += 1
        if (reply := planned(self.before, path)) is not None:
            return reply
        reply = self.served(path, payload)
        return planned(self.after, path) or reply

    def served(self, path: str, payload: dict[str, Any] | None) -> Reply:
        resource, _, number = path.strip("/").partition("/")
        match resource:
            case "dir":
                return Reply({name: f"{BASE}/{name}" for name in RESOURCES})
            case "newNonce":
                return Reply()
            case "newAccount":
                return Reply({"status": "valid"}, 201, {"Location": f"{BASE}/account/1"})
            case "account":
                return Reply({"status": "valid"})
            case "newOrder":
                assert payload is not None
                number = str(len(self.orders) + 1)
                self.orders[number] = Order(payload["identifiers"][0]["value"])
                return Reply(self.order(number).body, 201, {"Location": f"{BASE}/order/{number}"})
        if number not in self.orders:
            return Reply(status=404)
        return self.of_order(resource, number, payload)

    def of_order(self, resource: str, number: str, payload: dict[str, Any] | None) -> Reply:
        order = self.orders[number]
        match resource:
            case "challenge" if payload is not None:
                self.answered.add(number)
                if self.challenge == "valid" and order.status == "pending":
                    order.status = "ready"
            case "finalize" if order.status != "ready":
                return Reply({"type": "urn:ietf:params:acme:error:orderNotReady"}, 403)
            case "finalize":
                assert payload is not None
                order.finalizations += 1
                order.chain = self.sign(x509.load_der_x509_csr(decode_b64jose(payload["csr"])))
                order.status = "valid"
                return self.order(number)
            case "certificate":
                return Reply(order.chain)
            case "order":
                return self.order(number)
        return self.authorization(number) if resource == "authorization" else Reply(self.challenged(number))

    def order(self, number: str) -> Reply:
        order = self.orders[number]
        shown = self.shows.get(order.status, order.status)
        return Reply(
            {
                "status": shown,
                "identifiers": [{"type": "dns", "value": order.name}],
                "authorizations": [f"{BASE}/authorization/{number}"],
                "finalize": f"{BASE}/finalize/{number}",
                **({"certificate": f"{BASE}/certificate/{number}"} if shown == "valid" else {}),
            }
        )

    def authorization(self, number: str) -> Reply:
        challenge = self.challenged(number)
        status = {"valid": "valid", "invalid": "invalid"}.get(challenge["status"], "pending")
        identifier = {"type": "dns", "value": self.orders[number].name}
        return Reply({"status": status, "identifier": identifier, "challenges": [challenge]})

    def challenged(self, number: str) -> dict[str, Any]:
        answered = number in self.answered
        return {
            "type": "dns-01",
            "url": f"{BASE}/challenge/{number}",
            "token": "t" * 43,
            "status": self.challenge if answered else "pending",
            **({"error": self.error} if answered and self.error else {}),
        }


def planned(replies: dict[str, list[Reply]], path: str) -> Reply | None:
    """Take the next reply that was planned for a path."""
    fitting = next((queue for pattern, queue in replies.items() if queue and re.search(pattern, path)), None)
    return fitting.pop(0) if fitting else None


class Wire(BaseAdapter):
    """Carries requests to a server, and its answers back."""

    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server

    @override
    def send(self, request: requests.PreparedRequest, *_: Any, **__: Any) -> requests.Response:
        assert request.url
        payload = json.loads(request.body or "{}").get("payload", "")
        reply = self._server.answer(
            request.method or "",
            request.url.removeprefix(BASE),
            json.loads(decode_b64jose(payload)) if payload else None,
        )
        if reply.error is not None:
            raise reply.error
        response = requests.Response()
        response.status_code, response.url, response.request = reply.status, request.url, request
        nonce = f"n{self._server.sent.total():05}"
        response.headers.update({"Replay-Nonce": nonce, **(reply.headers or {})})
        content = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
        response.raw = HTTPResponse(BytesIO(content), preload_content=False)
        return response

    @override
    def close(self) -> None:
        return None
