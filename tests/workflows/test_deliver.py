"""From stored to served, place by place."""

from datetime import timedelta

from shared.domain.certificates.chain import read_chain
from shared.errors import Conflict, PermanentError, TransientError
from tests.fakes.inventory import HOST, INTERNAL, NOW, place
from tests.fakes.kubernetes import FakeClusters
from tests.fakes.smtp import FakeProber
from tests.workflows.world import World, new_world

PROJECTION = place().relay.pick_up
RENEWED = [HOST, "smtp.mail.example.net"]


def restarts(world: World) -> dict[str, int]:
    return {cluster: running.restarts for (cluster, _), running in world.clusters.running.items()}


def test_pods_that_pick_the_new_files_up_are_not_restarted(served: World) -> None:
    served.change_inventory(dns_names=RENEWED)
    served.tick()
    assert set(restarts(served).values()) == {0}


def test_a_restart_comes_only_for_pods_that_did_not_load_the_file_in_time(served: World) -> None:
    running = served.clusters.running["ss-dev-01", served.places[1].relay.workload]
    running.deaf.add("mailrelay-1")
    served.change_inventory(dns_names=RENEWED)

    served.tick(patience=PROJECTION - timedelta(seconds=30))
    assert restarts(served) == {"ss-dev-00": 0, "ss-dev-01": 0}

    served.work_off()
    assert restarts(served) == {"ss-dev-00": 0, "ss-dev-01": 1}
    assert served.journal.at("dev@ss-dev-01").verified is not None


def test_restart_rolls_at_once() -> None:
    world = new_world(relay={"reload": "restart"})
    world.tick()
    before = restarts(world)
    world.change_inventory({"reload": "restart"}, dns_names=RENEWED)

    world.tick(patience=PROJECTION / 2)

    assert restarts(world) == {cluster: number + 1 for cluster, number in before.items()}


def test_certificates_that_share_a_secret_leave_each_other_s_files_alone(served: World) -> None:
    secret = served.secret("ss-dev-00")
    assert set(secret.data) == {f"{HOST}.pem", "default.pem", "dev-in.mail.example.net.pem"}
    assert {key: [owner.name for owner in owners] for key, owners in secret.owners.items()} == {
        f"{HOST}.pem": [f"relaykeeper/certificate.{served.certificate.name}"],
        "default.pem": [f"relaykeeper/certificate.{served.certificate.name}"],
        "dev-in.mail.example.net.pem": [f"relaykeeper/certificate.{INTERNAL}"],
    }


def test_a_deleted_secret_is_written_again(served: World) -> None:
    del served.clusters.secrets["ss-dev-01", "mailrelay", "relay-tls"]

    served.tick()

    assert f"{HOST}.pem" in served.secret("ss-dev-01").data
    assert len(served.versions) == 1


def test_a_manually_edited_secret_is_repaired(served: World) -> None:
    before = served.secret("ss-dev-00").data[f"{HOST}.pem"]
    served.clusters.edit("ss-dev-00", "mailrelay", "relay-tls", {f"{HOST}.pem": b"oops"})

    served.tick()

    assert served.secret("ss-dev-00").data[f"{HOST}.pem"] == before
    assert served.journal.at("dev@ss-dev-00").error is None


def test_a_version_that_a_person_imported_is_delivered(served: World) -> None:
    first = served.versions[0]
    imported = served.vault.import_version(served.certificate, first.key, first.chain)

    served.tick()

    assert served.verified("dev@ss-dev-00") == imported.version


def test_an_imported_version_is_delivered_without_the_expired_twin_of_its_intermediate(served: World) -> None:
    first, lower = served.versions[0], served.authority.intermediate
    twin = lower.certified(served.authority.root, NOW - timedelta(days=400), timedelta(days=399))
    leaf = lower.issue(first.key.public_key(), HOST)
    imported = served.vault.import_version(served.certificate, first.key, (leaf, twin, lower.certificate))

    served.tick()

    assert served.verified("dev@ss-dev-00") == imported.version
    chain = read_chain(served.secret("ss-dev-00").data[f"{HOST}.pem"].partition(b"-----END PRIVATE KEY-----")[2])
    assert chain == (leaf, lower.certificate)


def test_an_imported_version_whose_intermediate_has_expired_is_kept_back(served: World) -> None:
    first, lower = served.versions[0], served.authority.intermediate
    expired = lower.certified(served.authority.root, NOW - timedelta(days=400), timedelta(days=399))
    before = served.secret("ss-dev-00").data
    leaf = lower.issue(first.key.public_key(), HOST)
    served.vault.import_version(served.certificate, first.key, (leaf, expired))

    served.tick()

    assert served.secret("ss-dev-00").data == before
    assert "CN=Fake intermediate expired" in (served.journal.at("dev@ss-dev-00").error or "")


