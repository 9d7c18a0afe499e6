"""The relay `internal`, for tests that ask for it: one replica, whose files the Secrets Store CSI driver brings.

The node plays the driver (infra/local/node/csi.py).
"""

import shutil
import time
from pathlib import Path

import yaml
from kubernetes import client, config, utils
from kubernetes.client import ApiException

from infra.local.cloud import PRODUCT
from infra.local.cluster import Cluster, rights
from infra.local.csi.objects import CLASSES, GROUP, VERSION, Objects, provider_class
from infra.local.relays import PATIENCE, PAUSE

HERE = Path(__file__).parent
NAMESPACE, WORKLOAD, IMAGE = "internal", "mailrelay", "mailrelay-csi"
CERTIFICATES, CLIENTS = "relay-tls", "relay-clients"
"""Its SecretProviderClasses."""


def install_relay(cluster: Cluster, folder: Path, vault: str, certificate: str, clients: Objects) -> None:
    """Create the relay, with the rights of our identity. Its pod starts once all objects are in the vault.

    `folder` is the stack's; `certificate` is in the vault, as are the clients' passwords.
    """
    shutil.copyfile(HERE / "exim.conf", folder / "images" / cluster.name / f"{IMAGE}.conf")
    with config.new_client_from_config(str(cluster.kubeconfig)) as api:
        install_resources(api)
        namespace, workload = yaml.safe_load_all((HERE / "relay.yaml").read_text())
        utils.create_from_dict(api, namespace)
        put_class(api, NAMESPACE, CERTIFICATES, vault, {"default.pem": certificate})
        put_class(api, NAMESPACE, CLIENTS, vault, clients)
        for piece in ("sync-none", "csi"):
            for each in rights(piece, PRODUCT.object_id):
                utils.create_from_dict(api, each, namespace=NAMESPACE)
        utils.create_from_dict(api, workload)


def install_resources(api: client.ApiClient) -> None:
    """Let the cluster serve the driver's two resources, and return when it does. Nothing changes if it does already."""
    resources = client.ApiextensionsV1Api(api)
    for each in yaml.safe_load_all((HERE / "crds.yaml").read_text()):
        try:
            resources.create_custom_resource_definition(each)
        except ApiException as error:
            if error.status != 409:
                raise
        await_resource(api, each["spec"]["names"]["plural"])


def await_resource(api: client.ApiClient, plural: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            client.CustomObjectsApi(api).list_cluster_custom_object(GROUP, VERSION, plural)
        except ApiException as error:
            if error.status != 404 or time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)
        else:
            return


def put_class(api: client.ApiClient, namespace: str, name: str, vault: str, objects: Objects) -> None:
    """Make a SecretProviderClass, or change what it lists."""
    custom, where = client.CustomObjectsApi(api), (GROUP, VERSION, namespace, CLASSES)
    body = provider_class(name, vault, objects)
    try:
        custom.create_namespaced_custom_object(*where, body)
    except ApiException as error:
        if error.status != 409:
            raise
        custom.patch_namespaced_custom_object(*where, name, body, _content_type="application/merge-patch+json")
