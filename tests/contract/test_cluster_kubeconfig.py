"""A real API server is entered with a kubeconfig, by token or by client certificate."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from azure.identity import DefaultAzureCredential

from infra.local.cluster import Cluster as LocalCluster
from shared.adapters.kubernetes.clusters import KubernetesClusters
from shared.errors import PermanentError
from shared.inventory import Cluster, Workload
from tests.conftest import RunningStack
from tests.contract.cluster_admin import RELAY
from tests.contract.cluster_administrator import Administrator, namespace_of_its_own
from tests.contract.polling import until

ACCOUNT = "relaykeeper"

pytestmark = pytest.mark.e2e


@dataclass(frozen=True, slots=True)
class Scene:
    """A namespace that a service account of ours may see and restart pods in."""

    cluster: LocalCluster
    admin: Administrator

    def entered_by(self, user: dict[str, Any]) -> KubernetesClusters:
        """Return the adapter with a kubeconfig that has this user."""
        kubeconfig = {
            "current-context": "it",
            "contexts": [{"name": "it", "context": {"cluster": "it", "user": "it"}}],
            "clusters": [
                {
                    "name": "it",
                    "cluster": {"server": self.cluster.url, "certificate-authority-data": of(self.cluster.ca)},
                }
            ],
            "users": [{"name": "it", "user": user}],
        }
        wanted = Cluster.model_validate({"name": self.cluster.name, "kubeconfig": "dev/kubeconfig"})
        text = yaml.safe_dump(kubeconfig)
        return KubernetesClusters({wanted.name: wanted}, Path(), DefaultAzureCredential(), lambda _: text)

    def token(self) -> str:
        answer = self.admin.core.create_namespaced_service_account_token(
            ACCOUNT, self.admin.namespace, {"spec": {"expirationSeconds": 3600}}
        )
        return str(answer.status.token)

    def rollout(self, clusters: KubernetesClusters) -> None:
        clusters.rollout(self.cluster.name, Workload(self.admin.namespace, "statefulset", RELAY))


@pytest.fixture
def scene(stack: RunningStack) -> Iterator[Scene]:
    cluster = stack.stack.clusters[0]
    with namespace_of_its_own(cluster.kubeconfig, cluster.name, "nobody") as admin:
        admin.core.create_namespaced_service_account(admin.namespace, {"metadata": {"name": ACCOUNT}})
        admin.grant("sync-none", f"system:serviceaccount:{admin.namespace}:{ACCOUNT}")
        yield Scene(cluster, admin)


def of(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def test_a_service_accounts_token_enters(scene: Scene) -> None:
    scene.rollout(scene.entered_by({"token": scene.token()}))


def test_a_client_certificate_enters(scene: Scene) -> None:
    pair = scene.cluster.admin

    scene.rollout(scene.entered_by({"client-certificate-data": of(pair.certificate), "client-key-data": of(pair.key)}))


def test_the_error_for_a_revoked_token_names_the_secret_to_renew(scene: Scene) -> None:
    entered = scene.entered_by({"token": scene.token()})
    scene.admin.core.delete_namespaced_service_account(ACCOUNT, scene.admin.namespace)

    def refusal() -> str:
        try:
            scene.rollout(entered)
        except PermanentError as error:
            return str(error)
        return ""

    until(lambda: "the token of its kubeconfig is not accepted (401). It is valid until 20" in refusal())
    assert refusal().endswith("Put a new kubeconfig into the vault secret dev/kubeconfig.")


def test_a_right_that_its_user_lacks_is_named(scene: Scene) -> None:
    entered = scene.entered_by({"token": scene.token()})

    with pytest.raises(PermanentError, match="the right to get secrets relay-tls is missing"):
        entered.secret(scene.cluster.name, scene.admin.namespace, "relay-tls")
