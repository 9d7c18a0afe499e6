"""Put a package into the app's deployment container: One Deploy, the only way to deploy to Flex Consumption.

Not by `az functionapp deployment source config-zip`: for Python that asks for a remote build whatever `--build-remote`
says (`enable_zip_deploy_flex` in the Azure CLI's source), so what ran would not be the package that was made, hashed
and signed; and it reads the host's master key to look at the host.
https://learn.microsoft.com/azure/azure-functions/functions-deployment-technologies#one-deploy
"""

import re
from http import HTTPStatus

from infra.deploy.programs import DeployError
from infra.deploy.release import Release
from infra.deploy.target import Target, get_token
from infra.deploy.waiting import Patience, wait_until
from relaykeeper.app.exchange import Response, exchange
from shared.errors import TransientError
from shared.http_client import TimeLimits

PUBLISH = "/api/publish?RemoteBuild=false&Deployer=relaykeeper"
DEPLOYMENTS = "/api/deployments"

UNDER_WAY = frozenset({0, 1, 2})
"""Pending, building, deploying (`status` of a deployment)."""
SUCCEEDED = 4

PASSING = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.TOO_MANY_REQUESTS})
"""Besides 5xx, what a look may get while the deployment goes on: the publishing site is an app, and restarts too."""

LIMITS = TimeLimits(connection=20, pause=240, total=600)
"""Enough for a package of some 35 MB."""

PATIENCE = Patience(total=900, pause=3)


def upload(release: Release, target: Target) -> None:
    """Upload the package and wait until the platform has taken it. Raises DeployError with what the platform says."""
    site = f"https://{target.publishing_site()}"
    headers = {"Authorization": f"Bearer {get_token()}", "Content-Type": "application/zip"}
    tried = f"cannot upload {release.version} to {target.app}"
    answer = exchange("POST", f"{site}{PUBLISH}", tried, headers, release.package.read_bytes(), LIMITS)
    if answer.status not in (HTTPStatus.OK, HTTPStatus.ACCEPTED):
        raise DeployError(f"{tried}: {said(answer)}")

    deployment = f"{site}{DEPLOYMENTS}/{deployment_id(answer)}"

    def lacks() -> str:
        try:
            latest = exchange("GET", deployment, "no look at it", headers, limits=LIMITS)
        except TransientError as failure:
            return str(failure)
        if latest.status in PASSING or latest.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return said(latest)
        status = latest.member("status")
        if status == SUCCEEDED:
            return ""
        if latest.status >= HTTPStatus.BAD_REQUEST or (isinstance(status, int) and status not in UNDER_WAY):
            raise DeployError(f"{tried}: {said(latest)}")
        return "the platform still works on it"

    wait_until(PATIENCE, lacks, tried)


def deployment_id(answer: Response) -> str:
    """Return the id in the body, a JSON string; `latest` could for a moment be the deployment before."""
    text = answer.body.decode(errors="replace").strip().strip('"')
    return text if re.fullmatch(r"[\w-]{8,64}", text, re.ASCII) else "latest"


def said(answer: Response) -> str:
    """Quote what the platform said; explain what a person can repair."""
    advice: dict[int, str] = {
        HTTPStatus.CONFLICT: ". Another deployment is under way: wait for it, then deploy again",
        HTTPStatus.FORBIDDEN: ". Who deploys needs Website Contributor on the app and, with private endpoints, a "
        "way to its publishing site",
    }
    text = answer.member("status_text") or answer.text or "without a body"
    return f"{answer.status}, {text}{advice.get(answer.status, '')}"
