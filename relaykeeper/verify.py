"""`verify-relay`: examine a relay at each replica and port, and print what was found; send one message if told to."""

from argparse import SUPPRESS, Action, ArgumentParser, Namespace, RawDescriptionHelpFormatter
from pathlib import Path
from typing import NoReturn

from relaykeeper.command import Command

EXAMPLES = """\
examples:
  export RELAYKEEPER_INVENTORY=inventory.yaml
  python -m relaykeeper verify-relay prod
  python -m relaykeeper verify-relay prod --cluster ss-prod-00 --no-login
  python -m relaykeeper verify-relay prod --user relaykeeper-probe --password-file ./probe.txt
  python -m relaykeeper verify-relay prod --address 10.0.4.7:8025 --server-name prod.mailrelay.example.net
  python -m relaykeeper verify-relay prod --user payroll --password-file - --send-to me@example.org

exit status: 0 all checks passed (warnings included), 1 a check failed, 2 something could not be examined
"""


class RefusedPassword(Action):
    """`--password`: refused without quoting it, where argparse would quote an unknown argument with its value."""

    def __call__(self, parser: ArgumentParser, *_: object) -> NoReturn:
        parser.error("a password is never an argument, which others see in the list of processes: use --password-file")


def add_arguments(parser: ArgumentParser) -> None:
    parser.formatter_class = RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.allow_abbrev = False  # `--password` is not short for `--password-file`
    parser.add_argument("relay", metavar="RELAY", help="the relay's name in the inventory; any name with --address")
    where = parser.add_argument_group("where")
    where.add_argument(
        "--inventory", type=Path, metavar="FILE", help="the inventory; what RELAYKEEPER_INVENTORY names unless given"
    )
    where.add_argument("--cluster", help="only the replicas in this cluster")
    where.add_argument(
        "--address",
        metavar="HOST:PORT",
        action="append",
        default=[],
        help="examine this address instead of asking the clusters; may be repeated; at port 465 TLS comes first",
    )
    where.add_argument(
        "--server-name",
        metavar="NAME",
        help="the name that the certificate must have; the first of the relay's first certificate unless given",
    )
    where.add_argument(
        "--roots", metavar="FILE", type=Path, help="with --address: a PEM file of roots, instead of the system's"
    )
    where.add_argument("--helo", metavar="NAME", help="with --address: said in EHLO if the address literal is refused")
    who = parser.add_argument_group("what to try")
    who.add_argument(
        "--user",
        help="the client that logs in by each way at each port: one that exists for tests, or with --send-to one that "
        "may send; the relay's probe_client in the inventory unless given",
    )
    who.add_argument("--password-file", metavar="FILE", help="holds its password; - is standard input")
    who.add_argument("--password", action=RefusedPassword, nargs="?", help=SUPPRESS)
    who.add_argument("--no-login", action="store_true", help="try no login, not even of a user that does not exist")
    who.add_argument("--recipient", metavar="ADDRESS", help="an address elsewhere, for which mail is offered, not sent")
    mail = parser.add_argument_group("one message")
    mail.add_argument(
        "--send-to",
        metavar="ADDRESS",
        help="then send one message, marked as a test, to this address, as --user, which must be a client that may "
        "send: a probe client may log in and not send, and is refused here too",
    )
    mail.add_argument(
        "--sender",
        metavar="ADDRESS",
        help="its sender, and that of mail that is only offered; else unauthenticated_sender, else the recipient",
    )
    mail.add_argument(
        "--log-file",
        metavar="FILE",
        type=Path,
        help="the main log of the Exim that takes it, in which its end is looked for: delivered, deferred or bounced",
    )
    parser.add_argument("--json", action="store_true", help="print the checks as JSON")


def run(arguments: Namespace) -> int:
    from relaykeeper.verification import verify

    return verify(arguments)


VERIFY_RELAY = Command(
    "verify-relay",
    "Examine a relay at each replica and port; nothing is sent, unless --send-to asks for one message.",
    add_arguments,
    run,
)
