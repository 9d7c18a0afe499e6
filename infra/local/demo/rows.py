"""Every replica of every relay, asked for every certificate that it should serve."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kubernetes import client, config

from infra.local.demo.witness import Testimony, ask
from shared.domain.certificates import Stored
from shared.inventory import SELF_SIGNED, Certificate, Place
from shared.ports import Ports


@dataclass(frozen=True, slots=True)
class Row:
    """One replica and one certificate: what openssl saw for each DNS name, and without SNI."""

    certificate: Certificate
    stored: Stored
    place: Place
    pod: str
    address: str
    by_name: dict[str, Testimony]
    without_sni: Testimony
    first: Stored

    @property
    def faults(self) -> list[str]:
        """What is not as it should be, in words."""
        wanted = self.stored.leaf.thumbprint
        wrong = [f"{name}: {seen.words}" for name, seen in self.by_name.items() if seen.thumbprint != wanted]
        if self.without_sni.thumbprint != self.first.leaf.thumbprint:
            wrong.append(f"no SNI: not the relay's first certificate ({self.without_sni.words})")
        return wrong + [f"{name}: chain: {seen.words}" for name, seen in self.by_name.items() if not seen.chain_ok]

    @property
    def not_after(self) -> datetime:
        return self.stored.leaf.not_after


def ask_replicas(ports: Ports, kubeconfigs: Path, pki: Path) -> Iterator[Row]:
    """Ask each replica that the clusters' own API names, on the relay's first port."""
    stored = {name: found for name, c in ports.inventory.certificates.items() if (found := ports.vault.latest(c))}
    for name, certificate in ports.inventory.certificates.items():
        roots = trusted(certificate, stored[name], ports, pki)
        for place in ports.inventory.places(name):
            for pod, address in replicas(place, kubeconfigs):
                port, first = place.relay.ports[0].pod, place.relay.first
                yield Row(
                    certificate,
                    stored[name],
                    place,
                    pod,
                    address,
                    {host: ask(address, port, host, roots) for host in certificate.dns_names},
                    ask(address, port, None, roots),
                    stored[first],
                )


def trusted(certificate: Certificate, stored: Stored, ports: Ports, pki: Path) -> Path:
    """Return the file of roots for a client of this certificate; a self-signed one is its own."""
    if certificate.issuer != SELF_SIGNED:
        return pki / "pebble-root.pem"
    path = pki / f"{certificate.name}.pem"
    path.write_bytes(ports.vault.bundle(certificate, stored.version).chain)
    return path


def replicas(place: Place, kubeconfigs: Path) -> list[tuple[str, str]]:
    """Return the name and address of each pod of the relay."""
    with config.new_client_from_config(str(kubeconfigs / f"{place.cluster}.yaml")) as api:
        pods = client.CoreV1Api(api).list_namespaced_pod(place.relay.workload.namespace).items
        return sorted((pod.metadata.name, pod.status.pod_ip or "") for pod in pods)
