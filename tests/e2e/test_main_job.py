"""The main job on the stack: what a handshake returns is what counts."""

import pytest

from infra.local.demo.counts import count
from infra.local.openssl_probe import probe_with_openssl
from tests.e2e.conftest import DEV, HOST, INTERNAL, Fleet, txt_values

pytestmark = pytest.mark.e2e


def test_each_name_gets_its_certificate_and_no_name_the_relay_s_first(fleet: Fleet) -> None:
    internal = "dev-in.mailrelay.internal.platform.hmcts.net"

    assert {seen.thumbprint for seen in fleet.openssl_results(HOST)} == {fleet.stored(DEV).leaf.thumbprint}
    assert {seen.thumbprint for seen in fleet.openssl_results(internal)} == {fleet.stored(INTERNAL).leaf.thumbprint}
    assert {seen.thumbprint for seen in fleet.openssl_results(None)} == {fleet.stored(DEV).leaf.thumbprint}


def test_the_service_address_serves_it_too(fleet: Fleet) -> None:
    roots = fleet.stack.folder / "pki" / "pebble-root.pem"
    for cluster in fleet.clusters:
        seen = probe_with_openssl(fleet.stack.addresses.service(cluster.name), 587, HOST, roots)
        assert (seen.thumbprint, seen.chain_ok) == (fleet.stored().leaf.thumbprint, True)


def test_a_second_tick_orders_nothing_and_writes_nothing(fleet: Fleet) -> None:
    logs, kubeconfigs = fleet.stack.logs, fleet.stack.folder / "kubeconfigs"
    names = [cluster.name for cluster in fleet.clusters]
    before = count(logs, kubeconfigs, names)

    fleet.tick()

    assert count(logs, kubeconfigs, names).since(before) == {
        "orders": 0,
        "vault_writes": 0,
        "secret_writes": 0,
        "restarts": 0,
    }
    assert fleet.said(DEV, "nothing to do")


def test_a_changed_name_is_a_reason_to_renew(fleet: Fleet) -> None:
    before = fleet.stored().version
    more = fleet.add_a_name()

    fleet.renew()

    assert fleet.said(DEV, "due", f"names wanted that the stored version lacks: {more}")
    assert fleet.stored().version != before
    assert {seen.thumbprint for seen in fleet.openssl_results(more)} == {fleet.stored().leaf.thumbprint}


def test_no_txt_value_is_left_behind(fleet: Fleet) -> None:
    fleet.add_a_name()
    fleet.renew()

    record = fleet.ports.dns.locate(HOST, "nothing")
    (seen,) = fleet.ports.dns.propagation([record])
    assert seen.seen_on == ()
    assert fleet.journal().issuance is None
    for server in fleet.stack.addresses.name_servers:
        assert txt_values(server, record.name) == []


def test_restart_mode_rolls_the_workload_and_proves_every_new_pod(fleet: Fleet) -> None:
    pods = {pod.metadata.uid for cluster in fleet.clusters for pod in cluster.pods()}
    generations = [cluster.generation() for cluster in fleet.clusters]
    fleet.change_relay(reload="restart")
    fleet.add_a_name()

    fleet.renew()

    assert [cluster.generation() for cluster in fleet.clusters] == [number + 1 for number in generations]
    assert pods.isdisjoint(pod.metadata.uid for cluster in fleet.clusters for pod in cluster.pods())
    assert {seen.thumbprint for seen in fleet.openssl_results()} == {fleet.stored().leaf.thumbprint}
    assert fleet.said(DEV, "verified after a restart")
