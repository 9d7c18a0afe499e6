"""Completion of names that this machine knows: targets of the config file, entries of the inventory. It asks no app."""

from collections.abc import Callable, Iterable
from pathlib import Path

import typer

from shared.errors import RelaykeeperError

type Complete = Callable[[typer.Context, str], Iterable[str]]


def complete_target(incomplete: str) -> list[tuple[str, str]]:
    """Return the targets that begin so, each with its URL as help; none if the file cannot be read."""
    from relaykeeper.app.config import read_config

    try:
        targets = read_config().targets
    except RelaykeeperError:
        return []
    return [(name, target.app) for name, target in targets.items() if name.startswith(incomplete)]


def complete_kind(incomplete: str) -> list[str]:
    """Return the kinds of objects that begin so."""
    from relaykeeper.app.kinds import KINDS

    return [kind.name for kind in KINDS if kind.name.startswith(incomplete)]


def names_of(section: str) -> Complete:
    """Return what completes the names in a section of the inventory file; nothing if the file cannot be read."""

    def complete(context: typer.Context, incomplete: str) -> list[str]:
        from relaykeeper.app.inputs import find_inventory, read_text
        from shared.yaml_entries import find_section

        given = context.params.get("inventory")
        try:
            text = read_text(find_inventory(Path(given) if given else None, context.params.get("target")))
            names = find_section(text, section).names
        except RelaykeeperError:
            return []
        return [name for name in names if name.startswith(incomplete)]

    return complete


complete_certificate = names_of("certificates")
complete_client = names_of("clients")
complete_relay = names_of("relays")
complete_vault = names_of("vaults")


def complete_reference(context: typer.Context, incomplete: str) -> list[str]:
    """Return `certificate/NAME`, `client/ID` and `relay/NAME` of the inventory file that begin so."""
    return [
        f"{kind}/{name}"
        for kind, complete in (
            ("certificate", complete_certificate),
            ("client", complete_client),
            ("relay", complete_relay),
        )
        for name in complete(context, "")
        if f"{kind}/{name}".startswith(incomplete)
    ]


def complete_name_of_kind(context: typer.Context, incomplete: str) -> list[str]:
    """Return the names of the kind that stands before on the line, as far as the inventory file has them."""
    from relaykeeper.app.kinds import BY_WORD

    kind = BY_WORD.get(str(context.params.get("kind")))
    beginning = f"{kind.singular}/" if kind is not None else "/"
    found = complete_reference(context, f"{beginning}{incomplete}")
    return [each.removeprefix(beginning) for each in found]
