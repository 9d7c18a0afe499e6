"""`get`: certificates, clients, relays, requests, pauses and alerts, one line each."""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from relaykeeper import moments
from relaykeeper.app.kinds import ALERTS, BY_WORD, OBJECTS, PAUSES, Kind, choose_named, kind_named
from relaykeeper.exit_codes import ExitCode
from relaykeeper.failures import UsageFailure
from relaykeeper.name_completion import complete_kind, complete_name_of_kind
from relaykeeper.options import Json, Target
from relaykeeper.output import Cell, Output, OutputOption, choose_output, note, print_json, print_rows, print_yaml
from shared.text import counted

if TYPE_CHECKING:
    from relaykeeper.app.api import Api
    from relaykeeper.app.selector import Selector

EXAMPLES = (
    "relaykeeper get",
    "relaykeeper get certificates -o wide",
    "relaykeeper get clients --selector team=mail",
    "relaykeeper get requests --watch",
    "relaykeeper get cert -o json | jq -r '.[] | select(.ready | not) | .name'",
)


def get(
    kind: Annotated[
        str | None,
        typer.Argument(
            metavar="[KIND]",
            help="certificates, clients, relays, requests, pauses or alerts; the first three of them if none is given. "
            "KIND/NAME works too.",
            autocompletion=complete_kind,
        ),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[NAME]...",
            help="Only these; of requests, pauses and alerts also what they are about.",
            autocompletion=complete_name_of_kind,
        ),
    ] = None,
    selector: Annotated[
        str | None,
        typer.Option("--selector", "-l", metavar="LABELS", help="Only those with these labels: team=mail,!old."),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", "-w", help="Go on: one line per change, until Ctrl-C. JSON and YAML: one document each."
        ),
    ] = False,
    output: OutputOption = None,
    json: Json = False,
    target: Target = None,
) -> int:
    """List certificates, clients, relays, requests, alerts.

    SERVED and ACCEPTED count the places that have what is STORED; EXPIRES is the first expiry of what is served. It
    ends with 0 if everything could be read, whether or not it is ready: READY says that, and `status` its exit code.
    """
    from relaykeeper.app.api import open_api

    kinds, wanted = chosen_kinds(kind, tuple(names or ()))
    how = choose_output(output, json)
    labels = chosen_labels(selector, kinds)
    if watch and len(kinds) > 1:
        raise UsageFailure("--watch needs a kind, for example: relaykeeper get certificates --watch")
    api = open_api(target)
    if watch:
        return watch_items(kinds[0], partial(read_items, api, kinds[0], wanted, labels), how)
    found = {each: read_items(api, each, wanted, labels) for each in kinds}
    print_all(found, how, moments.now())
    if len(found) > 1 and how in (Output.TABLE, Output.WIDE):
        tell_what_else(api)
    return ExitCode.DONE


def chosen_kinds(word: str | None, names: tuple[str, ...]) -> tuple[tuple[Kind, ...], tuple[str, ...]]:
    """Return the kinds that are asked for, and the names of objects of them. Raises UsageFailure."""
    if word is None:
        return OBJECTS, ()
    if not any("/" in each for each in (word, *names)):
        return (kind_named(word),), names
    kind = kind_named(word.partition("/")[0])
    given = (word, *names) if "/" in word else names
    return (kind,), tuple(bare_name(kind, each) for each in given)


def bare_name(kind: Kind, given: str) -> str:
    """Return NAME of KIND/NAME; of requests, pauses and alerts what they are about is written so too."""
    word, slash, name = given.partition("/")
    if not slash or (word in BY_WORD and BY_WORD[word] is not kind and kind not in OBJECTS):
        return given
    if kind_named(word) is not kind:
        raise UsageFailure(f"{given} is no {kind.singular}: ask for one kind at a time")
    return name


def chosen_labels(selector: str | None, kinds: Iterable[Kind]) -> "Selector | None":
    """Return what labels must be. Raises UsageFailure."""
    if selector is None:
        return None
    from relaykeeper.app.selector import parse_selector

    if unlabelled := next((kind for kind in kinds if not kind.has_labels), None):
        raise UsageFailure(f"--selector chooses certificates, clients and relays: {unlabelled.name} have no labels")
    try:
        return parse_selector(selector)
    except ValueError as wrong:
        raise UsageFailure(str(wrong)) from None


def read_items(
    api: "Api", kind: Kind, names: tuple[str, ...], labels: "Selector | None", *, all_exist: bool = True
) -> list[dict[str, Any]]:
    """Return the API's own objects that are asked for; what else it could not read is said on standard error.

    An object that the API has at a path of its own is asked for alone: a list of certificates takes a handshake with
    every replica. Raises UsageFailure for an unknown name, besides what `Api.get` raises.
    """
    from relaykeeper.app.reading import read_list, read_one

    if names and kind in OBJECTS:
        items = [read_one(api, kind, name) for name in dict.fromkeys(names)]
    else:
        items = choose_named(kind, read_list(api, kind), names, all_exist=all_exist)
    return [item for item in items if labels is None or labels.matches(item.get("labels", {}))]


def print_all(found: dict[Kind, list[dict[str, Any]]], how: Output, at: datetime) -> None:
    match how:
        case Output.JSON:
            print_json(plain(found))
        case Output.YAML:
            print_yaml(plain(found))
        case Output.NAME:
            for kind, items in found.items():
                for item in items:
                    print_rows([(Cell(kind.refer_to(item)),)], ())
        case Output.TABLE | Output.WIDE:
            print_tables(found, at, wide=how is Output.WIDE)


def plain(found: dict[Kind, list[dict[str, Any]]]) -> Any:
    """Return the list of one kind; of several, the lists by kind."""
    if len(found) == 1:
        return next(iter(found.values()))
    return {kind.name: items for kind, items in found.items()}


def tell_what_else(api: "Api") -> None:
    """Say on standard error how many alerts fire and what is paused: a person who looks at everything wants to know."""
    from relaykeeper.app.reading import read_list
    from shared.errors import PermanentError, TransientError

    try:
        firing = sum(alert.get("state") == "firing" for alert in read_list(api, ALERTS))
        pauses = len(read_list(api, PAUSES))
    except (TransientError, PermanentError) as failure:
        note(str(failure))
        return
    if firing:
        note(f"{counted(firing, 'alert')} firing: relaykeeper get alerts")
    if pauses:
        note(f"{counted(pauses, 'pause')} in force: relaykeeper get pauses")


def print_tables(found: dict[Kind, list[dict[str, Any]]], at: datetime, *, wide: bool) -> None:
    from relaykeeper.looking.tables import columns_of, views_of
    from relaykeeper.output import print_table

    for number, (kind, items) in enumerate(found.items()):
        views = views_of(kind, items)
        if number:
            print()
        if len(found) > 1:
            print(kind.name.upper())
        if views:
            print_table(views, columns_of(kind, at, wide=wide))
        elif len(found) > 1:
            print("none")
        else:
            note(f"no {kind.name}")


def watch_items(kind: Kind, ask: Callable[..., list[dict[str, Any]]], how: Output) -> int:
    """Print what there is, then each object again when it changes, until Ctrl-C. A request, a pause or an alert may end
    meanwhile."""
    from relaykeeper.looking.watch_output import WatchOutput
    from relaykeeper.looking.watching import ask_again

    printed = WatchOutput(kind, how)
    printed.show(ask(), moments.now())
    for items in ask_again(partial(ask, all_exist=False), kind.seconds):
        printed.show(items, moments.now())
    return ExitCode.DONE
