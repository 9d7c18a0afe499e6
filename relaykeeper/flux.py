"""`python -m relaykeeper flux`: the users of a relay in its lists in a Flux repository."""

from argparse import ArgumentParser, Namespace
from datetime import UTC, datetime
from pathlib import Path

from relaykeeper.command import Command
from shared.errors import PermanentError

SUMMARY = "Bring the lists of clients in a Flux repository in step with the inventory, or check them."
DESCRIPTION = """\
Each list that the inventory names (relays.NAME.clients.lists) gets the users that it has for that relay. Names in a
list that the inventory does not have are reported and stay. The diff is printed; nothing is committed or pushed.
Nothing is written while a listed name lacks an enabled secret in Key Vault. `flux check`, for pull requests, writes
nothing and says for each listed name whether it has one. Only names and dates of secrets are read, no password: the
role Key Vault Reader is enough. Exit status: 0 done, or all have a secret; 2 something is wrong."""


def add_arguments(parser: ArgumentParser) -> None:
    parser.description = DESCRIPTION
    parser.add_argument("action", nargs="?", choices=["check"], help="check the lists as they are, and change nothing")
    parser.add_argument("--repo", type=Path, required=True, metavar="DIR", help="a checkout of the Flux repository")
    parser.add_argument(
        "--inventory", type=Path, metavar="FILE", help="the inventory; what RELAYKEEPER_INVENTORY names unless given"
    )
    parser.add_argument(
        "--relay", action="append", default=[], metavar="NAME", help="only lists of this relay; may be repeated"
    )
    parser.add_argument(
        "--remove",
        action="append",
        default=[],
        metavar="USER",
        help="take this user, which the inventory no longer has for the relay, out of the lists; may be repeated",
    )


def run(arguments: Namespace) -> int:
    from relaykeeper.flux_edit import check_lists, edit_lists
    from relaykeeper.flux_lists import chosen_relays, open_repository
    from relaykeeper.inputs import read_inventory
    from shared.compose_vaults import open_vaults

    if arguments.action and arguments.remove:
        raise PermanentError("--remove changes lists, which check does not do; leave out one of the two")
    inventory = read_inventory(arguments.inventory)
    relays = chosen_relays(inventory, arguments.relay)
    repository = open_repository(arguments.repo)
    vaults, now = open_vaults(inventory), datetime.now(UTC)
    if arguments.action:
        return check_lists(repository, relays, inventory, vaults, now)
    return edit_lists(repository, relays, inventory, arguments.remove, vaults, now)


FLUX = Command("flux", SUMMARY, add_arguments, run)
