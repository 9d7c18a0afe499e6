"""What `clients flux` and `clients check` do to lists of clients: bring them in step with the inventory, check them."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from relaykeeper.exit_codes import ExitCode
from relaykeeper.files.text_diff import unified_diff
from relaykeeper.flux.lists import (
    FileChange,
    ListChange,
    Repository,
    check_removals,
    listed_names,
    plan_changes,
)
from relaykeeper.flux.secrets import ListedName, SecretVerdict, judge_secrets, listed_secrets
from relaykeeper.output import print_json
from shared.errors import PermanentError
from shared.inventory import Inventory
from shared.inventory.relays import Relay
from shared.ports import Vaults
from shared.text import counted, printable_line


def edit_lists(
    repository: Repository,
    relays: Sequence[Relay],
    inventory: Inventory,
    remove: Sequence[str],
    vaults: Vaults,
    now: datetime,
    *,
    json: bool = False,
) -> int:
    """Write the clients of these relays into their lists, print the diff and what was done; or both as JSON.

    Raises PermanentError, with nothing written, if a list cannot be edited or a listed name lacks an enabled secret.
    """
    changes = plan_changes(repository, relays, inventory, remove)
    files = repository.changes()
    if files:
        names = [name for change in changes for name in listed_secrets(change.relay, change.after, inventory)]
        refuse_unusable(ask_vaults(names, vaults, now))
    for number, file in enumerate(files):
        write(repository, file, files[:number])
    diffs = {file.path: list(unified_diff(file.path, file.before, file.after)) for file in files}
    done = [printable_line(line) for line in (*report(changes, inventory), *check_removals(changes, remove))]
    if json:
        changed = [{"path": path, "diff": "".join(lines)} for path, lines in diffs.items()]
        print_json({"files": changed, "lists": done})
        return ExitCode.DONE
    for lines in diffs.values():
        sys.stdout.writelines(lines)
    for line in done:
        print(line)
    print(f"{counted(len(files), 'file')} changed, nothing committed." if files else "Nothing to change.")
    return ExitCode.DONE


def check_lists(
    repository: Repository,
    relays: Sequence[Relay],
    inventory: Inventory,
    vaults: Vaults,
    now: datetime,
    *,
    json: bool = False,
) -> int:
    """Print a line, or an object, for each listed name and its vault; return whether one lacks an enabled secret."""
    names = [
        name
        for relay in relays
        for place in relay.clients.lists
        for name in listed_secrets(relay, listed_names(repository, relay, place), inventory)
    ]
    verdicts = ask_vaults(names, vaults, now)
    if json:
        print_json({"names": [verdict.document() for verdict in verdicts]})
    else:
        for verdict in verdicts:
            print(printable_line(f"{'ok' if verdict.usable else 'FAIL'} {verdict}"))
    wrong = [verdict for verdict in verdicts if not verdict.usable]
    print(f"{counted(len(verdicts), 'listed name')}, {len(wrong) or 'none'} without a usable secret.", file=sys.stderr)
    return ExitCode.NOT_AS_IT_SHOULD_BE if wrong else ExitCode.DONE


def ask_vaults(names: Sequence[ListedName], vaults: Vaults, now: datetime) -> list[SecretVerdict]:
    asked = dict.fromkeys(name.secret.vault for name in names if name.secret is not None)
    if asked:
        print(f"Asking Key Vault ({', '.join(asked)}) for the names and dates of secrets ...", file=sys.stderr)
    return judge_secrets(names, vaults, now)


def refuse_unusable(verdicts: Iterable[SecretVerdict]) -> None:
    wrong = [verdict for verdict in verdicts if not verdict.usable]
    if wrong:
        listed = "\n".join(printable_line(str(verdict)) for verdict in wrong)
        raise PermanentError(
            f"nothing was written: {counted(len(wrong), 'listed name')} without a usable secret would keep pods from "
            f"starting:\n{listed}"
        )


def write(repository: Repository, file: FileChange, written: Sequence[FileChange]) -> None:
    """Write one file; raises PermanentError, which says what was written before it."""
    try:
        repository.write(file)
    except PermanentError as error:
        before = ", ".join(each.path for each in written) or "nothing"
        raise PermanentError(f"{error}. Written before it: {before}") from error


def report(changes: Iterable[ListChange], inventory: Inventory) -> Iterator[str]:
    """Yield what was done to each list, and which names in it the inventory does not have."""
    for change in changes:
        users = {client.user for client in inventory.clients_of(change.relay.name)}
        parts = [
            f"{what} {', '.join(names)}"
            for what, names in (("added", change.added), ("removed", change.removed))
            if names
        ]
        yield f"{change}: {'; '.join(parts) or 'unchanged'}"
        if strangers := [name for name in change.after if name not in users]:
            yield (
                f"{change}: not in the inventory, and left alone: {', '.join(strangers)}. To remove one: "
                f"--relay {change.relay.name} --remove USER"
            )
