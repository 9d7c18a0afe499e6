"""What `verify-relay` does: read its arguments, examine the relay, send a message if told to, print the checks.

With `--address` it needs neither an inventory nor a cluster, and loads none of their packages.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from relaykeeper.exit_codes import ExitCode
from relaykeeper.password_input import read_password
from relaykeeper.relay.check_table import as_json, as_table
from relaykeeper.relay.main_log import RelayLog
from shared.adapters.smtp.probe import SmtpProber
from shared.adapters.smtp.send import SmtpSender
from shared.domain.checks import Check
from shared.domain.clients.login import ExpectedServer
from shared.domain.clients.message_checks import end_check, log_not_read
from shared.domain.clients.password import is_sendable
from shared.domain.clients.relay_checks import ReplicaCheck
from shared.domain.object_ref import ObjectRef
from shared.domain.serving.probe import Probe
from shared.endpoint import HIGHEST_PORT, SUBMISSIONS
from shared.errors import PermanentError
from shared.text import quoted
from shared.trusted_roots import read_roots, system_roots
from shared.workflows.examine import ProbeClient, RelayToExamine, examine
from shared.workflows.send_message import send_message

MAILBOX = re.compile(r"[^\s<>\x00-\x1f\x7f-\U0010ffff]{1,64}@[A-Za-z0-9.-]{1,253}", re.ASCII)
HOST_NAME = re.compile(r"[A-Za-z0-9._-]{1,253}", re.ASCII)
"""What can be said in MAIL, RCPT and EHLO without ending the command, and without SMTPUTF8."""


@dataclass(frozen=True, slots=True)
class RelayArguments:
    """The command line of `verify-relay`; what was not given is None."""

    relay: str
    inventory: Path | None
    cluster: str | None
    addresses: tuple[str, ...]
    """Each `HOST:PORT`; empty: the clusters are asked."""
    server_name: str | None
    roots: Path | None
    helo: str | None
    user: str | None
    password_file: str | None
    logins: bool
    recipient: str | None
    send_to: str | None
    sender: str | None
    log_file: Path | None
    json: bool


def verify(arguments: RelayArguments) -> int:
    """Examine the relay and print the checks. Raises PermanentError for a command line that does not fit together."""
    client = read_client(arguments)
    check_words(arguments)
    with ExitStack() as opened:
        log = opened.enter_context(RelayLog(arguments.log_file)) if arguments.log_file is not None else None
        relay, found = relay_at_addresses(arguments) if arguments.addresses else relay_in_clusters(arguments)
        if client is not None:
            relay = replace(relay, clients={probe.pod: client for probe in relay.probes})
        recipient, sender = arguments.recipient or relay.recipient, arguments.sender or relay.sender
        relay = replace(relay, recipient=recipient, sender=sender, logins=arguments.logins)
        checks = (*found, *examine(relay, SmtpProber()))
        if arguments.send_to is not None:
            checks = (*checks, *send_and_follow(relay, checks, arguments.send_to, log))
    print(as_json(checks) if arguments.json else as_table(checks, not_asked_for(relay, arguments)))
    return exit_code(each.check for each in checks)


def send_and_follow(
    relay: RelayToExamine, examined: Sequence[ReplicaCheck], recipient: str, log: RelayLog | None
) -> Iterator[ReplicaCheck]:
    """Send one marked message, and yield whether the relay took it and, if it did, what became of it."""
    sent, result = send_message(relay, examined, relay.sender or recipient, recipient, SmtpSender())
    yield sent
    if result is None or result.reason != "MessageQueued":
        return
    if log is None or not result.queue_id:
        end = log_not_read(relay.about, result)
    else:
        end = end_check(relay.about, log.wait_for_end(result.queue_id))
    yield replace(sent, check=end)


def check_words(arguments: RelayArguments) -> None:
    """Raise PermanentError for what cannot be said in a command of SMTP, and for a message that nobody may send."""
    if arguments.send_to is not None and arguments.user is None:
        raise PermanentError(
            "--send-to needs --user and --password-file of a client that may send: mail is never sent without a login, "
            "and a probe client may log in and not send"
        )
    if arguments.log_file is not None and arguments.send_to is None:
        raise PermanentError("--log-file goes with --send-to: without a message there is nothing to look for in it")
    for option, value, shape in (
        ("--recipient", arguments.recipient, MAILBOX),
        ("--send-to", arguments.send_to, MAILBOX),
        ("--sender", arguments.sender, MAILBOX),
        ("--server-name", arguments.server_name, HOST_NAME),
        ("--helo", arguments.helo, HOST_NAME),
    ):
        if value is not None and shape.fullmatch(value) is None:
            raise PermanentError(f"{option} cannot be {quoted(value)}")


def exit_code(checks: Iterable[Check]) -> ExitCode:
    """Return what the worst check says; UNAVAILABLE if something could not be found out, or nothing was examined."""
    statuses = {check.status for check in checks}
    if "failed" in statuses:
        return ExitCode.NOT_AS_IT_SHOULD_BE
    return ExitCode.UNAVAILABLE if "unknown" in statuses or not statuses else ExitCode.DONE


def not_asked_for(relay: RelayToExamine, arguments: RelayArguments) -> Iterator[str]:
    """Say what was left out because the command line did not give what it takes."""
    if not relay.logins:
        yield "logins (--no-login)"
    elif arguments.addresses and not relay.clients:
        yield "logins of a probe client (--user, --password-file)"
    if not relay.recipient:
        yield "mail without a login (--recipient)"


def read_client(arguments: RelayArguments) -> ProbeClient | None:
    user, file = arguments.user, arguments.password_file
    if user is None and file is None:
        return None
    if user is None or file is None:
        raise PermanentError("--user and --password-file belong together: give both or neither")
    if not arguments.logins:
        raise PermanentError("--no-login leaves all logins out, and --user asks for one: give one of them")
    if not is_sendable(user):
        raise PermanentError("--user must have at least one character, and no NUL")
    return ProbeClient(user, read_password(file))


def relay_at_addresses(arguments: RelayArguments) -> tuple[RelayToExamine, Sequence[ReplicaCheck]]:
    """Return what to examine at the addresses of the command line: a certificate for a name, with a valid chain."""
    if arguments.cluster is not None:
        raise PermanentError("--cluster names a cluster of the inventory, and --address uses none: give one of them")
    if not arguments.server_name:
        raise PermanentError("--address needs --server-name: the name that clients of the relay ask for")
    if arguments.roots is None:
        roots = system_roots()
    else:
        roots = read_roots(arguments.roots, "the relay", "--roots must name a PEM file.")
    probes = tuple(probe_at(text, arguments.server_name, arguments.helo) for text in arguments.addresses)
    expected = ExpectedServer(arguments.server_name, datetime.now(UTC), roots)
    return RelayToExamine(ObjectRef("relay", arguments.relay), tuple(dict.fromkeys(probes)), expected), ()


def probe_at(text: str, name: str, helo: str | None) -> Probe:
    """Read `HOST:PORT` or `[IPv6]:PORT`. Raises PermanentError."""
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not (port.isascii() and port.isdigit() and 1 <= int(port) <= HIGHEST_PORT):
        raise PermanentError(f"--address must be HOST:PORT, or [ADDRESS]:PORT for IPv6, not {quoted(text)}")
    return Probe(host, host, int(port), name, implicit=int(port) == SUBMISSIONS, helo=helo)


def relay_in_clusters(arguments: RelayArguments) -> tuple[RelayToExamine, Sequence[ReplicaCheck]]:
    from relaykeeper.app.inputs import find_inventory, read_inventory
    from relaykeeper.relay.in_clusters import find_relay
    from shared.compose_relays import compose_relay_systems

    if arguments.roots is not None or arguments.helo is not None:
        raise PermanentError("--roots and --helo go with --address; the inventory has its own")
    file = find_inventory(arguments.inventory)
    systems = compose_relay_systems(read_inventory(file), file.parent)
    as_probe_client = arguments.user is None and arguments.logins
    return find_relay(
        systems, arguments.relay, arguments.cluster, arguments.server_name, as_probe_client=as_probe_client
    )
