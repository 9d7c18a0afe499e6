"""`clients flux` and `clients check`: the users of a relay in its lists in a Flux repository, or in the app."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from relaykeeper.options import InventoryFile, Json, Target

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
CHECK_EXAMPLES = (
    "relaykeeper clients check",
    "relaykeeper clients check --target prod --relay prod",
    "relaykeeper clients check --repo ../flux-config",
)


def flux(
    repo: Checkout,
    inventory: InventoryFile = None,
    relay: Relays = None,
    remove: Removals = None,
    json: Json = False,
) -> int:
    """Bring the lists of a Flux repository in step.

    Each list that the inventory names (relays.NAME.clients.lists) gets the users that it has for the relay. Names in
    a list that the inventory does not have are reported and stay. The diff is printed; nothing is committed or pushed.
    Nothing is written while a listed name lacks an enabled secret in Key Vault. Only names and dates of secrets are
    read, no password: the role Key Vault Reader is enough.
    """
    from relaykeeper.app.inputs import read_inventory
    from relaykeeper.flux.edit import edit_lists
    from relaykeeper.flux.lists import chosen_relays, open_repository
    from shared.compose_vaults import open_vaults

    read = read_inventory(inventory)
    relays = chosen_relays(read, relay or [])
    vaults, now = open_vaults(read), datetime.now(UTC)
    return edit_lists(open_repository(repo), relays, read, remove or [], vaults, now, json=json)


def check(
    repo: Annotated[
        Path | None,
        typer.Option("--repo", metavar="DIR", help="A checkout of the Flux repository; the app is not asked then."),
    ] = None,
    inventory: InventoryFile = None,
    relay: Relays = None,
    json: Json = False,
    target: Target = None,
) -> int:
    """Check clients in the app, or in a repository's lists.

    The app says of each client whether every replica accepts its newest password, and what is missing. With --repo the
    app is not asked: each name in the lists of that checkout must have an enabled secret, for pull requests. A listed
    name that lacks its secret keeps every pod of the relay from starting. Only names and dates of secrets are read, no
    password: the role Key Vault Reader is enough. Nothing is changed in either case.
    """
    if repo is None:
        return check_app(relay or [], inventory, target, json=json)
    return check_repository(repo, inventory, relay or [], target, json=json)


def check_app(relays: list[str], inventory: Path | None, target: str | None, *, json: bool) -> int:
    from relaykeeper.app.api import open_api
    from relaykeeper.failures import UsageFailure
    from relaykeeper.looking.client_check import check_clients

    if inventory is not None:
        raise UsageFailure("--inventory goes with --repo: the app has its own")
    return check_clients(open_api(target), relays, json=json)


def check_repository(repo: Path, inventory: Path | None, relays: list[str], target: str | None, *, json: bool) -> int:
    from relaykeeper.app.inputs import read_inventory
    from relaykeeper.flux.edit import check_lists
    from relaykeeper.flux.lists import chosen_relays, open_repository
    from shared.compose_vaults import open_vaults

    read = read_inventory(inventory, target)
    chosen = chosen_relays(read, relays)
    return check_lists(open_repository(repo), chosen, read, open_vaults(read), datetime.now(UTC), json=json)
