"""We never fight an owner."""

from datetime import timedelta

import pytest

from shared.domain.serving import tls_secret
from shared.domain.serving.tls_secret import SecretApply
from tests.fakes.inventory import HOST, NAME, NOW
from tests.fakes.leaves import LIFETIME, new_key
from tests.workflows.world import World, new_world


def test_a_certificate_of_another_tool_is_refused_by_name_and_nothing_changes(served: World) -> None:
    served.vault.mark(served.certificate, {"Acmebot": "v4"})
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])

    served.tick()

    assert "Acmebot" in (served.journal.attempt.error or "")
    assert len(served.versions) == 1


def test_with_leave_to_take_over_the_merge_leaves_our_tags_alone(served: World) -> None:
    served.vault.mark(served.certificate, {"Acmebot": "v4", "team": "mail"})
    served.change_inventory(takeover="acmebot", dns_names=[HOST, "smtp.mail.example.net"])

    served.tick()

    stored = served.vault.latest(served.certificate)
    assert stored is not None
    assert stored.tags == {"relaykeeper-issuer": "letsencrypt"}


def test_a_pending_operation_of_somebody_else_is_refused_and_left_alone(world: World) -> None:
    world.vault.begin_elsewhere(world.certificate, [HOST])
    theirs = dict(world.vault.operations)

    world.handle_message()

    assert world.journal.backoff is not None
    assert "pending operation that we did not begin" in world.journal.backoff.error
    assert "az keyvault certificate pending delete" in world.journal.backoff.error
    assert world.vault.operations == theirs
    assert world.authority.new_orders == 0


def test_a_pending_operation_that_was_removed_is_no_obstacle_on_the_next_tick(world: World) -> None:
    world.vault.begin_elsewhere(world.certificate, [HOST])
    world.handle_message()
    world.vault.operations.clear()

    world.tick()

    assert len(world.versions) == 1
    assert world.journal.backoff is None


@pytest.mark.parametrize("owner", ["kustomize-controller", "helm"])
def test_a_secret_of_another_field_manager_is_refused_by_name_and_left_alone(owner: str) -> None:
    world = new_world()
    world.clusters.apply_as(owner, "ss-dev-00", "mailrelay", "relay-tls", {"other": b"theirs"})

    world.tick()

    record = world.journal.at("dev@ss-dev-00")
    assert record.error is not None
    assert f"belongs to {owner}" in record.error
    assert world.secret("ss-dev-00").data == {"other": b"theirs"}


def test_a_secret_that_is_refused_at_one_place_does_not_hold_the_next(world: World) -> None:
    world.clusters.apply_as("helm", "ss-dev-00", "mailrelay", "relay-tls", {"other": b"theirs"})

    world.tick()

    assert world.journal.at("dev@ss-dev-01").verified is not None


def test_an_immutable_secret_is_explained(served: World) -> None:
    served.clusters.seal("ss-dev-00", "mailrelay", "relay-tls")
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])

    served.tick()

    assert "immutable" in (served.journal.at("dev@ss-dev-00").error or "")


def test_a_secret_taken_over_between_read_and_write_is_read_again_and_refused(
    served: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply, theirs = served.clusters.apply, {"tls.crt": b"theirs"}

    def overtaken(cluster: str, part: SecretApply) -> None:
        monkeypatch.undo()
        served.clusters.apply_as("helm", cluster, part.namespace, part.name, theirs)
        apply(cluster, part)

    monkeypatch.setattr(served.clusters, "apply", overtaken)
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])

    served.tick()

    assert "it belongs to helm" in (served.journal.at("dev@ss-dev-00").error or "")
    assert served.secret("ss-dev-00").data == theirs


def test_a_version_that_has_expired_is_not_delivered_in_place_of_a_good_one(served: World) -> None:
    before = served.served("ss-dev-00")
    key, signer = new_key("ec-256"), served.authority.intermediate
    old = signer.issue(key.public_key(), HOST, begins=NOW - LIFETIME - timedelta(days=1))
    served.vault.import_version(served.certificate, key, [old, signer.certificate])
    served.authority.refusals[HOST] = "CAA record forbids issuance"

    served.tick()

    error = served.journal.at("dev@ss-dev-00").error or ""
    assert f"is not fit to be served: CN={HOST} expired" in error
    assert "disable that version in vault dev" in error
    assert served.served("ss-dev-00") == served.served("ss-dev-01") == before


def test_a_secret_whose_type_asks_for_files_that_would_go_is_explained() -> None:
    serves = [{"certificate": NAME, "secret": "relay-tls"}]
    world = new_world({"serves": serves, "files": {"tls.crt": "chain", "tls.key": "key"}})
    world.tick()
    world.change_inventory({"serves": serves})

    world.tick()

    error = world.journal.at("dev@ss-dev-00").error or ""
    assert "its type kubernetes.io/tls asks for tls.crt and tls.key, and cannot change. Delete it" in error
    assert set(world.secret("ss-dev-00").data) == {"tls.crt", "tls.key"}


def test_more_than_a_secret_holds_is_refused_with_the_way_out(served: World, monkeypatch: pytest.MonkeyPatch) -> None:
    before = served.secret("ss-dev-00").data
    monkeypatch.setattr(tls_secret, "LARGEST_SECRET", 2_000)
    served.change_inventory(dns_names=[HOST, "smtp.mail.example.net"])

    served.tick()

    error = served.journal.at("dev@ss-dev-00").error or ""
    assert "bytes, and a Secret holds at most 2,000" in error
    assert "Spread its DNS names" in error
    assert served.secret("ss-dev-00").data == before
