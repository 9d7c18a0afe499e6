"""Everything that an app knows about one object, as `status` reads it; what cannot be read does not hide the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from relaykeeper.app.api import Api
from relaykeeper.app.kinds import ALERTS, BY_WORD, CERTIFICATES, OBJECTS, RELAYS, REQUESTS, Kind
from relaykeeper.app.reading import as_object, read_list, read_one
from relaykeeper.failures import UsageFailure
from relaykeeper.looking.records import read_records
from shared.errors import PermanentError, TransientError
from shared.text import quoted

LAST_REQUESTS = 3
LAST_RECORDS = 8


@dataclass(slots=True)
class Situation:
    """An object of the API, and what else concerns it; objects are the API's own. `not_read` says why, by source.

    `certificates` are those that a relay serves, empty for another kind; `health` is that of the app, if it was read.
    """

    kind: Kind
    document: dict[str, Any]
    alerts: list[dict[str, Any]] = field(default_factory=list)
    requests: list[dict[str, Any]] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    certificates: list[dict[str, Any]] = field(default_factory=list)
    health: dict[str, Any] | None = None
    not_read: dict[str, str] = field(default_factory=dict)

    @property
    def reference(self) -> str:
        return self.kind.refer_to(self.document)

    @property
    def ready(self) -> bool:
        return self.document.get("ready") is True


def read_situation(api: Api, given: str) -> Situation:
    """Read everything about `KIND/NAME`, or the only object of a name. Raises UsageFailure if there is none, or if
    there are several, and what Api.get raises for the object itself."""
    kind, document = find_object(api, given)
    found = Situation(kind, document)
    reference = found.reference

    def read[T](source: str, ask: Callable[[], T], otherwise: T) -> T:
        try:
            return ask()
        except (TransientError, PermanentError) as failure:
            found.not_read[source] = str(failure)
            return otherwise

    found.alerts = read("alerts", lambda: alerts_about(api, reference), [])
    found.requests = read("requests", lambda: last_requests(api, reference), [])
    found.history = read("history", lambda: last_records(api, reference), [])
    found.health = read("health", lambda: read_health(api), None)
    if kind is RELAYS:
        found.certificates = read("certificates", lambda: certificates_at(api, document["name"]), [])
    return found


def alerts_about(api: Api, reference: str) -> list[dict[str, Any]]:
    return [each for each in read_list(api, ALERTS) if concerns(each, reference)]


def last_requests(api: Api, reference: str) -> list[dict[str, Any]]:
    return read_list(api, REQUESTS, target=reference, limit=str(LAST_REQUESTS))


def last_records(api: Api, reference: str) -> list[dict[str, Any]]:
    """Return the last records about an object, the newest last."""
    newest = read_records(api, target=reference, order="newest", limit=str(LAST_RECORDS))
    return list(islice(newest, LAST_RECORDS))[::-1]


def certificates_at(api: Api, relay: str) -> list[dict[str, Any]]:
    return [each for each in read_list(api, CERTIFICATES) if is_served_by(relay, each)]


def find_object(api: Api, given: str) -> tuple[Kind, dict[str, Any]]:
    word, slash, name = given.partition("/")
    if slash and (kind := BY_WORD.get(word)) in OBJECTS and kind is not None:
        return kind, read_one(api, kind, name)
    if slash:
        raise UsageFailure(f"{quoted(given)} is not certificate/NAME, client/ID or relay/NAME, nor a bare name of them")
    found, unknown = [], []
    for kind in OBJECTS:
        try:
            found.append((kind, read_one(api, kind, given)))
        except UsageFailure as failure:
            unknown.append(str(failure))
    if len(found) == 1:
        return found[0]
    if found:
        names = " or ".join(each.refer_to(document) for each, document in found)
        raise UsageFailure(f"{quoted(given)} is the name of several objects: write {names}")
    raise UsageFailure("\n  ".join([f"there is no certificate, client or relay {quoted(given)}:", *unknown]))


def read_health(api: Api) -> dict[str, Any]:
    answer = api.get("health/parts")
    return as_object(answer, answer.document)


def concerns(alert: Mapping[str, Any], reference: str) -> bool:
    """Say whether an alert is about an object, or at a relay."""
    kind, _, name = reference.partition("/")
    at_relay = kind == RELAYS.singular and str(alert.get("place") or "").partition("@")[0] == name
    return alert.get("object") == reference or at_relay


def is_served_by(relay: str, certificate: Mapping[str, Any]) -> bool:
    return any(place["place"].partition("@")[0] == relay for place in certificate["places"])