def test_a_cluster_added_to_the_relay_is_served_on_the_next_tick() -> None:
    world = new_world(relay={"clusters": ["ss-dev-00"]})
    world.tick()
    world.change_inventory()
    world.clusters = FakeClusters(world.inventory, world.clock)
    world.prober = FakeProber(world.clusters)

    world.tick()

    assert world.journal.at("dev@ss-dev-01").verified is not None


def test_a_stopped_line_goes_on_when_the_place_serves_it_after_all(served: World) -> None:
    served.prober.failing["ss-dev-00", "mailrelay-1"] = "STARTTLS refused: 454 TLS currently unavailable"
    served.change_inventory(dns_names=RENEWED)
    served.tick()
    assert "454" in (served.journal.at("dev@ss-dev-00").error or "")

    served.prober.failing.clear()
    served.tick()

    assert served.journal.at("dev@ss-dev-00").error is None
    assert len(served.served("ss-dev-01")) == 1
    assert served.verified("dev@ss-dev-01") == served.versions[-1].version


def test_an_unreachable_cluster_is_skipped_and_served_later(served: World) -> None:
    served.clusters.unreachable.add("ss-dev-00")
    served.change_inventory(dns_names=RENEWED)
    served.tick()

    assert "cannot reach ss-dev-00" in (served.journal.at("dev@ss-dev-00").error or "")
    assert served.verified("dev@ss-dev-01") == served.versions[-1].version

    served.clusters.unreachable.clear()
    served.tick()
    assert served.journal.at("dev@ss-dev-00").error is None
    assert served.verified("dev@ss-dev-00") == served.versions[-1].version


def test_a_stopped_rollout_does_not_stop_repairs_at_a_verified_place(served: World) -> None:
    served.prober.failing["ss-dev-00", "mailrelay-1"] = "connection refused"
    served.tick()
    del served.clusters.secrets["ss-dev-01", "mailrelay", "relay-tls"]

    served.tick()

    assert f"{HOST}.pem" in served.secret("ss-dev-01").data


def test_a_failed_handshake_does_not_roll_a_relay_that_was_proven() -> None:
    world = new_world(relay={"reload": "restart"})
    world.tick()
    before = restarts(world)
    world.prober.failing["ss-dev-00", "mailrelay-1"] = "421 too many connections"

    world.tick()

    assert restarts(world) == before
    assert "421" in (world.journal.at("dev@ss-dev-00").error or "")


def test_pods_have_their_time_from_the_write_and_not_from_the_first_attempt(world: World) -> None:
    world.clusters.unreachable.update({"ss-dev-00", "ss-dev-01"})
    world.tick()
    world.clock.advance(timedelta(hours=1))
    world.clusters.unreachable.clear()
    world.clusters.faults.before("apply", PermanentError("the right to patch secrets is missing"))
    world.tick()
    world.clock.advance(timedelta(hours=1))

    world.tick()

    assert world.journal.at("dev@ss-dev-00").error is None
    assert set(restarts(world).values()) == {0}


def test_a_secret_that_changes_under_our_hands_is_read_again(served: World) -> None:
    served.change_inventory(dns_names=RENEWED)
    served.clusters.faults.before("apply", Conflict("it has changed since it was read"))

    served.tick(patience=timedelta(minutes=5))

    assert served.verified("dev@ss-dev-01") == served.versions[-1].version


def test_a_look_that_fails_is_made_again_soon_and_says_why(served: World) -> None:
    served.vault.faults.before("latest", TransientError("no answer"))
    served.vault.faults.before("latest", TransientError("no answer"))
    served.handle_message()
    assert served.journal.attempt.error == "no answer"

    served.work_off(patience=timedelta(minutes=6))
    assert served.journal.attempt.error is None


def test_a_certificate_is_delivered_although_issuing_the_next_one_fails(served: World) -> None:
    served.authority.refusals["smtp.mail.example.net"] = "CAA record forbids issuance"
    served.change_inventory(dns_names=RENEWED)
    del served.clusters.secrets["ss-dev-00", "mailrelay", "relay-tls"]

    served.tick(patience=timedelta(minutes=4))

    assert served.journal.backoff is not None
    assert f"{HOST}.pem" in served.secret("ss-dev-00").data
