"""`clients flux` and `clients check`: the users of a relay in its lists in a Flux repository."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from relaykeeper.options import InventoryFile

Checkout = Annotated[Path, typer.Option("--repo", metavar="DIR", help="A checkout of the Flux repository.")]
Relays = Annotated[
    list[str] | None, typer.Option("--relay", metavar="NAME", help="Only lists of this relay; may be repeated.")
]
Removals = Annotated[
    list[str] | None,
    typer.Option(
        "--remove",
        metavar="USER",
        help="Take this user, which the inventory no longer has for the relay, out of the lists; may be repeated.",
    ),
]

FLUX_EXAMPLES = (
    "relaykeeper clients flux --repo ../flux-config",
    "relaykeeper clients flux --repo ../flux-config --relay prod --remove payroll",
)
CHECK_EXAMPLES = ("relaykeeper clients check --repo ../flux-config",)


def flux(repo: Checkout, inventory: InventoryFile = None, relay: Relays = None, remove: Removals = None) -> int:
    """Bring the lists of clients in a Flux repository in step with the inventory.

    Each list that the inventory names (relays.NAME.clients.lists) gets the users that it has for that relay. Names in
    a list that the inventory does not have are reported and stay. The diff is printed; nothing is committed or pushed.
    Nothing is written while a listed name lacks an enabled secret in Key Vault. Only names and dates of secrets are
    read, no password: the role Key Vault Reader is enough.
    """
    from relaykeeper.flux_edit import edit_lists
    from relaykeeper.flux_lists import chosen_relays, open_repository
    from relaykeeper.inputs import read_inventory
    from shared.compose_vaults import open_vaults

    read = read_inventory(inventory)
    relays = chosen_relays(read, relay or [])
    return edit_lists(open_repository(repo), relays, read, remove or [], open_vaults(read), datetime.now(UTC))


def check(repo: Checkout, inventory: InventoryFile = None, relay: Relays = None) -> int:
    """Check that each name in the lists of a Flux repository has an enabled secret; for pull requests.

    A listed name that lacks its secret keeps every pod of the relay from starting. Writes nothing. Only names and
    dates of secrets are read, no password: the role Key Vault Reader is enough.
    """
    from relaykeeper.flux_edit import check_lists
    from relaykeeper.flux_lists import chosen_relays, open_repository
    from relaykeeper.inputs import read_inventory
    from shared.compose_vaults import open_vaults

    read = read_inventory(inventory)
    relays = chosen_relays(read, relay or [])
    return check_lists(open_repository(repo), relays, read, open_vaults(read), datetime.now(UTC))
