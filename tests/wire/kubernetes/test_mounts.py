"""How the Secrets Store CSI driver's objects are asked for: in the version of their API that the cluster serves."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.local.pki import Authority
from shared.adapters.kubernetes.clusters import KubernetesClusters
from shared.domain.serving.place_observation import Mount, ProviderObject
from shared.errors import PermanentError
from tests.wire.kubernetes.api_server import ScriptedApiServer, scripted_api_server
from tests.wire.kubernetes.test_server import WORKLOAD, clusters

VERSION = "1" * 32
STATUSES = "/apis/secrets-store.csi.x-k8s.io/{}/namespaces/mailrelay/secretproviderclasspodstatuses"
CLASS = "/apis/secrets-store.csi.x-k8s.io/{}/namespaces/mailrelay/secretproviderclasses/relay-clients"
NO_SUCH_PATH = (404, b"404 page not found\n")
"""An API server's answer where it serves no such group or version."""


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority.create(tmp_path, "ss-dev-00")


@pytest.fixture
def api_server(authority: Authority) -> Iterator[ScriptedApiServer]:
    with scripted_api_server(authority) as opened:
        yield opened


@pytest.fixture
def asking(api_server: ScriptedApiServer, tmp_path: Path) -> KubernetesClusters:
    return clusters(api_server.url, tmp_path)


def pod(name: str, uid: str, **metadata: Any) -> dict[str, Any]:
    owners = [{"kind": "StatefulSet", "name": "mailrelay"}]
    return {"metadata": {"name": name, "uid": uid, "ownerReferences": owners} | metadata, "status": {}}


def status(name: str, uid: str) -> dict[str, Any]:
    return {
        "metadata": {"name": name, "namespace": "mailrelay", "ownerReferences": [{"kind": "Pod", "uid": uid}]},
        "status": {
            "secretProviderClassName": "relay-clients",
            "mounted": True,
            "objects": [{"id": "secret/pcol", "version": VERSION}],
        },
    }


def answer_pods(api_server: ScriptedApiServer, *pods: dict[str, Any]) -> None:
    api_server.answer(200, {"metadata": {}, "items": pods})


def paths(api_server: ScriptedApiServer) -> list[str]:
    return [urlsplit(asked.path).path for asked in api_server.asked]


def test_only_the_statuses_of_the_workloads_own_pods_are_read(
    api_server: ScriptedApiServer, asking: KubernetesClusters
) -> None:
    leaving = pod("mailrelay-1", "2", deletionTimestamp="2026-11-22T12:01:00Z")
    answer_pods(api_server, pod("mailrelay-0", "1"), leaving)
    foreign = {"metadata": {"name": "x", "ownerReferences": [{"kind": "Pod", "uid": "9"}]}, "status": "no status"}
    before = status("mailrelay-0-of-yesterday", "0")
    listed = [foreign, before, status("mailrelay-1-now", "2"), status("mailrelay-0-now", "1")]
    for number, item in enumerate(listed):
        more = {"continue": f"page-{number}"} if item is not listed[-1] else {}
        api_server.answer(200, {"metadata": more, "items": [item]})

    assert asking.mounts("ss-dev-00", WORKLOAD) == (Mount("mailrelay-0", "relay-clients", True, {"pcol": VERSION}),)
    assert paths(api_server)[1:] == [STATUSES.format("v1")] * len(listed)


def test_a_workload_without_pods_has_no_mounts_and_costs_one_request(
    api_server: ScriptedApiServer, asking: KubernetesClusters
) -> None:
    answer_pods(api_server)

    assert asking.mounts("ss-dev-00", WORKLOAD) == ()
    assert len(api_server.asked) == 1


def test_an_older_driver_is_read_in_its_version(api_server: ScriptedApiServer, asking: KubernetesClusters) -> None:
    answer_pods(api_server, pod("mailrelay-0", "1"))
    api_server.answers.append(NO_SUCH_PATH)
    api_server.answer(200, {"metadata": {}, "items": [status("mailrelay-0-now", "1")]})
    api_server.answers.append(NO_SUCH_PATH)
    api_server.answer(200, {"metadata": {"name": "relay-clients"}, "spec": spec("{objectName: a, objectType: secret}")})

    assert [each.versions for each in asking.mounts("ss-dev-00", WORKLOAD)] == [{"pcol": VERSION}]
    found = asking.provider_objects("ss-dev-00", "mailrelay", "relay-clients")
    assert found == (ProviderObject("a", "secret", "a"),)
    assert paths(api_server)[1:] == [path.format(each) for path in (STATUSES, CLASS) for each in ("v1", "v1alpha1")]


def spec(item: str) -> dict[str, Any]:
    return {"provider": "azure", "parameters": {"objects": f"array:\n  - '{item}'\n"}}


def test_a_cluster_without_the_driver_has_neither_mounts_nor_classes(
    api_server: ScriptedApiServer, asking: KubernetesClusters
) -> None:
    answer_pods(api_server, pod("mailrelay-0", "1"))
    api_server.answers += [NO_SUCH_PATH] * 4

    assert asking.mounts("ss-dev-00", WORKLOAD) == ()
    assert asking.provider_objects("ss-dev-00", "mailrelay", "relay-clients") is None


def test_a_class_that_does_not_exist_is_none_and_asked_for_once(
    api_server: ScriptedApiServer, asking: KubernetesClusters
) -> None:
    api_server.answer(404, {"kind": "Status", "reason": "NotFound", "message": "not found", "code": 404})

    assert asking.provider_objects("ss-dev-00", "mailrelay", "relay-clients") is None
    assert len(api_server.asked) == 1


def test_what_somebody_wrote_into_an_object_of_ours_is_refused_in_words(
    api_server: ScriptedApiServer, asking: KubernetesClusters
) -> None:
    answer_pods(api_server, pod("mailrelay-0", "1"))
    api_server.answer(200, {"metadata": {}, "items": [status("mailrelay-0-now", "1") | {"status": "mounted"}]})
    api_server.answer(200, {"metadata": {"name": "relay-clients"}, "spec": spec("[")})

    with pytest.raises(PermanentError, match=r"mailrelay in ss-dev-00: .* mailrelay-0-now cannot be read"):
        asking.mounts("ss-dev-00", WORKLOAD)
    with pytest.raises(PermanentError, match=r"cannot read SecretProviderClass mailrelay/relay-clients in ss-dev-00: "):
        asking.provider_objects("ss-dev-00", "mailrelay", "relay-clients")


def test_another_server_at_the_address_is_not_taken_for_a_cluster_without_pods(
    api_server: ScriptedApiServer, asking: KubernetesClusters
) -> None:
    api_server.answers.append(NO_SUCH_PATH)

    with pytest.raises(PermanentError, match="what answers there is no API server"):
        asking.mounts("ss-dev-00", WORKLOAD)
