"""`renew`, `rollback`, `release`, `deliver`: requests of the API, followed to their end; `follow` one that was made."""

from collections.abc import Mapping
from typing import Annotated

import typer

from relaykeeper.app.kinds import CERTIFICATES, CLIENTS
from relaykeeper.changing.options import (
    STAGGER,
    TIMEOUT,
    ChangeArguments,
    NoWait,
    Reason,
    Selector,
    Stagger,
    Ticket,
    Timeout,
    Yes,
)
from relaykeeper.failures import UsageFailure
from relaykeeper.name_completion import complete_certificate, complete_client
from relaykeeper.options import Json, Target

Certificates = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[NAME]...", help="Certificates, as the inventory names them.", autocompletion=complete_certificate
    ),
]
Clients = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CLIENT]...", help="Clients, by their IDs.", autocompletion=complete_client),
]

RENEW_EXAMPLES = (
    'relaykeeper renew mail-prod --reason "names were added"',
    "relaykeeper renew mail-prod --force --ticket CHG-1234",
    "relaykeeper renew --selector team=mail --yes 3 --ticket CHG-1234",
)
ROLLBACK_EXAMPLES = (
    'relaykeeper rollback mail-prod --reason "clients refuse the new chain"',
    "relaykeeper rollback mail-prod --version 0123456789abcdef0123456789abcdef --ticket INC-42",
)
RELEASE_EXAMPLES = ('relaykeeper release mail-prod --reason "the relay was repaired"',)
DELIVER_EXAMPLES = (
    'relaykeeper deliver payroll --reason "the Secret was emptied"',
    "relaykeeper deliver payroll crm --yes 2 --ticket CHG-1234 --no-wait",
)
FOLLOW_EXAMPLES = (
    "relaykeeper follow 20261130T120000Z-0123abcd",
    "relaykeeper follow 20261130T120000Z-0123abcd --timeout 2h --json",
)


def renew(
    names: Certificates = None,
    force: Annotated[bool, typer.Option("--force", help="Issue a new version even if none is due.")] = False,
    ignore_backoff: Annotated[
        bool, typer.Option("--ignore-backoff", help="Ask the authority even if failures forbid it for a while.")
    ] = False,
    selector: Selector = None,
    yes: Yes = None,
    reason: Reason = None,
    ticket: Ticket = None,
    stagger: Stagger = STAGGER,
    no_wait: NoWait = False,
    timeout: Timeout = TIMEOUT,
    json: Json = False,
    target: Target = None,
) -> int:
    """Renew certificates if they are due, and deliver them.

    With --force a new version is issued in any case. Windows, freezes and pauses hold as always. It ends with 0 once
    every place serves the newest version, with 1 if this attempt failed, with 3 if it has not ended in time.
    """
    from relaykeeper.changing.changes import request_change

    given = ChangeArguments(
        tuple(names or ()), selector, yes, reason, ticket, stagger, timeout, target, no_wait=no_wait, json=json
    )
    body = {"force": force, "ignore_backoff": ignore_backoff}
    return request_change(
        CERTIFICATES,
        "renew by force" if force else "renew",
        given,
        lambda api, name, why: api.post(f"certificates/{name}/renewals", {"reason": why, **body}),
    )


def rollback(
    names: Certificates = None,
    version: Annotated[
        str | None,
        typer.Option(
            "--version", metavar="VERSION", help="The version in Key Vault to go back to; else the one before."
        ),
    ] = None,
    selector: Selector = None,
    yes: Yes = None,
    reason: Reason = None,
    ticket: Ticket = None,
    stagger: Stagger = STAGGER,
    no_wait: NoWait = False,
    timeout: Timeout = TIMEOUT,
    json: Json = False,
    target: Target = None,
) -> int:
    """Go back to an earlier version of a certificate.

    Each place returns to what it was seen to serve before, or to --version, whatever the window. The newest version
    stays in quarantine until `relaykeeper release`, or until a newer one is issued. Nothing is deleted or revoked.
    """
    from relaykeeper.changing.changes import request_change

    given = ChangeArguments(
        tuple(names or ()), selector, yes, reason, ticket, stagger, timeout, target, no_wait=no_wait, json=json
    )
    where = version_of(version, given)
    return request_change(
        CERTIFICATES,
        "roll back",
        given,
        lambda api, name, why: api.post(f"certificates/{name}/rollbacks", {"reason": why, **where}),
    )


def version_of(version: str | None, given: ChangeArguments) -> Mapping[str, str]:
    """Return the version as a part of a body. Raises UsageFailure for what can be none."""
    from shared.api.parsing import parse_version

    if version is None:
        return {}
    if given.selector is not None or len(given.names) > 1:
        raise UsageFailure("--version is a version of one certificate: name that certificate alone")
    try:
        return {"version": parse_version(version)}
    except ValueError as wrong:
        raise UsageFailure(f"--version {wrong}") from None


def release(
    names: Certificates = None,
    selector: Selector = None,
    yes: Yes = None,
    reason: Reason = None,
    ticket: Ticket = None,
    stagger: Stagger = STAGGER,
    no_wait: NoWait = False,
    timeout: Timeout = TIMEOUT,
    json: Json = False,
    target: Target = None,
) -> int:
    """Release the newest version from quarantine.

    It is delivered again, one cluster after the other. Find out first why it was in quarantine: `relaykeeper status`.
    """
    from relaykeeper.changing.changes import request_change

    given = ChangeArguments(
        tuple(names or ()), selector, yes, reason, ticket, stagger, timeout, target, no_wait=no_wait, json=json
    )
    return request_change(
        CERTIFICATES,
        "release",
        given,
        lambda api, name, why: api.delete(f"certificates/{name}/quarantine", reason=why),
    )


def deliver(
    names: Clients = None,
    selector: Selector = None,
    yes: Yes = None,
    reason: Reason = None,
    ticket: Ticket = None,
    stagger: Stagger = STAGGER,
    no_wait: NoWait = False,
    timeout: Timeout = TIMEOUT,
    json: Json = False,
    target: Target = None,
) -> int:
    """Bring clients to accepted at their relays.

    A password is made if there is none, the file is written where it is missing or outdated, and a login proves it.
    """
    from relaykeeper.changing.changes import request_change

    given = ChangeArguments(
        tuple(names or ()), selector, yes, reason, ticket, stagger, timeout, target, no_wait=no_wait, json=json
    )
    return request_change(
        CLIENTS, "deliver", given, lambda api, name, why: api.post(f"clients/{name}/deliver", {"reason": why})
    )


def follow(
    request: Annotated[str, typer.Argument(metavar="REQUEST", help="Its ID, as `get requests` lists it.")],
    timeout: Timeout = TIMEOUT,
    json: Json = False,
    target: Target = None,
) -> int:
    """Follow a request that was made before, to its end."""
    from relaykeeper.changing.changes import Pace, follow_request
    from shared.domain.requests import is_id
    from shared.text import quoted

    if not is_id(request):
        raise UsageFailure(f"{quoted(request)} is no request's ID: relaykeeper get requests lists them")
    return follow_request(request, Pace.read(timeout, json=json), target)
