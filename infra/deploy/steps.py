"""The stories of a deployment: plan; deploy; roll back; and their end, which all that upload share."""

import os
from argparse import Namespace
from pathlib import Path

from infra.deploy.host_storage import remove_connection_strings
from infra.deploy.infrastructure import Infrastructure, Plan, refuse_other, refuse_removal
from infra.deploy.permission import Permission, permission
from infra.deploy.programs import DeployError
from infra.deploy.release import Release, make_release, read_release, sha256
from infra.deploy.second_clock import second_clock
from infra.deploy.smoke_test import PATIENT
from infra.deploy.target import Target, get_token, signed_in_as
from infra.deploy.upload import upload
from infra.local.packaging import APP
from relaykeeper.app.api import Api

LOCAL = APP / ".local"


def plan(asked: Namespace) -> None:
    """Show what a deployment would change, save that plan, change nothing."""
    made = infrastructure(asked).plan(plan_file(asked))
    print(f"{'Changes' if made.changes else 'No changes'}. The plan is {made.file} (SHA-256 {sha256(made.file)}).")
    if made.removed:
        print(f"It deletes or replaces {', '.join(made.removed)}.")


def package(asked: Namespace) -> None:
    """Make the release of this commit, for a pipeline that deploys it later."""
    made_now(asked)


def deploy(asked: Namespace) -> None:
    """Package, plan, apply that plan, upload, test."""
    allowed = allow(asked)
    release = read_release(asked.release) if asked.release else made_now(asked)
    environment = infrastructure(asked)
    made = reviewed(environment, asked) if asked.plan else environment.plan(plan_file(asked))
    if not asked.remove:
        refuse_removal(made)
    if made.changes:
        environment.apply(made)
    bring(release, environment, allowed)


def roll_back(asked: Namespace) -> None:
    """Upload an earlier release and test it; the infrastructure stays."""
    allowed = allow(asked)
    named: Path = asked.release
    folder = named if named.is_dir() else LOCAL / "releases" / asked.env / named.name
    bring(read_release(folder), infrastructure(asked), allowed)


def tick(asked: Namespace) -> None:
    """Be the second clock, once. Needs no state of the infrastructure, and no right but to ask for a tick."""
    print(second_clock("second clock", api_at(asked.url, asked.scope)))


def bring(release: Release, environment: Infrastructure, allowed: Permission) -> None:
    target = Target.of(environment.outputs())
    release.refuse_without(target.inventory, target.app)
    remove_connection_strings(target)
    print(f"Uploading {release.version} (SHA-256 {release.sha256}) to {target.app}.", flush=True)
    upload(release, target)
    print("Uploaded. Waiting for a tick and the next watch.", flush=True)
    try:
        reason = f"{allowed.reason}: {release.version} was deployed"
        PATIENT.run(release.version, reason, api_at(target.url, target.scope))
    except DeployError as error:
        raise DeployError("\n".join([str(error), *missing_grants(target)])) from None
    print(f"{release.version} works.")


def api_at(url: str, scope: str) -> Api:
    """Return the app's API, called with a token of who is signed in."""
    return Api(url, {"authorization": f"Bearer {get_token(scope)}"})


def missing_grants(target: Target) -> list[str]:
    """Return the roles that somebody else has to give, which may be why parts do not work."""
    if not target.grants:
        return []
    return [
        "These roles were left to the owners of their scopes; a sentence above names each that is missing:",
        *target.grants,
    ]


def allow(asked: Namespace) -> Permission:
    return permission(asked.env, os.environ, signed_in_as, asked.break_glass)


def infrastructure(asked: Namespace) -> Infrastructure:
    """Return the environment's infrastructure, prepared."""
    folder = APP / "infra/azure/environments" / asked.env
    if not folder.is_dir():
        raise DeployError(f"there is no environment {asked.env}: {folder} does not exist")
    found = Infrastructure(folder)
    found.prepare()
    return found


def plan_file(asked: Namespace) -> Path:
    return LOCAL / "plans" / str(asked.env) / "plan.tfplan"


def reviewed(environment: Infrastructure, asked: Namespace) -> Plan:
    """Return a plan that was made and shown before, by `make plan` for the same environment."""
    made = environment.read_plan(asked.plan)
    refuse_other(made, asked.env)
    print(environment.show(made))
    return made


def made_now(asked: Namespace) -> Release:
    inventory: Path = asked.inventory or APP / f"inventory.{asked.env}.yaml"
    release = make_release(LOCAL / "releases" / asked.env, inventory, asked.key)
    print(f"{release.version} is in {release.folder} (SHA-256 of the package: {release.sha256}).", flush=True)
    return release
