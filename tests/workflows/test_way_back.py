"""What going back leaves alone."""

from datetime import timedelta

from tests.fakes.inventory import HOST
from tests.fakes.leaves import new_key
from tests.workflows.world import FILE, FIRST, RENEWED, SECOND, A, B, World, new_world


def test_a_cluster_that_was_never_given_the_version_keeps_its_secret_as_it_is(served: World) -> None:
    before = served.secret(B).version
    served.renew_with_a_stuck_replica(A)
    served.tick()
    assert served.secret(B).version == before


def test_going_back_leaves_the_files_as_they_were(served: World) -> None:
    before = dict(served.secret(A).data)
    served.renew_with_a_stuck_replica(A)
    assert served.secret(A).data == before


def test_a_name_that_is_dropped_keeps_its_file_until_the_version_without_it_is_delivered() -> None:
    world = new_world(dns_names=RENEWED)
    world.tick()
    before = world.secret(B).version
    world.authority.refusals[HOST] = "CAA record forbids issuance"
    world.change_inventory(dns_names=[HOST])

    world.tick(patience=timedelta(minutes=4))

    assert world.secret(B).version == before
    assert "smtp.mail.example.net.pem" in world.secret(B).data


def test_a_repair_during_a_quarantine_respects_a_freeze(served: World) -> None:
    served.renew_with_a_stuck_replica(A)
    served.prober.showing.clear()
    served.tick()
    served.change_inventory({"freeze": [{"until": "2026-12-01T08:00:00Z", "reason": "migration"}]}, dns_names=RENEWED)
    served.clusters.edit(B, "mailrelay", "relay-tls", {FILE: b"oops"})

    served.tick()

    assert served.secret(B).data[FILE] == b"oops"


def test_disabling_the_version_lifts_its_quarantine(served: World) -> None:
    served.prober.showing[A, "mailrelay-1"] = served.newest_chain()
    key, signer = new_key("ec-256"), served.authority.intermediate
    leaf = signer.issue(key.public_key(), HOST, begins=served.clock.now() - timedelta(hours=1))
    served.vault.import_version(served.certificate, key, [leaf, signer.certificate])
    served.tick()
    assert served.journal.quarantine

    served.vault.disabled.add(served.versions[1].version)
    served.tick()

    assert served.journal.quarantine == ()


def test_a_place_whose_earlier_version_expired_gets_the_one_that_another_cluster_serves(served: World) -> None:
    served.clusters.unreachable.add(A)
    first = served.versions[0].chain[0]
    served.clock.advance((first.not_valid_after_utc - served.clock.now()) * 3 / 4)
    served.tick()
    good = served.versions[1].version
    assert (served.verified(FIRST), served.verified(SECOND)) == (served.versions[0].version, good)
    served.clock.advance(first.not_valid_after_utc - served.clock.now() + timedelta(days=1))
    file = served.secret(B).data[FILE]
    served.running(B).crashes = lambda _pod, files: files.get(FILE) != file
    served.change_inventory(dns_names=RENEWED)
    served.tick()
    assert [entry.version for entry in served.journal.quarantine] == [served.versions[2].version]

    served.clusters.unreachable.clear()
    served.tick()

    assert not served.holds(A, served.versions[2].version)
    assert served.holds(A, good)
