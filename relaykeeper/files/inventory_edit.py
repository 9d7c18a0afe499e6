"""Adds a client to an inventory file, or takes it out: every other byte stays, and nothing is written that is wrong."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from json import dumps
from pathlib import Path

from relaykeeper.app.inputs import STANDARD_INPUT, read_text
from relaykeeper.failures import UsageFailure
from relaykeeper.file_writing import only_one_at_a_time, replace_file
from relaykeeper.files.text_diff import unified_diff
from shared.errors import ConfigError, ConfigProblem
from shared.inventory import Client, Inventory, parse
from shared.inventory.names import dns_label
from shared.suggestions import advice
from shared.text import printable_line, quoted
from shared.yaml_entries import find_section, with_entry, without_entry
from shared.yaml_search import NotEditable

CLIENTS = "clients"


@dataclass(frozen=True, slots=True)
class Edit:
    """A file's text before and after, and what the later one means."""

    path: Path
    before: str
    after: str
    inventory: Inventory

    @property
    def diff(self) -> str:
        return "".join(unified_diff(str(self.path).lstrip("/"), self.before, self.after))

    def client_before(self, name: str) -> Client | None:
        """Return a client as it was; None if the inventory was not valid then."""
        return None if problems_of(self.before) else parse(self.before).clients.get(name)


def add_client(path: Path, name: str, fields: Mapping[str, object]) -> Edit:
    """Return the file with another client. Raises UsageFailure if there is one of that name, or it would be wrong."""
    try:
        dns_label(name)
    except ValueError as error:
        raise UsageFailure(f"cannot add client {quoted(name)}: the ID {error}") from None
    return edit(path, f"add client {quoted(name)} to {path}", lambda text: with_entry(text, CLIENTS, name, fields))


def remove_client(path: Path, name: str) -> Edit:
    """Return the file without a client. Raises UsageFailure if there is none of that name, or it would be wrong."""

    def remove(text: str) -> str:
        known = find_section(text, CLIENTS).names
        if name not in known:
            raise NotEditable(f"it has no such client; {advice(name, map(printable_line, known))}")
        return without_entry(text, CLIENTS, name)

    return edit(path, f"remove client {quoted(name)} from {path}", remove)


def edit(path: Path, tried: str, change: Callable[[str], str]) -> Edit:
    """Return the edit of a file; raises UsageFailure if it cannot be made, or the inventory would not be valid."""
    if path == STANDARD_INPUT:
        raise UsageFailure(f"cannot {tried}: standard input is no file that can be edited")
    before = read_text(path)
    try:
        after = change(before)
    except NotEditable as refused:
        raise UsageFailure(f"cannot {tried}: {refused}") from None
    try:
        return Edit(path, before, after, parse(after))
    except ConfigError as error:
        wrong = problems_of(before)
        whose = "it is not valid as it is" if wrong else "the inventory would not be valid"
        problems = [str(each) for each in wrong] or [f"{each.path}: {each.message}" for each in error.problems]
        listed = "".join(f"\n  {printable_line(each)}" for each in problems)
        raise UsageFailure(f"cannot {tried}: {whose}; nothing was written:{listed}") from None


def problems_of(text: str) -> tuple[ConfigProblem, ...]:
    try:
        parse(text)
    except ConfigError as error:
        return error.problems
    return ()


def write(made: Edit) -> None:
    """Replace the file whole. Raises UsageFailure if it cannot be written, or has changed since it was read."""
    with only_one_at_a_time(made.path):
        if read_text(made.path) != made.before:
            raise UsageFailure(f"cannot write {made.path}: it has changed since it was read; run the command again")
        replace_file(made.path, made.after.encode(), name=f"the inventory {made.path}")


def show(made: Edit, next_steps: list[str], *, written: bool, json: bool, note: str = "") -> None:
    """Print the diff, and to standard error what was done, what comes next, and what is not done by that; or JSON."""
    if json:
        found = {"file": str(made.path), "written": written, "diff": made.diff, "next": next_steps}
        print(dumps({**found, "note": note or None}, indent=2))
        return
    sys.stdout.write(made.diff)
    sys.stdout.flush()
    steps = [f"  {number}. {step}" for number, step in enumerate(next_steps, start=1)]
    done = "written." if written else "not written (--dry-run)."
    print("\n".join([f"{made.path}: {done} Next:", *steps, *filter(None, [note])]), file=sys.stderr)


def steps_after_adding(made: Edit, name: str) -> list[str]:
    """Return what people do after a client was added."""
    client = made.inventory.clients[name]
    password = f"its password, {client.vault}/{client.secret}"
    does = f"makes {password}" if client.mode == "manage" else f"only looks at {password} (--mode manage makes it)"
    return [
        f"relaykeeper plan --inventory {made.path}",
        f"Deploy the inventory (docs/operations.md). The app {does}.",
        *list_edits(made, client),
        f"relaykeeper get clients {name}",
    ]


def steps_after_removing(made: Edit, name: str) -> list[str]:
    """Return what people do after a client was taken out."""
    loss = (
        "If it loses more than one client at once, no client is changed until a person confirms it (relaykeeper "
        "clients confirm-removals; docs/runbook.md, ClientsLost)"
    )
    client = made.client_before(name)
    removals = [f"{edit} --remove {client.user}" for edit in list_edits(made, client)] if client else []
    return [
        f"relaykeeper plan --inventory {made.path}",
        f"Deploy the inventory (docs/operations.md). {loss}.",
        *removals,
    ]


def what_stays(made: Edit, name: str) -> str:
    """Say what removing a client from the inventory does not do."""
    client = made.client_before(name)
    where = f"{' and '.join(client.relays)} accepts user {client.user}" if client else "relays accept its user"
    secret = f"{client.vault}/{client.secret}" if client else "its secret"
    return (
        f"Nothing is taken away: {where} until you delete its file from the Secret, or its name from the list; "
        f"{secret} keeps its password (docs/runbook.md, ClientUndeclared)."
    )


def list_edits(made: Edit, client: Client) -> list[str]:
    """Return the commands that bring a client's relays' lists in a Flux repository in step."""
    relays = [relay for relay in client.relays if made.inventory.relays[relay].clients.lists]
    return [f"relaykeeper clients flux --inventory {made.path} --repo DIR --relay {relay}" for relay in relays]
