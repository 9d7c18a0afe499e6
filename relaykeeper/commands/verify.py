"""`verify`: examine any mail server at every address of its name. It needs no account, no file and no Azure."""

from pathlib import Path
from typing import Annotated

import typer

from relaykeeper.options import Json


def verify(
    host: Annotated[
        str,
        typer.Argument(
            metavar="HOST[:PORT]",
            help="A server's name or address, IPv6 with a port as [ADDRESS]:PORT. Port 25 unless given; at 465 TLS "
            "comes first.",
        ),
    ],
    sni: Annotated[
        list[str] | None,
        typer.Option(
            "--sni",
            metavar="NAME",
            help="A further name that must be served; may be repeated. If HOST is an address, the first is the name "
            "that the certificate must have.",
        ),
    ] = None,
    roots: Annotated[
        Path | None,
        typer.Option("--roots", metavar="FILE", help="A PEM file of the roots to trust, instead of this machine's."),
    ] = None,
    tls: Annotated[bool, typer.Option("--tls", help="TLS comes first, as at port 465.")] = False,
    starttls: Annotated[
        str | None,
        typer.Option(
            "--starttls", metavar="smtp", help="TLS by STARTTLS, at port 465 too; elsewhere it is the default."
        ),
    ] = None,
    user: Annotated[
        str | None,
        typer.Option(
            "--user",
            metavar="USER",
            help="Log in once at each address, after chain and name were verified; nothing overrides that.",
        ),
    ] = None,
    password_file: Annotated[
        str | None,
        typer.Option(
            "--password-file", metavar="FILE", help="Holds its password, - is standard input; else it is prompted for."
        ),
    ] = None,
    recipient: Annotated[
        str | None,
        typer.Option(
            "--recipient",
            metavar="ADDRESS",
            help="An address elsewhere: mail for it is offered without a login and taken back, to see it refused.",
        ),
    ] = None,
    sender: Annotated[
        str | None,
        typer.Option("--sender", metavar="ADDRESS", help="The sender of that mail; the recipient unless given."),
    ] = None,
    helo: Annotated[
        str | None,
        typer.Option("--helo", metavar="NAME", help="What is said in EHLO, instead of this machine's address."),
    ] = None,
    timeout: Annotated[
        float, typer.Option("--timeout", metavar="SECONDS", help="For everything; one session has a third of it.")
    ] = 60.0,
    expires_within: Annotated[
        str | None,
        typer.Option(
            "--expires-within",
            metavar="SPAN",
            help="Warn of a certificate that expires within 21d, 48h or 3w; 21d unless given, or a quarter of the "
            "lifetime of a shorter one.",
        ),
    ] = None,
    json: Json = False,
    prometheus: Annotated[
        bool, typer.Option("--prometheus", help="Print Prometheus text, for node_exporter's textfile collector.")
    ] = False,
) -> int:
    """Examine a mail server at every address of its name.

    TLS, certificate, names, whether a login is offered in clear. No mail is sent.
    """
    from relaykeeper.verify.arguments import VerifyArguments
    from relaykeeper.verify.start import verify as start

    return start(
        VerifyArguments(
            host=host,
            sni=tuple(sni or ()),
            tls=tls,
            starttls=starttls,
            roots=roots,
            user=user,
            password_file=password_file,
            recipient=recipient,
            sender=sender,
            helo=helo,
            seconds=timeout,
            expires_within=expires_within,
            json=json,
            prometheus=prometheus,
        )
    )


EXAMPLES = (
    "relaykeeper verify mail.example.net",
    "relaykeeper verify mail.example.net:587 --user payroll",
    "relaykeeper verify mail.example.net:465 --sni smtp.example.net --json",
    "relaykeeper verify 192.0.2.7 --sni mail.example.net --roots ca.pem",
    "relaykeeper verify mail.example.net --recipient postmaster@example.org",
    "relaykeeper verify mail.example.net --prometheus >relay.prom",
)
