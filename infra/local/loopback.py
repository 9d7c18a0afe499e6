"""Where each piece of one stack listens.

A stack owns one block of loopback addresses, 127.<block>.0.0/16, and BIND's two ports on 127.0.0.1 (BIND opens sockets
only on addresses that an interface has). Stacks with different blocks run side by side: `make up` and `make test`, say.
"""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

API_SERVER_PORT = 6443

HOST_PORT = 7071

VAULTS = ("dev", "prod")

CLUSTERS = ("ss-dev-00", "ss-dev-01", "ss-prod-00", "ss-prod-01")


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of the stack that owns `block` (0 to 15)."""

    block: int

    @property
    def core(self) -> str:
        """Functions host (:7071), Pebble (:14000, management :15000), Azurite (blob :10000, queue :10001)."""
        return f"127.{self.block}.0.1"

    @property
    def pebble_directory(self) -> str:
        return f"https://{self.core}:14000/dir"

    @property
    def pebble_management(self) -> str:
        return f"https://{self.core}:15000"

    @property
    def blob_service(self) -> str:
        return f"https://{self.core}:10000/devstoreaccount1"

    @property
    def queue_service(self) -> str:
        return f"https://{self.core}:10001/devstoreaccount1"

    @property
    def functions_host(self) -> str:
        return f"http://{self.core}:{HOST_PORT}"

    @property
    def identity(self) -> str:
        """The address of the Entra stand-in: managed identity on http :8080, OIDC issuer on https :8443."""
        return f"127.{self.block}.0.2"

    @property
    def identity_endpoint(self) -> str:
        return f"http://{self.identity}:8080/msi/token"

    @property
    def issuer(self) -> str:
        return f"https://{self.identity}:8443"

    @property
    def arm(self) -> str:
        """Azure Resource Manager's address, as far as Azure DNS goes."""
        return f"https://127.{self.block}.0.3:8443"

    @property
    def receivers(self) -> str:
        """Where Slack, a Teams Workflow, a webhook and a heartbeat's ping are received."""
        return f"https://127.{self.block}.0.4:8443"

    def vault(self, name: str) -> str:
        """A vault's URL; each has an address of its own because the challenge names it without the first label."""
        return f"https://127.{self.block}.0.{11 + VAULTS.index(name)}:8443"

    @property
    def etcd(self) -> str:
        return f"127.{self.block}.0.30"

    def api_server(self, cluster: str) -> str:
        return f"127.{self.block}.1.{10 + CLUSTERS.index(cluster)}"

    def alertmanager(self, cluster: str, member: int) -> str:
        """The URL of a member (0 to 9) of the cluster's group of Alertmanagers."""
        return f"http://127.{self.block}.2.{10 + 10 * CLUSTERS.index(cluster) + member}:9093"

    def service(self, cluster: str) -> str:
        """The address of the cluster's mailrelay Service, a forwarder over its Ready pods."""
        return f"127.{self.block}.{100 + CLUSTERS.index(cluster)}.1"

    def pod(self, cluster: str, number: int) -> str:
        """The address of the node's `number`-th pod (0 to 199); a new pod takes the next free one."""
        return f"127.{self.block}.{100 + CLUSTERS.index(cluster)}.{10 + number}"

    @property
    def name_servers(self) -> tuple[str, str]:
        """BIND's primary and its secondary, `address:port`."""
        return f"127.0.0.1:{5300 + 10 * self.block}", f"127.0.0.1:{5301 + 10 * self.block}"


BLOCKS = 16

CLAIM_PORT = 7070


class NoBlockError(RuntimeError):
    """Every block has an owner."""


@contextmanager
def claimed_addresses() -> Iterator[Addresses]:
    """Own the first free block: a bound port is the claim, which ends with the process at the latest."""
    for addresses in map(Addresses, range(BLOCKS)):
        with socket.socket() as claim:
            try:
                claim.bind((addresses.core, CLAIM_PORT))
            except OSError:
                continue
            yield addresses
            return
    raise NoBlockError(f"{BLOCKS} local stacks run already; stop one with `make down`")
