"""`clients add` and `clients remove`: edit the inventory file in place."""

from enum import StrEnum
from typing import Annotated

import typer

from relaykeeper.exit_codes import ExitCode
from relaykeeper.name_completion import complete_client, complete_relay, complete_vault
from relaykeeper.options import InventoryFile, Json

NewId = Annotated[str, typer.Argument(metavar="ID", help="What the inventory is to call it.", show_default=False)]
Id = Annotated[
    str,
    typer.Argument(
        metavar="ID", help="What the inventory calls the client.", show_default=False, autocompletion=complete_client
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Print the diff and write nothing.")]

ADD_EXAMPLES = (
    "relaykeeper clients add payroll --vault prod --relay prod --dry-run",
    "relaykeeper clients add payroll-dev --vault dev --relay dev --user payroll --secret payroll --mode manage",
    "relaykeeper clients add payroll --vault prod --relay prod --owner-team 'Payroll' --label team=payroll",
)
REMOVE_EXAMPLES = ("relaykeeper clients remove payroll --dry-run",)


class Mode(StrEnum):
    OBSERVE = "observe"
    MANAGE = "manage"


def add(
    id: NewId,  # noqa: A002 the inventory's word
    vault: Annotated[
        str,
        typer.Option(
            "--vault",
            metavar="NAME",
            help="The vault of its password, as the inventory calls it.",
            autocompletion=complete_vault,
        ),
    ],
    relay: Annotated[
        list[str],
        typer.Option(
            "--relay",
            metavar="NAME",
            help="A relay that accepts it; may be repeated.",
            autocompletion=complete_relay,
        ),
    ],
    user: Annotated[
        str | None, typer.Option("--user", metavar="NAME", help="The name that it logs in with, if not ID.")
    ] = None,
    secret: Annotated[
        str | None, typer.Option("--secret", metavar="NAME", help="The name of the secret in the vault, if not ID.")
    ] = None,
    mode: Annotated[
        Mode | None,
        typer.Option("--mode", help="observe changes nothing, and is the default; manage makes its password."),
    ] = None,
    max_age: Annotated[
        int | None, typer.Option("--max-age", metavar="DAYS", help="Replace its password after so many days.")
    ] = None,
    owner_team: Annotated[str | None, typer.Option("--owner-team", metavar="TEXT", help="Whose service it is.")] = None,
    owner_route: Annotated[
        str | None, typer.Option("--owner-route", metavar="NAME", help="The route of their alerts; with --owner-team.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="A label; may be repeated.")
    ] = None,
    inventory: InventoryFile = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Add a client to the inventory file; print the diff.

    Every other byte stays. The file is checked before it is written, and written whole or not at all. Nothing is
    deployed.
    """
    from relaykeeper.app.inputs import find_inventory
    from relaykeeper.files.inventory_edit import add_client, show, steps_after_adding, write

    given = {
        "user": user,
        "secret": secret,
        "vault": vault,
        "relays": list(dict.fromkeys(relay)),
        "mode": mode and str(mode),
        "max_age": max_age,
        "owner": owner_of(owner_team, owner_route),
        "labels": labels_of(label or []),
    }
    made = add_client(
        find_inventory(inventory), id, {key: value for key, value in given.items() if value is not None and value != {}}
    )
    if not dry_run:
        write(made)
    show(made, steps_after_adding(made, id), written=not dry_run, json=json)
    return ExitCode.DONE


def owner_of(team: str | None, route: str | None) -> dict[str, str]:
    """Return the owner as the inventory has it; raises UsageFailure for a route without a team."""
    from relaykeeper.failures import UsageFailure

    if route and not team:
        raise UsageFailure("--owner-route goes with --owner-team")
    return {key: value for key, value in {"team": team, "route": route}.items() if value}


def labels_of(labels: list[str]) -> dict[str, str]:
    """Return labels as the inventory has them; raises UsageFailure for one that is not KEY=VALUE."""
    from relaykeeper.failures import UsageFailure
    from shared.text import quoted

    found = {}
    for each in labels:
        key, equals, value = each.partition("=")
        if not equals or key in found:
            raise UsageFailure(f"{quoted(each)} is no label, or given twice: write --label KEY=VALUE")
        found[key] = value
    return found


def remove(
    id: Id,  # noqa: A002 the inventory's word
    inventory: InventoryFile = None,
    dry_run: DryRun = False,
    json: Json = False,
) -> int:
    """Take a client out of the inventory file; print the diff.

    Every other byte stays; comments on the lines of the client go. Nothing is deployed, and nothing is taken away from
    a relay or a vault.
    """
    from relaykeeper.app.inputs import find_inventory
    from relaykeeper.files.inventory_edit import remove_client, show, steps_after_removing, what_stays, write

    made = remove_client(find_inventory(inventory), id)
    if not dry_run:
        write(made)
    show(made, steps_after_removing(made, id), written=not dry_run, json=json, note=what_stays(made, id))
    return ExitCode.DONE
