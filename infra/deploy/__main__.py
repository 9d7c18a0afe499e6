"""Deploy Relaykeeper to Azure: `python -m infra.deploy plan|package|deploy|rollback|tick`, by `make`."""

import os
import re
import sys
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Sequence
from pathlib import Path

from infra.deploy import steps
from infra.deploy.programs import DeployError
from shared.errors import RelaykeeperError

FAILED = 1


def main(arguments: Sequence[str]) -> int:
    """Do what was asked for; return the exit status. What could not be done is said on standard error."""
    asked = parser().parse_args(arguments)
    try:
        asked.run(asked)
    except (DeployError, RelaykeeperError) as error:
        sys.stdout.flush()
        print(f"{asked.command}: {error}", file=sys.stderr)
        return FAILED
    return 0


def parser() -> ArgumentParser:
    parser = ArgumentParser(prog="python -m infra.deploy", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)

    plan = commands.add_parser("plan", help="show and save what a deployment would change; changes nothing")
    package = commands.add_parser("package", help="make the release of this commit")
    deploy = commands.add_parser("deploy", help="package, plan, apply that plan, upload, test")
    rollback = commands.add_parser("rollback", help="upload an earlier release and test it")
    tick = commands.add_parser("tick", help="ask for a tick if the app's health says that something is late")
    for command, run in (
        (plan, steps.plan),
        (package, steps.package),
        (deploy, steps.deploy),
        (rollback, steps.roll_back),
        (tick, steps.tick),
    ):
        command.set_defaults(run=run)

    for command in (plan, package, deploy, rollback):
        command.add_argument("--env", required=True, type=environment, help="dev or prod")
    for command in (package, deploy):
        command.add_argument("--inventory", type=Path, help="the inventory that is packaged; inventory.ENV.yaml")
        command.add_argument("--key", type=Path, help="the private key that signs the release (ssh-keygen)")
    for command in (deploy, rollback):
        command.add_argument("--break-glass", metavar="INCIDENT", type=incident, help="deploy by hand in an emergency")
    deploy.add_argument("--release", type=Path, help="the folder of a release that was made before")
    deploy.add_argument("--plan", type=Path, help="the plan that was made and reviewed before")
    deploy.add_argument("--remove", action="store_true", help="apply a plan that deletes or replaces something")
    rollback.add_argument("--release", type=Path, required=True, help="its version, or the folder that holds it")
    tick.add_argument("--url", required=True, help="the app's address, https://APP.azurewebsites.net")
    tick.add_argument("--scope", required=True, help="what a token for its API is for, api://CLIENT-ID/.default")
    return parser


def environment(text: str) -> str:
    if not re.fullmatch("[a-z][a-z0-9-]*", text):
        raise ArgumentTypeError(f"{text!r} is no environment: ENV=dev or ENV=prod")
    return text


def incident(text: str) -> str:
    if not re.fullmatch(r"[\w.-]{3,40}", text):
        raise ArgumentTypeError(f"{text!r} names no incident: letters, digits, dots and hyphens, as INC-1234")
    return text


if __name__ == "__main__":
    os.umask(0o077)  # a plan shows an estate
    sys.exit(main(sys.argv[1:]))
