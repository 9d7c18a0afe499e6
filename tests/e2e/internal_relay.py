"""The relay `internal`, whose files the Secrets Store CSI driver brings from a vault, as its people handle it."""

import smtplib
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress

import yaml
from azure.identity import ManagedIdentityCredential
from azure.keyvault.secrets import SecretClient
from kubernetes import client

from infra.local.cloud import VAULT_ADMINISTRATOR
from infra.local.csi.install import CLIENTS, NAMESPACE, WORKLOAD, install_relay, put_class
from shared.azure import KEY_VAULT_OPTIONS
from shared.domain.clients.password import generate_password
from shared.domain.serving.place_observation import Mount
from shared.inventory import Workload
from tests.e2e.cluster import ClusterByHand, connected, is_ready
from tests.e2e.conftest import INTERNAL, Fleet

VAULT = "dev"
PORT = 8025
POD = "mailrelay-0"


class InternalRelay:
    """The relay in the fleet's first cluster; each of its clients is a secret and a user of the same name."""

    def __init__(self, fleet: Fleet) -> None:
        self.fleet = fleet
        self.cluster: ClusterByHand = fleet.clusters[0]
        self.workload = Workload(NAMESPACE, "statefulset", WORKLOAD)
        credential = ManagedIdentityCredential(client_id=VAULT_ADMINISTRATOR.client_id)
        self.vault = SecretClient(fleet.stack.addresses.vault(VAULT), credential, **KEY_VAULT_OPTIONS)
        self.passwords: list[str] = []
        """All that were put into the vault, for a search of leaks."""
        self._api = connected(fleet.stack.clusters[0].kubeconfig)
        self._core = client.CoreV1Api(self._api)

    def put_secret(self, name: str) -> tuple[str, str]:
        """Store a new password; return it, and its version."""
        password = generate_password().reveal_for_auth()
        self.passwords.append(password)
        version = self.vault.set_secret(name, password).properties.version
        assert version is not None
        return password, version

    def disable_secret(self, name: str) -> None:
        """Disable the newest version."""
        version = self.vault.get_secret(name).properties.version
        assert version is not None
        self.vault.update_secret_properties(name, version, enabled=False)

    def list_clients(self, names: Sequence[str]) -> None:
        """Let the SecretProviderClass list these, as Flux does after a merge."""
        put_class(self._api, NAMESPACE, CLIENTS, VAULT, {name: name for name in names})

    def mounts(self) -> Mapping[str, Mount]:
        """Return what the product sees of the pod's mounts, by SecretProviderClass."""
        found = self.fleet.ports.clusters.mounts(self.cluster.name, self.workload)
        return {mount.provider_class: mount for mount in found}

    def versions(self) -> Mapping[str, str]:
        """Return the versions of the clients' secrets that the pod has, as the product sees them."""
        mount = self.mounts().get(CLIENTS)
        return mount.versions if mount else {}

    def takes(self, user: str, password: str) -> bool:
        """Say whether the replica takes a login."""
        trust = ssl.create_default_context()
        trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE  # a test of files, not of the certificate
        [pod] = self.pods()
        with smtplib.SMTP(pod.status.pod_ip, PORT, timeout=10) as session:
            session.starttls(context=trust)
            with suppress(smtplib.SMTPAuthenticationError):
                session.login(user, password)
                return True
        return False

    def pods(self) -> list[client.V1Pod]:
        return list(self._core.list_namespaced_pod(NAMESPACE).items)

    def start_again(self) -> None:
        """Delete the pod at once; its successor mounts what there is now."""
        self._core.delete_namespaced_pod(POD, NAMESPACE, body={"gracePeriodSeconds": 0})

    def remove(self) -> None:
        """Delete the relay, and wait until it is gone, so that it can be made again."""
        self._core.delete_namespace(NAMESPACE)
        self.wait(lambda: NAMESPACE not in [each.metadata.name for each in self._core.list_namespace().items])

    def is_ready(self) -> bool:
        pods = self.pods()
        return len(pods) == 1 and is_ready(pods[0])

    def is_creating(self) -> bool:
        """Say whether the pod waits for its mounts."""
        states = [each.state.waiting for pod in self.pods() for each in pod.status.container_statuses or ()]
        return [state.reason for state in states if state] == ["ContainerCreating"]

    def failed_mounts(self) -> list[str]:
        """Return the messages of the events that tell why a mount failed."""
        events = self._core.list_namespaced_event(NAMESPACE).items
        return [event.message for event in events if event.reason == "FailedMount"]

    def wait(self, condition: Callable[[], bool]) -> None:
        self.cluster.wait(condition)

    def gave_up_rotating(self, name: str, code: str) -> bool:
        """Say whether the driver once left the clients' files as they were because the vault answered for one of them
        with this code."""
        lines = (self.fleet.stack.logs / f"{self.cluster.node}.log").read_text().splitlines()
        words = (f"keeps what it has of {CLIENTS}", f"objectName:{name}", f"ERROR CODE: {code}")
        return any(all(word in line for word in words) for line in lines)

    def enter_inventory(self, **fields: object) -> None:
        """Add the relay to the fleet's inventory with these fields besides, for as long as it runs."""
        document = yaml.safe_load(self.fleet.inventory_file.read_text())
        document["relays"][NAMESPACE] = {
            "clusters": [self.cluster.name],
            "workload": str(self.workload),
            "ports": [f"{PORT}/25"],
            "sync": "none",
            "serves": [{"certificate": INTERNAL}],
            **fields,
        }
        self.fleet.inventory_file.write_text(yaml.safe_dump(document, sort_keys=False))


@contextmanager
def running_internal_relay(fleet: Fleet, clients: Sequence[str]) -> Iterator[InternalRelay]:
    """Run it with these clients, whose secrets stay in the vault afterwards. Its certificate must be there already."""
    relay, inventory = InternalRelay(fleet), fleet.inventory_file.read_text()
    for name in clients:
        relay.put_secret(name)
    cluster, folder = fleet.stack.clusters[0], fleet.stack.folder
    install_relay(cluster, folder, VAULT, INTERNAL, {name: name for name in clients})
    try:
        relay.wait(relay.is_ready)
        yield relay
    finally:
        fleet.inventory_file.write_text(inventory)
        relay.remove()
