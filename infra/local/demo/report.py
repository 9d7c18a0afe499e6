"""The demo's result: what openssl saw at each replica, as a table for people and as `demo.json` for programs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path
from typing import Any

from kubernetes import client, config

from infra.local.openssl_probe import OpensslResult, probe_with_openssl
from shared.domain.certificates.certificate import StoredVersion
from shared.inventory import SELF_SIGNED, Place
from shared.inventory.relays import Certificate
from shared.ports import Ports

HEADINGS = ("certificate", "issuer", "version", "not after", "place", "pod", "with SNI", "no SNI", "verdict")

SHORT = 8
"""Digits of a version or thumbprint in the table."""


@dataclass(frozen=True, slots=True)
class Row:
    """One replica and one certificate: what openssl saw for each DNS name, and without SNI."""

    certificate: Certificate
    stored: StoredVersion
    place: Place
    pod: str
    address: str
    by_name: dict[str, OpensslResult]
    without_sni: OpensslResult
    first: StoredVersion

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


def table(rows: Sequence[Row]) -> str:
    """Lay the rows out in columns."""
    return lay_out(HEADINGS, [cells(row) for row in rows])


def lay_out(headings: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Return lines of columns, each as wide as its widest cell."""
    lines = [headings, *rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headings))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in lines)


def cells(row: Row) -> tuple[str, ...]:
    seen = {testimony.thumbprint or "none" for testimony in row.by_name.values()}
    return (
        row.certificate.name,
        row.certificate.issuer,
        row.stored.version[:SHORT],
        f"{row.not_after:%Y-%m-%d}",
        str(row.place),
        row.pod,
        ",".join(sorted(thumbprint[:SHORT] for thumbprint in seen)),
        (row.without_sni.thumbprint or "none")[:SHORT],
        "; ".join(row.faults) or "served, chain ok",
    )


def result(
    rows: Sequence[Row],
    requests: Mapping[str, int],
    clients: Sequence[Mapping[str, Any]],
    second_tick: Mapping[str, int],
    seconds: Mapping[str, float],
) -> dict[str, Any]:
    """Return what `demo.json` holds; `requests` are those to the authority, by certificate."""
    certificates = [entry(list(group), requests) for _, group in groupby(rows, key=lambda row: row.certificate.name)]
    rounded = {what: round(took, 1) for what, took in seconds.items()}
    return {
        "certificates": certificates,
        "clients": list(clients),
        "second_tick": dict(second_tick),
        "seconds": rounded,
    }


def entry(rows: Sequence[Row], requests: Mapping[str, int]) -> dict[str, Any]:
    one = rows[0]
    return {
        "name": one.certificate.name,
        "issuer": one.certificate.issuer,
        "version": one.stored.version,
        "thumbprint": one.stored.leaf.thumbprint,
        "not_after": one.not_after.isoformat(),
        "acme_requests": requests.get(one.certificate.name, 0),
        "replicas": [
            {
                "cluster": row.place.cluster,
                "pod": row.pod,
                "address": row.address,
                "thumbprint": next(iter(row.by_name.values())).thumbprint,
                "chain_ok": all(seen.chain_ok for seen in row.by_name.values()),
            }
            for row in rows
        ],
    }


def write(path: Path, content: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=2) + "\n")


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
                    {host: probe_with_openssl(address, port, host, roots) for host in certificate.dns_names},
                    probe_with_openssl(address, port, None, roots),
                    stored[first],
                )


def trusted(certificate: Certificate, stored: StoredVersion, ports: Ports, pki: Path) -> Path:
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
