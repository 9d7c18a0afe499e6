"""May this machine deploy to this environment? A guard against mistakes.

It believes what the variables of a pipeline say, and anybody can set variables. Who really may is decided where nobody
can set one: the federated credential of the deploying identity names the pipeline's environment as its subject, that
environment asks for an approval, and no person has the roles (docs/security.md).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from infra.deploy.programs import DeployError

GUARDED = frozenset({"prod"})

APPROVED = "DEPLOY_ENVIRONMENT"
"""A pipeline sets it in the job that runs in the environment of that name, and in no other."""

PIPELINES = {"GITHUB_ACTIONS": "true", "TF_BUILD": "True"}
"""What GitHub Actions and Azure DevOps set in every job."""

WORKLOAD, PERSON = "servicePrincipal", "user"
"""What `az account show` calls a pipeline's identity, and somebody who signed in."""


@dataclass(frozen=True, slots=True)
class Permission:
    """Why it may, for the history."""

    reason: str


def permission(
    environment: str, variables: Mapping[str, str], sign_in: Callable[[], str], incident: str | None
) -> Permission:
    """Return why this machine may deploy to `environment`; `sign_in` says which kind of identity `az` uses.

    Raises DeployError if it may not, or if nobody is signed in.
    """
    guarded = environment in GUARDED
    if guarded and not incident and not in_approved_job(environment, variables):
        raise not_by_hand(environment)
    signed_in_as = sign_in()
    if incident and signed_in_as != PERSON:
        raise DeployError(
            "BREAK_GLASS is for a person, whose name and reason the history records: `az login` as yourself"
        )
    if incident:
        return Permission(f"break glass {incident}")
    if not guarded:
        return Permission(f"make deploy ENV={environment}")
    if signed_in_as != WORKLOAD:
        raise not_by_hand(environment)
    return Permission(f"the pipeline's environment {environment} was approved")


def in_approved_job(environment: str, variables: Mapping[str, str]) -> bool:
    in_pipeline = any(variables.get(name) == value for name, value in PIPELINES.items())
    return in_pipeline and variables.get(APPROVED) == environment


def not_by_hand(environment: str) -> DeployError:
    return DeployError(
        f"{environment} is deployed by its pipeline alone, after the approval of its environment. In an emergency, "
        "with roles of your own: BREAK_GLASS=INCIDENT, which the history records beside your name."
    )
