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
from tests.e2e.conftest import DEV, HOST, Estate

pytestmark = pytest.mark.e2e

FLUX, SECRET, PLACE = "kustomize-controller", "flux-tls", "dev@ss-dev-00"
THEIRS = {f"{HOST}.current": b"theirs", "ca.crt": b"theirs too"}


@pytest.fixture
def estate(estate: Estate) -> Iterator[Estate]:
    """The relay's first certificate goes to a Secret that Flux made."""
    for cluster in estate.clusters:
        cluster.allow_secret(SECRET)
    take(estate, FLUX)
    estate.wish_of_relay(serves=[{"certificate": DEV, "secret": SECRET}])
    yield estate
    for cluster in estate.clusters:
        if cluster.secret(SECRET) is not None:
            cluster.delete_secret(SECRET)


def take(estate: Estate, manager: str, files: Mapping[str, bytes] = THEIRS, kind: str | None = None) -> None:
    """Let a manager apply its Secret in the first cluster, by force, as Flux does."""
    body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": SECRET}, "data": encoded(files)}
    body |= {"type": kind} if kind else {}
    with config.new_client_from_config(str(estate.stack.clusters[0].kubeconfig)) as api:
        client.CoreV1Api(api).patch_namespaced_secret(
            SECRET, NAMESPACE, body, field_manager=manager, force=True, _content_type="application/apply-patch+yaml"
        )


def encoded(files: Mapping[str, bytes]) -> dict[str, str]:
    return {name: b64encode(content).decode() for name, content in files.items()}


def owners(estate: Estate) -> set[str]:
    """Return who owns any key of the Secret."""
    fields = estate.clusters[0].secret(SECRET).metadata.managed_fields
    return {entry.manager for entry in fields if "f:data" in entry.fields_v1}


def held(estate: Estate, name: str) -> bytes:
    return b64decode(estate.clusters[0].secret(SECRET).data[name])


@pytest.mark.parametrize("kind", [None, "Opaque"], ids=["without its type", "with its type"])
def test_a_secret_is_adopted_from_flux_once(estate: Estate, kind: str | None) -> None:
    take(estate, FLUX, kind=kind)
    estate.wish_of_relay(adopt=FLUX)

    estate.renew()
    assert estate.said(DEV, f"Secret {NAMESPACE}/{SECRET} is adopted from {FLUX}")
    assert owners(estate) == {f"relaykeeper/{DEV}"}
    assert held(estate, f"{HOST}.current").decode() == estate.stored().version
    assert held(estate, "ca.crt") == b"theirs too"
    assert estate.journal().at(PLACE).adopted == FLUX

    take(estate, FLUX, kind=kind)
    before = estate.clusters[0].secret(SECRET).metadata.resource_version
    estate.renew()
    assert estate.said(DEV, PLACE, f"belongs to {FLUX}, which took it back after it was adopted", "prune: disabled")
    assert estate.clusters[0].secret(SECRET).metadata.resource_version == before
    forget(estate)


def forget(estate: Estate) -> None:
    """Forget that it was adopted."""
    with estate.ports.state.certificates.lease(DEV) as lease:
        record = replace(lease.journal.at(PLACE), adopted=None)
        lease.write(lease.journal.with_place(PLACE, record))


class Overtaken:
    """Clusters in which Helm takes files of the Secret right before we apply."""

    def __init__(self, inner: Clusters, estate: Estate, files: Mapping[str, bytes]) -> None:
        self._inner, self._estate, self._files = inner, estate, files

    def __getattr__(self, name: str) -> object:
        return getattr(self._inner, name)

    def apply(self, cluster: str, part: SecretApply) -> None:
        take(self._estate, "helm", self._files)
        self._inner.apply(cluster, part)


@pytest.mark.parametrize("file", [f"{HOST}.pem", "ca.crt"], ids=["a file of ours", "another file"])
def test_a_secret_taken_over_between_look_and_write_is_left_alone_and_refused_by_name(
    estate: Estate, file: str
) -> None:
    estate.clusters[0].delete_secret(SECRET)
    estate.renew()
    estate.wish_of_relay(files={"{host}.pem": "bundle"})
    ports = estate.ports

    overtaken = Overtaken(ports.clusters, estate, {file: b"theirs"})
    renew(Message(certificate_ref(DEV), "test"), replace(ports, clusters=overtaken))  # type: ignore[arg-type]
    taken = estate.clusters[0].secret(SECRET)
    assert b64decode(taken.data[file]) == b"theirs"

    estate.renew()
    assert estate.said(DEV, PLACE, "it belongs to helm", "set adopt: helm")
    assert estate.clusters[0].secret(SECRET).metadata.resource_version == taken.metadata.resource_version
