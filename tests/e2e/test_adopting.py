"""What Flux holds of a Secret is taken over where the inventory says so, once; on a real API server."""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest
from kubernetes import client, config

from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.domain.serving.tls_secret import SecretApply
from shared.ports import Clusters
from shared.workflows.renew import renew
from tests.e2e.cluster import NAMESPACE
from tests.e2e.conftest import DEV, HOST, Fleet

pytestmark = pytest.mark.e2e

FLUX, SECRET, PLACE = "kustomize-controller", "flux-tls", "dev@ss-dev-00"
THEIRS = {f"{HOST}.current": b"theirs", "ca.crt": b"theirs too"}


@pytest.fixture
def fleet(fleet: Fleet) -> Iterator[Fleet]:
    """The relay's first certificate goes to a Secret that Flux made."""
    for cluster in fleet.clusters:
        cluster.allow_secret(SECRET)
    take(fleet, FLUX)
    fleet.change_relay(serves=[{"certificate": DEV, "secret": SECRET}])
    yield fleet
    for cluster in fleet.clusters:
        if cluster.secret(SECRET) is not None:
            cluster.delete_secret(SECRET)


def take(fleet: Fleet, manager: str, files: Mapping[str, bytes] = THEIRS, kind: str | None = None) -> None:
    """Let a manager apply its Secret in the first cluster, by force, as Flux does."""
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "data": encoded(files)}
    body |= {"type": kind} if kind else {}
    with config.new_client_from_config(str(fleet.stack.clusters[0].kubeconfig)) as api:
        client.CoreV1Api(api).patch_namespaced_secret(
            SECRET, NAMESPACE, body, field_manager=manager, force=True, _content_type="application/apply-patch+yaml"
        )


def encoded(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: b64encode(content).decode() for name, content in files.items()}


def owners(fleet: Fleet) -> set[str]:
    """Return who owns any key of the Secret."""
    fields = fleet.clusters[0].secret(SECRET).metadata.managed_fields
    return {entry.manager for entry in fields if "f:data" in entry.fields_v1}


def held(fleet: Fleet, name: str) -> bytes:
    return b64decode(fleet.clusters[0].secret(SECRET).data[name])


@pytest.mark.parametrize("kind", [None, "Opaque"], ids=["without its type", "with its type"])
def test_a_secret_is_adopted_from_flux_once(fleet: Fleet, kind: str | None) -> None:
    take(fleet, FLUX, kind=kind)
    fleet.change_relay(adopt=FLUX)

    fleet.renew()
    assert fleet.said(DEV, f"Secret {NAMESPACE}/{SECRET} is adopted from {FLUX}")
    assert owners(fleet) == {f"relaykeeper/certificate.{DEV}"}
    assert held(fleet, f"{HOST}.current").decode() == fleet.stored().version
    assert held(fleet, "ca.crt") == b"theirs too"
    assert fleet.journal().at(PLACE).adopted == FLUX

    take(fleet, FLUX, kind=kind)
    before = fleet.clusters[0].secret(SECRET).metadata.resource_version
    fleet.renew()
    assert fleet.said(DEV, PLACE, f"belongs to {FLUX}, which took it back after it was adopted", "prune: disabled")
    assert fleet.clusters[0].secret(SECRET).metadata.resource_version == before
    drop_adoption(fleet)


def drop_adoption(fleet: Fleet) -> None:
    """Remove the note of the adoption from the journal."""
    with fleet.ports.state.certificates.lease(DEV) as lease:
        record = replace(lease.journal.at(PLACE), adopted=None)
        lease.write(lease.journal.with_place(PLACE, record))


class Overtaken:
    """Clusters in which Helm takes files of the Secret right before we apply."""

    def __init__(self, inner: Clusters, fleet: Fleet, files: Mapping[str, bytes]) -> None:
        self._inner, self._fleet, self._files = inner, fleet, files

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def apply(self, cluster: str, part: SecretApply) -> None:
        take(self._fleet, "helm", self._files)
        self._inner.apply(cluster, part)


@pytest.mark.parametrize("file", [f"{HOST}.pem", "ca.crt"], ids=["a file of ours", "another file"])
def test_a_secret_taken_over_between_look_and_write_is_left_alone_and_refused_by_name(fleet: Fleet, file: str) -> None:
    fleet.clusters[0].delete_secret(SECRET)
    fleet.renew()
    fleet.change_relay(files={"{host}.pem": "bundle"})
    ports = fleet.ports

    overtaken = Overtaken(ports.clusters, fleet, {file: b"theirs"})
    renew(Message(certificate_ref(DEV), "test"), replace(ports, clusters=overtaken))  # type: ignore[arg-type]
    taken = fleet.clusters[0].secret(SECRET)
    assert b64decode(taken.data[file]) == b"theirs"

    fleet.renew()
    assert fleet.said(DEV, PLACE, "it belongs to helm", "set adopt: helm")
    assert fleet.clusters[0].secret(SECRET).metadata.resource_version == taken.metadata.resource_version
