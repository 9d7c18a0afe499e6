"""`config`: the apps that the command remembers by name, and what is in force. It never shows or stores a key."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from relaykeeper.exit_codes import ExitCode
from relaykeeper.name_completion import complete_target
from relaykeeper.options import Json, Target

if TYPE_CHECKING:
    from relaykeeper.app.config import Config

Name = Annotated[
    str,
    typer.Argument(metavar="NAME", help="What you call the app.", autocompletion=complete_target, show_default=False),
]

SHOW_EXAMPLES = ("relaykeeper config show", "relaykeeper config show --target prod --json")
SET_EXAMPLES = (
    "relaykeeper config set prod --app https://APP.azurewebsites.net --inventory inventory.yaml",
    "relaykeeper config set prod --app-id 00000000-0000-0000-0000-000000000000",
)
USE_EXAMPLES = ("relaykeeper config use prod",)
REMOVE_EXAMPLES = ("relaykeeper config remove prod",)


def show(target: Target = None, json: Json = False) -> int:
    """Show what is in force, and from where; never a key.

    The app, its app id, as whom it is called, and the inventory: from a flag, the environment or the config file. Then
    the targets of the config file; `*` marks the default.
    """
    from relaykeeper.app.settings_in_force import as_json, as_text, settings_in_force

    found = settings_in_force(target)
    print(as_json(found) if json else as_text(found))
    return ExitCode.DONE


def remember(
    name: Name,
    app: Annotated[str | None, typer.Option("--app", metavar="URL", help="The app's URL, https://HOST.")] = None,
    app_id: Annotated[
        str | None,
        typer.Option(
            "--app-id",
            metavar="ID",
            help="The application (client) id of its registration in Entra ID, for which a token is taken; '' for "
            "none: a function key is sent then.",
        ),
    ] = None,
    inventory: Annotated[
        str | None,
        typer.Option(
            "--inventory", metavar="FILE", help="The file of the inventory that is deployed there; '' for none."
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Remember an app by a name, or change what is given.

    What is not given stays. The first target becomes the default. The file is written anew, without its comments.
    """
    from dataclasses import replace

    from relaykeeper.app.config import Config, TargetConfig, change_config
    from relaykeeper.failures import UsageFailure

    place = str(Path(inventory).absolute()) if inventory else inventory
    given = {"app": app, "app_id": app_id, "inventory": place}

    def change(config: Config) -> Config:
        known = config.targets.get(name)
        if known is None and not app:
            raise UsageFailure(f"there is no target {name!r} yet: give its URL, --app https://APP.azurewebsites.net")
        values = {key: value for key, value in given.items() if value is not None}
        return config.with_target(name, replace(known or TargetConfig(""), **values))

    changed = change_config(change)
    default = ", the default" if changed.target == name else ""
    print_config(changed, f"{changed.path} has the target {name}{default}.", json)
    if place and not Path(place).is_file():
        typer.echo(f"there is no file {place} yet", err=True)
    return ExitCode.DONE


def use(name: Name, json: Json = False) -> int:
    """Make a target the default."""
    from relaykeeper.app.config import change_config

    changed = change_config(lambda config: config.with_default(name))
    print_config(changed, f"The default is {name}, {changed.targets[name].app}.", json)
    return ExitCode.DONE


def remove(name: Name, json: Json = False) -> int:
    """Forget a target; nothing is changed at the app."""
    from relaykeeper.app.config import change_config

    changed = change_config(lambda config: config.without_target(name))
    default = changed.target or "none now: choose one with relaykeeper config use NAME, or give --target"
    print_config(changed, f"{changed.path} has no target {name} any more. The default is {default}.", json)
    return ExitCode.DONE


def print_config(config: "Config", sentence: str, json: bool) -> None:
    """Print what was done; as JSON, the file that it came to."""
    from relaykeeper.app.settings_in_force import config_document
    from relaykeeper.output import print_json

    if json:
        print_json(config_document(config))
    else:
        print(sentence)
