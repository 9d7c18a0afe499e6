"""`needs-renewal`: whether a certificate is to be renewed, as an exit code for scripts."""

from typing import Annotated

import typer

from relaykeeper.exit_codes import ExitCode
from relaykeeper.name_completion import complete_certificate
from relaykeeper.options import Json, Target

EXAMPLES = (
    'relaykeeper needs-renewal mail-prod || relaykeeper renew mail-prod --reason "it was due"',
    "relaykeeper needs-renewal mail-prod --json | jq -r .reason",
)


def needs_renewal(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A certificate of the inventory.", autocompletion=complete_certificate)
    ],
    json: Json = False,
    target: Target = None,
) -> int:
    """Say by the exit code whether a renewal is due.

    0: no renewal is due. 1: one is due, or waits, or it cannot be told that none is (its vault cannot be read, it
    belongs to another tool). This is about the version in the vault; `relaykeeper status` says what is served. An app
    that does not answer ends it with the code of every command.
    """
    from relaykeeper.app.api import open_api
    from relaykeeper.app.kinds import CERTIFICATES
    from relaykeeper.changing.choosing import bare_name
    from relaykeeper.output import print_json
    from shared.api.certificate_view import CertificateView
    from shared.text import printable_line

    wanted = bare_name(CERTIFICATES, name)
    answer = open_api(target).get(f"certificates/{wanted}")
    verdict = answer.read(CertificateView).verdict
    if json:
        print_json(answer.document["verdict"])
    else:
        print(printable_line(f"{wanted} {verdict.verdict}: {verdict.message}"))
    return ExitCode.DONE if verdict.verdict == "fresh" else ExitCode.NOT_AS_IT_SHOULD_BE
