"""Following a kind of object: what is there, and each change from then on."""

import asyncio
import base64
import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from kubernetes import watch
from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from infra.local.node.api import PAUSE, TIMEOUT

WATCH_SECONDS = 300

REFUSED = (400, 401, 403, 404)
"""Answers that asking again will not change."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Seen:
    """An object that is there: new, changed, or as before."""

    object: Any


@dataclass(frozen=True, slots=True)
class Gone:
    """An object that was there."""

    object: Any


type Listing = Callable[..., Any]
type Receiver = Callable[[Seen | Gone], object]


async def follow(listing: Listing, receive: Receiver, listed: asyncio.Event) -> None:
    """Pass on what a list method of the API lists, and each change from then on, over restarts of the API server.

    `listed` is set when the first list was passed on. Returns never; raises what the API server will never take.
    """
    loop = asyncio.get_running_loop()
    broken: asyncio.Future[None] = loop.create_future()

    def in_thread() -> None:
        try:
            read(
                listing,
                lambda event: loop.call_soon_threadsafe(receive, event),
                lambda: loop.call_soon_threadsafe(listed.set),
            )
        except BaseException as error:  # noqa: BLE001 raised below, in the loop
            loop.call_soon_threadsafe(broken.set_exception, error)

    threading.Thread(target=in_thread, name=listing.__name__, daemon=True).start()
    await broken


def read(listing: Listing, receive: Receiver, listed: Callable[[], object]) -> None:
    known: dict[str, Any] = {}
    reached = True
    while True:
        try:
            page = listing(_request_timeout=TIMEOUT)
            current = {each.metadata.uid: each for each in page.items}
            for uid in known.keys() - current.keys():
                receive(Gone(known[uid]))
            for each in current.values():
                receive(Seen(each))
            listed()
            known, reached = current, True
            changes(listing, page.metadata.resource_version, known, receive)
        except (ApiException, HTTPError) as error:
            if isinstance(error, ApiException) and error.status in REFUSED:
                raise
            if reached:
                log.info("%s broke off (%s), lists again", listing.__name__, type(error).__name__)
            reached = False
            time.sleep(PAUSE)


def changes(listing: Listing, since: str, known: dict[str, Any], receive: Receiver) -> None:
    """Pass changes on, and keep up `known`, until the API server ends the watch."""
    patience = {"timeout_seconds": WATCH_SECONDS, "_request_timeout": (TIMEOUT[0], WATCH_SECONDS + TIMEOUT[1])}
    for event in watch.Watch().stream(listing, resource_version=since, **patience):
        changed = event["object"]
        if event["type"] == "DELETED":
            known.pop(changed.metadata.uid, None)
            receive(Gone(changed))
        else:
            known[changed.metadata.uid] = changed
            receive(Seen(changed))


def payload(secret: Any) -> dict[str, bytes]:
    """A V1Secret's content."""
    return {key: base64.b64decode(value) for key, value in (secret.data or {}).items()}
