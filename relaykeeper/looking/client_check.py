"""Whether the clients of an app are accepted wherever they should be, one line each."""

import sys
from collections.abc import Iterator, Sequence

from relaykeeper.app.api import Api
from relaykeeper.exit_codes import ExitCode
from relaykeeper.failures import UsageFailure
from shared.api.client_view import ClientView
from shared.api.clients import ClientsView
from shared.text import counted, printable_line, quoted


def check_clients(api: Api, relays: Sequence[str], *, json: bool) -> int:
    """Print each client's line, or the app's document; return whether one is not as it should be.

    Only clients of `relays` are looked at, if any is given. Raises UsageFailure if one of them has no client, and what
    Api.get does.
    """
    found = api.get("clients").read(ClientsView)
    for relay in relays:
        if not any(is_at(client, [relay]) for client in found.clients):
            raise UsageFailure(f"no client is at a relay {quoted(relay)}: relaykeeper get clients lists all")
    chosen = found.model_copy(update={"clients": tuple(each for each in found.clients if is_at(each, relays))})
    wrong = [client for client in chosen.clients if is_wrong(client)]
    if json:
        print(chosen.model_dump_json(indent=2))
    else:
        for line in lines(chosen):
            print(printable(line))
        print(f"{counted(len(chosen.clients), 'client')}, {len(wrong)} with a fault.", file=sys.stderr)
    return ExitCode.NOT_AS_IT_SHOULD_BE if wrong or chosen.loss else ExitCode.DONE


def is_at(client: ClientView, relays: Sequence[str]) -> bool:
    return not relays or any(place.place.partition("@")[0] in relays for place in client.places)


def is_wrong(client: ClientView) -> bool:
    return not client.ready or bool(client.faults)


def lines(found: ClientsView) -> Iterator[str]:
    """Yield what was lost, and a line for each client; below one that is not as it should be, what is wrong besides."""
    if found.loss:
        yield f"FAIL {found.loss}"
    for client in found.clients:
        yield f"{'FAIL' if is_wrong(client) else 'ok'} {client.id}: {client.message}"
        yield from (f"  its password: {fault.message}" for fault in client.faults)
        yield from (f"  not read: {source}: {why}" for source, why in client.errors.items())


def printable(line: str) -> str:
    indent = len(line) - len(line.lstrip(" "))
    return line[:indent] + printable_line(line)
