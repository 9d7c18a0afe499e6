"""`history`: who did what, when and why."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from relaykeeper import moments
from relaykeeper.exit_codes import ExitCode
from relaykeeper.failures import UsageFailure
from relaykeeper.name_completion import complete_reference
from relaykeeper.options import Json, Target

if TYPE_CHECKING:
    from relaykeeper.app.api import Api

EXAMPLES = (
    "relaykeeper history --since 2h",
    "relaykeeper history --object certificate/prod-mail --since 2026-11-01 --limit 0",
    "relaykeeper history --actor timer --follow",
    "relaykeeper history --since 7d --json | jq -r 'select(.event == \"rollback\") | .outcome'",
)

LATE = timedelta(minutes=2)
"""How much later than its time a record may be appended, by a worker that was slow."""

WHEN = 22
"""Cells before a sentence: when it was."""

SECONDS = 5.0
LARGEST_PAGE = 1000


def history(
    since: Annotated[
        str, typer.Option("--since", metavar="WHEN", help="2h, 7d, a date, or RFC 3339: from then on.")
    ] = "30d",
    until: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Before then; now unless given.")] = None,
    actor: Annotated[
        str | None,
        typer.Option(
            "--actor",
            metavar="NAME",
            help="Of a person's name or id, or of timer, person, application, 'function key'.",
        ),
    ] = None,
    about: Annotated[
        str | None,
        typer.Option(
            "--object",
            metavar="KIND/NAME",
            help="About one object: certificate/prod-mail.",
            autocompletion=complete_reference,
        ),
    ] = None,
    correlation: Annotated[
        str | None, typer.Option("--correlation", metavar="ID", help="What one call or tick caused.")
    ] = None,
    limit: Annotated[
        int, typer.Option("--limit", metavar="COUNT", min=0, help="Only the newest so many; 0: all.")
    ] = 100,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new records until Ctrl-C.")] = False,
    json: Json = False,
    target: Target = None,
) -> int:
    """Show who did what, when and why, the newest last.

    Each line is one effect or one finding. With --json each line is one record of the API.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.looking.records import read_records
    from relaykeeper.output import note

    at = moments.now()
    period = read_period(since, until, at)
    if follow and until is not None:
        raise UsageFailure("--follow goes on from now: it has no --until")
    chosen = {"target": about, "actor": actor, "correlation": correlation}
    filters = {name: value for name, value in chosen.items() if value is not None}
    api = open_api(target)
    last, more = newest(read_records(api, **filters, **period, **paging(limit)), limit)
    for record in last:
        print_record(record, as_json=json)
    if more:
        note(f"only the newest {limit} are shown: --limit 0 for all")
    if follow:
        follow_records(api, filters, at, last, as_json=json)
    elif not last:
        note(f"no record since {moments.minute(moments.read_moment(since, at, '--since'))}")
    return ExitCode.DONE


def read_period(since: str, until: str | None, at: datetime) -> Mapping[str, str]:
    """Return the query's period. Raises UsageFailure."""
    begin = moments.read_moment(since, at, "--since")
    if until is None:
        return {"since": moments.rfc3339(begin)}
    end = moments.read_moment(until, at, "--until")
    if end < begin:
        raise UsageFailure(f"--until {until} is before --since {since}")
    return {"since": moments.rfc3339(begin), "until": moments.rfc3339(end)}


def paging(limit: int) -> Mapping[str, str]:
    return {"order": "newest", "limit": str(min(limit + 1, LARGEST_PAGE))} if limit else {"limit": str(LARGEST_PAGE)}


def newest(records: Iterator[dict[str, Any]], limit: int) -> tuple[list[dict[str, Any]], bool]:
    """Return the newest `limit` records, the newest last, and whether there are older ones; all for 0."""
    if not limit:
        return list(records), False
    found = [record for record, _ in zip(records, range(limit + 1), strict=False)]
    return found[:limit][::-1], len(found) > limit


def follow_records(
    api: "Api", filters: Mapping[str, str], at: datetime, last: list[dict[str, Any]], *, as_json: bool
) -> None:
    """Print each record that is appended from now on, until Ctrl-C."""
    from relaykeeper.looking.records import read_records
    from relaykeeper.looking.watching import ask_again

    known = [*last]
    since = at - LATE
    ask = lambda: [*read_records(api, **filters, since=moments.rfc3339(since), limit=str(LARGEST_PAGE))]  # noqa: E731
    for records in ask_again(ask, SECONDS):
        for record in records:
            if record not in known:
                print_record(record, as_json=as_json)
        known, since = records, max(since, moments.now() - LATE)


def print_record(record: Mapping[str, Any], *, as_json: bool) -> None:
    from relaykeeper.looking.records import as_record, sentence
    from relaykeeper.output import print_indented, print_json

    if as_json:
        print_json(record, in_one_line=True)
    else:
        print_indented(sentence(as_record(record)), WHEN)
    print(end="", flush=True)
