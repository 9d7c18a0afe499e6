"""The Secrets Store CSI driver's objects, as charts and the driver write them.

https://secrets-store-csi-driver.sigs.k8s.io/concepts
"""

from collections.abc import Mapping
from typing import Any

import yaml

GROUP, VERSION = "secrets-store.csi.x-k8s.io", "v1"

CLASSES, STATUSES = "secretproviderclasses", "secretproviderclasspodstatuses"

type Objects = Mapping[str, str]
"""What a SecretProviderClass lists: the secret's name in the vault, by the file that it becomes."""


def provider_class(name: str, vault: str, objects: Objects) -> dict[str, Any]:
    """Return a SecretProviderClass for Azure's provider: its list is YAML within YAML within YAML."""
    array = [
        yaml.safe_dump({"objectName": secret, "objectType": "secret", "objectAlias": file}, sort_keys=False)
        for file, secret in objects.items()
    ]
    parameters = {"keyvaultName": vault, "tenantId": "", "objects": yaml.safe_dump({"array": array})}
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "SecretProviderClass",
        "metadata": {"name": name},
        "spec": {"provider": "azure", "parameters": parameters},
    }


def pod_status(namespace: str, pod: str, uid: str, provider_class: str, versions: Mapping[str, str]) -> dict[str, Any]:
    """Return the SecretProviderClassPodStatus of a pod; `versions` by the names of secrets."""
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": "SecretProviderClassPodStatus",
        "metadata": {
            "name": f"{pod}-{namespace}-{provider_class}",
            "ownerReferences": [{"apiVersion": "v1", "kind": "Pod", "name": pod, "uid": uid}],
        },
        "status": {
            "podName": pod,
            "secretProviderClassName": provider_class,
            "mounted": True,
            "targetPath": f"/var/lib/kubelet/pods/{uid}/volumes/kubernetes.io~csi/{provider_class}/mount",
            "objects": [{"id": f"secret/{name}", "version": version} for name, version in sorted(versions.items())],
        },
    }
