"""The main job on the stack: what a handshake returns is what counts."""

import pytest

from infra.local.demo.counts import count
from infra.local.openssl_probe import ask
from tests.e2e.conftest import DEV, HOST, INTERNAL, Estate, txt_values

pytestmark = pytest.mark.e2e


def test_each_name_gets_its_certificate_and_no_name_the_relay_s_first(estate: Estate) -> None:
    internal = "dev-in.mailrelay.internal.platform.hmcts.net"

    assert {seen.thumbprint for seen in estate.witness(HOST)} == {estate.stored(DEV).leaf.thumbprint}
    assert {seen.thumbprint for seen in estate.witness(internal)} == {estate.stored(INTERNAL).leaf.thumbprint}
    assert {seen.thumbprint for seen in estate.witness(None)} == {estate.stored(DEV).leaf.thumbprint}


def test_the_service_address_serves_it_too(estate: Estate) -> None:
    roots = estate.stack.folder / "pki" / "pebble-root.pem"
    for cluster in estate.clusters:
        seen = ask(estate.stack.addresses.service(cluster.name), 587, HOST, roots)
        assert (seen.thumbprint, seen.chain_ok) == (estate.stored().leaf.thumbprint, True)


def test_a_second_tick_orders_nothing_and_writes_nothing(estate: Estate) -> None:
    logs, kubeconfigs = estate.stack.logs, estate.stack.folder / "kubeconfigs"
    names = [cluster.name for cluster in estate.clusters]
    before = count(logs, kubeconfigs, names)

    estate.tick()

    assert count(logs, kubeconfigs, names).since(before) == {
        "orders": 0,
        "vault_writes": 0,
        "secret_writes": 0,
        "restarts": 0,
    }
    assert estate.said(DEV, "nothing to do")


def test_a_changed_name_is_a_reason_to_renew(estate: Estate) -> None:
    more = "smtp.dev.mailrelay.platform.hmcts.net"
    before = estate.stored().version
    estate.wish(DEV, dns_names=[HOST, more])

    estate.renew()

    assert estate.said(DEV, "due", f"names wanted that the stored version lacks: {more}")
    assert estate.stored().version != before
    assert {seen.thumbprint for seen in estate.witness(more)} == {estate.stored().leaf.thumbprint}


def test_no_txt_value_is_left_behind(estate: Estate) -> None:
    estate.wish(DEV, dns_names=[HOST, "smtp.dev.mailrelay.platform.hmcts.net"])
    estate.renew()

    record = estate.ports.dns.locate(HOST, "nothing")
    (seen,) = estate.ports.dns.propagation([record])
    assert seen.seen_on == ()
    assert estate.journal().issuance is None
    for server in estate.stack.addresses.name_servers:
        assert txt_values(server, record.name) == []


def test_restart_mode_rolls_the_workload_and_proves_every_new_pod(estate: Estate) -> None:
    pods = {pod.metadata.uid for cluster in estate.clusters for pod in cluster.pods()}
    generations = [cluster.generation() for cluster in estate.clusters]
    estate.wish_of_relay(reload="restart")
    estate.wish(DEV, dns_names=[HOST, "smtp.dev.mailrelay.platform.hmcts.net"])

    estate.renew()

    assert [cluster.generation() for cluster in estate.clusters] == [number + 1 for number in generations]
    assert pods.isdisjoint(pod.metadata.uid for cluster in estate.clusters for pod in cluster.pods())
    assert {seen.thumbprint for seen in estate.witness()} == {estate.stored().leaf.thumbprint}
    assert estate.said(DEV, "proven, by restart")
