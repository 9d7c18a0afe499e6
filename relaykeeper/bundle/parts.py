"""What goes into a bundle: each part with where it is from, how it is read, and how secrets are kept out of it."""

import importlib.metadata
import json
import platform
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from relaykeeper.app.api import Api
from relaykeeper.app.reading import as_object
from relaykeeper.bundle.redaction import Redaction
from relaykeeper.looking.records import read_records
from relaykeeper.moments import rfc3339
from shared.errors import PermanentError
from shared.version import RELEASE

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Part:
    """A file of a bundle. `read` returns its text without secrets, which it counts in the Redaction.

    `of_app`: the app is asked for it.
    """

    name: str
    source: str
    read: Callable[[Redaction], str]
    of_app: bool = False


def app_parts(api: Api, since: datetime) -> Iterator[Part]:
    """Yield what the app has: first what it reads from storage, last what it looks at vaults and replicas for."""
    yield from_json("health.json", "health/parts", api)
    for name in ("relays", "pauses", "alerts"):
        yield from_json(f"{name}.json", name, api)
    yield from_json("requests.json", "requests", api, limit="100")
    yield Part("history.jsonl", "GET /api/history", lambda redaction: history(api, since, redaction), of_app=True)
    yield Part("metrics.txt", "GET /api/metrics", lambda redaction: metrics(api, redaction), of_app=True)
    yield Part("api-version.json", "GET /api/openapi.json", lambda _: api_version(api), of_app=True)
    for name in ("clients", "certificates", "plan"):
        yield from_json(f"{name}.json", name, api)


def from_json(name: str, path: str, api: Api, **query: str) -> Part:
    def read(redaction: Redaction) -> str:
        return as_text(redaction.document(api.get(path, **query).document))

    return Part(name, f"GET /api/{path}", read, of_app=True)


def as_text(document: Any) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def history(api: Api, since: datetime, redaction: Redaction) -> str:
    records = read_records(api, since=rfc3339(since), limit="1000")
    return json_lines(map(redaction.document, records))


def json_lines(records: Iterable[Any]) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def metrics(api: Api, redaction: Redaction) -> str:
    return redaction.by_shape(api.get("metrics").text.decode(errors="replace"))


def api_version(api: Api) -> str:
    answer = api.get("openapi.json")
    document = as_object(answer, answer.document)
    return as_text({"openapi": document.get("openapi"), "info": document.get("info")})


def versions_part() -> Part:
    def read(_: Redaction) -> str:
        packages = sorted({f"{each.name}=={each.version}" for each in importlib.metadata.distributions()})
        return as_text(
            {
                "command": RELEASE,
                "python": platform.python_version(),
                "platform": f"{platform.system()} {platform.machine()}",
                "packages": packages,
            }
        )

    return Part("versions.json", "this machine", read)


def log_part(number: int, path: Path, mebibytes: int) -> Part:
    """Return the end of a log file; its name stands behind a number, since two logs may be called alike."""
    name = "".join(each if each.isascii() and (each.isalnum() or each in "._-") else "_" for each in path.name)
    return Part(f"logs/{number}-{name}", f"the last {mebibytes} MiB of {path}", lambda r: r.text(tail(path, mebibytes)))


def tail(path: Path, mebibytes: int) -> str:
    """Return the end of a file, from a line's beginning on. Raises PermanentError if it is none, or cannot be read."""
    try:
        size, mode = path.stat().st_size, path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise PermanentError(f"cannot read {path}: it is no file")
        with path.open("rb") as file:
            file.seek(max(0, size - mebibytes * MIB))
            cut = file.tell() > 0
            text = file.read(mebibytes * MIB).decode(errors="replace")
    except OSError as error:
        raise PermanentError(f"cannot read {path}: {error.strerror or error}") from None
    return text.partition("\n")[2] if cut else text
