"""`verify-relay`: examine a relay at each replica and port, and print what was found; send one message if told to."""

from pathlib import Path
from typing import Annotated

import typer

from relaykeeper.name_completion import complete_relay
from relaykeeper.options import InventoryFile, Json


def verify_relay(
    relay: Annotated[
        str,
        typer.Argument(
            metavar="RELAY",
            help="The relay's name in the inventory; any name with --address.",
            autocompletion=complete_relay,
        ),
    ],
    inventory: InventoryFile = None,
    cluster: Annotated[
        str | None, typer.Option("--cluster", metavar="NAME", help="Only the replicas in this cluster.")
    ] = None,
    address: Annotated[
        list[str] | None,
        typer.Option(
            "--address",
            metavar="HOST:PORT",
            help="Examine this address instead of asking the clusters; may be repeated; at port 465 TLS comes first.",
        ),
    ] = None,
    server_name: Annotated[
        str | None,
        typer.Option(
            "--server-name",
            metavar="NAME",
            help="The name that the certificate must have; the first of the relay's first certificate unless given.",
        ),
    ] = None,
    roots: Annotated[
        Path | None,
        typer.Option("--roots", metavar="FILE", help="With --address: a PEM file of roots, instead of the system's."),
    ] = None,
    helo: Annotated[
        str | None,
        typer.Option("--helo", metavar="NAME", help="With --address: said in EHLO if the address literal is refused."),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="USER",
            help="The client that logs in by each way at each port: one that exists for tests, or with --send-to one "
            "that may send; the relay's probe_client in the inventory unless given.",
        ),
    ] = None,
    password_file: Annotated[
        str | None, typer.Option("--password-file", metavar="FILE", help="Holds its password; - is standard input.")
    ] = None,
    no_login: Annotated[
        bool, typer.Option("--no-login", help="Try no login, not even of a user that does not exist.")
    ] = False,
    recipient: Annotated[
        str | None,
        typer.Option("--recipient", metavar="ADDRESS", help="An address elsewhere: mail is offered for it, not sent."),
    ] = None,
    send_to: Annotated[
        str | None,
        typer.Option(
            "--send-to",
            metavar="ADDRESS",
            help="Then send one message, marked as a test, to this address, as --user, which must be a client that may "
            "send: a probe client may log in and not send, and is refused here too.",
        ),
    ] = None,
    sender: Annotated[
        str | None,
        typer.Option(
            "--sender",
            metavar="ADDRESS",
            help="Its sender, and that of mail that is only offered; else unauthenticated_sender, else the recipient.",
        ),
    ] = None,
    log_file: Annotated[
        Path | None,
        typer.Option(
            "--log-file",
            metavar="FILE",
            help="The main log of the Exim that takes it, in which its end is looked for: delivered, deferred or "
            "bounced.",
        ),
    ] = None,
    json: Json = False,
) -> int:
    """Examine a relay of the inventory at each replica.

    At each port: TLS, certificate, what it offers, logins. No mail is sent, unless --send-to asks for it.
    """
    from relaykeeper.relay.examination import RelayArguments, verify

    arguments = RelayArguments(
        relay=relay,
        inventory=inventory,
        cluster=cluster,
        addresses=tuple(address or ()),
        server_name=server_name,
        roots=roots,
        helo=helo,
        user=user,
        password_file=password_file,
        logins=not no_login,
        recipient=recipient,
        send_to=send_to,
        sender=sender,
        log_file=log_file,
        json=json,
    )
    return verify(arguments)


EXAMPLES = (
    "export RELAYKEEPER_INVENTORY=inventory.yaml",
    "relaykeeper verify-relay prod",
    "relaykeeper verify-relay prod --cluster ss-prod-00 --no-login",
    "relaykeeper verify-relay prod --user relaykeeper-probe --password-file ./probe.txt",
    "relaykeeper verify-relay prod --address 10.0.4.7:8025 --server-name prod.mailrelay.example.net",
    "relaykeeper verify-relay prod --user payroll --password-file - --send-to me@example.org",
)
