"""`bundle`: what is known of a deployment in one file, for a ticket, without its secrets."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from relaykeeper import moments
from relaykeeper.exit_codes import ExitCode
from relaykeeper.options import Json, Target
from relaykeeper.output import in_one_line, note

if TYPE_CHECKING:
    from relaykeeper.app.api import Api
    from relaykeeper.app.target import ChosenTarget
    from relaykeeper.bundle.parts import Part

EXAMPLES = (
    "relaykeeper bundle",
    "relaykeeper bundle -f INC-42.zip --since 2d --log relay.log",
    "relaykeeper bundle --insights 00000000-0000-0000-0000-000000000000",
)


def bundle(
    file: Annotated[
        Path | None,
        typer.Option("--file", "-f", metavar="FILE", help="A new file; relaykeeper-HOST-TIME.zip unless given."),
    ] = None,
    since: Annotated[str, typer.Option("--since", metavar="WHEN", help="From then on: history and logs.")] = "7d",
    logs: Annotated[
        list[Path] | None, typer.Option("--log", metavar="FILE", help="The end of this log too; may be repeated.")
    ] = None,
    mebibytes: Annotated[
        int, typer.Option("--log-mib", metavar="MIB", min=1, max=100, help="How much of each log, in MiB.")
    ] = 5,
    insights: Annotated[
        str | None,
        typer.Option(
            "--insights", metavar="APP_ID", help="The log of this Application Insights, by its Application ID."
        ),
    ] = None,
    json: Json = False,
    target: Target = None,
) -> int:
    """Put all that is known into one zip, for a ticket.

    State, plan, requests, alerts, history, metrics, versions and logs, without what looks like a secret: read it before
    you send it all the same. If a part cannot be read, the zip is made without it, manifest.json says why, and it ends
    with 1.
    """
    from relaykeeper.app.target import choose_target
    from relaykeeper.bundle.file import create_file, gather, write_bundle
    from relaykeeper.bundle.insights import insights_part
    from relaykeeper.bundle.parts import log_part, versions_part
    from relaykeeper.output import print_json

    at = moments.now()
    begin = moments.read_moment(since, at, "--since")
    extra = [log_part(number, path, mebibytes) for number, path in enumerate(logs or (), start=1)]
    extra += [insights_part(insights, begin)] if insights is not None else []
    chosen = choose_target(target)
    path = file or Path(f"relaykeeper-{urlsplit(chosen.app).hostname}-{at:%Y%m%dT%H%M%SZ}.zip")
    number = create_file(path)
    try:
        api, refused = log_in(chosen)
        parts = [versions_part(), *(app_parts_or_why(api, refused, begin)), *extra]
        about = {"made": moments.rfc3339(at), "app": chosen.app, "since": moments.rfc3339(begin)}
        found = gather(parts, own_secrets(api))
        manifest = write_bundle(number, found, about)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    if json:
        print_json({"file": str(path), **manifest})
    else:
        print(in_one_line(str(path)))
    removed = sum(sum(entry["removed"].values()) for entry in manifest["files"])
    note(f"{len(found.files)} files; {removed} possible secrets removed; {len(found.not_read)} not read")
    return ExitCode.NOT_AS_IT_SHOULD_BE if found.not_read else ExitCode.DONE


def log_in(chosen: "ChosenTarget") -> tuple["Api", str]:
    """Return the app's API, and why there is no token or key for it; empty if there is one."""
    from relaykeeper.app.api import Api
    from relaykeeper.app.login import headers_for
    from shared.errors import PermanentError

    try:
        return Api(chosen.app, headers_for(chosen)), ""
    except PermanentError as failure:
        return Api(chosen.app, {}), str(failure)


def app_parts_or_why(api: "Api", refused: str, since: datetime) -> Iterator["Part"]:
    """Yield the app's parts; without a login, parts that say why they cannot be read."""
    from dataclasses import replace

    from relaykeeper.bundle.parts import app_parts
    from relaykeeper.failures import NotAllowedFailure

    def refuse(_: object) -> str:
        raise NotAllowedFailure(refused)

    for part in app_parts(api, since):
        yield replace(part, read=refuse) if refused else part


def own_secrets(api: "Api") -> tuple[str, ...]:
    """Return the key or token by which the command calls the app."""
    return tuple(secret for value in api.headers.values() if (secret := value.rpartition(" ")[2]))
