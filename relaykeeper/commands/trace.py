"""`trace`: from the leaf that a server presents back to the person or the timer behind it."""

from pathlib import Path
from typing import Annotated

import typer

from relaykeeper import moments
from relaykeeper.exit_codes import ExitCode
from relaykeeper.options import Json, Target

EXAMPLES = (
    "relaykeeper trace mail.example.net",
    "relaykeeper trace 10.0.4.7:8025 --sni mail.example.net",
    "relaykeeper trace mail.example.net:465 --json | jq -r .conclusion",
)


def trace(
    host: Annotated[
        str, typer.Argument(metavar="HOST[:PORT]", help="Port 25 unless given; at 465 TLS comes first, else STARTTLS.")
    ],
    sni: Annotated[
        str | None, typer.Option("--sni", metavar="NAME", help="The name that is asked for; HOST unless given.")
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="TLS comes first, as at port 465.")] = False,
    roots: Annotated[
        Path | None,
        typer.Option("--roots", metavar="FILE", help="A PEM file of the roots to trust, instead of this machine's."),
    ] = None,
    json: Json = False,
    target: Target = None,
) -> int:
    """Tell who is behind the certificate that a server shows.

    It makes one handshake, and walks back by the app's history: version in the vault, order, request, and the person or
    the timer. It ends with 0 if it is known who is behind it, with 1 if not: an imported certificate, one from before
    the history, one that is not ours.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.output import print_indented, print_json
    from relaykeeper.trace.leaf import see_leaf
    from relaykeeper.trace.story import tell_story
    from relaykeeper.trace.text import as_document, leaf_lines, story_lines
    from relaykeeper.verify.roots import trusted_roots
    from relaykeeper.verify.target import host_name, read_target

    server = read_target(host, (), tls=tls, starttls=False)
    asked = host_name(sni, "--sni") if sni is not None else None
    seen = see_leaf(server, asked, trusted_roots(roots)[0], moments.now())
    if not json:
        for line in leaf_lines(seen):
            print_indented(line)
    story = tell_story(open_api(target), seen)
    if json:
        print_json(as_document(story))
    else:
        for line in story_lines(story):
            print_indented(line)
    return ExitCode.DONE if story.traced else ExitCode.NOT_AS_IT_SHOULD_BE
