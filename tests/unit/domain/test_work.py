"""Whether there is anything to do for a certificate."""

from dataclasses import replace

import pytest

from shared.domain.certificates import Version
from shared.domain.issuance import Issuance
from shared.domain.journal import Journal
from shared.domain.place_record import PlaceRecord, Proof
from shared.domain.places import Answer, FieldOwner, PlaceSeen, Pod, Question, Rollout, SecretSeen, Unreachable
from shared.domain.secret_part import annotation, annotation_of, digest
from shared.domain.seen import Seen
from shared.domain.standing import observed
from shared.domain.work import work
from shared.inventory import Place, files_of
from tests.fakes.inventory import NAME, NOW, certificate, place
from tests.fakes.leaves import stored

STORED = stored()
PRINT = STORED.leaf.thumbprint
PROVEN = PlaceRecord(proof=Proof(Version("v1"), PRINT, 1, NOW))


def secret(at: Place) -> SecretSeen:
    digests = {file: digest(b"pem") for file in files_of(at.relay, at.serves, certificate().dns_names, "v1")}
    held = {annotation_of(NAME): annotation(STORED.version, PRINT, digests)}
    return SecretSeen(
        "1", "Opaque", False, held, digests, {f: (FieldOwner("relaykeeper/x", True),) for f in digests}, ()
    )


def settled_estate(record: PlaceRecord = PROVEN, **changes: object) -> Seen:
    """Everything as it should be at one place."""
    at = place()
    answers = (Answer(Question("mailrelay-0", "10.0.0.1", 25, "h"), PRINT),)
    there = replace(
        PlaceSeen(secret(at), (Pod("mailrelay-0", "10.0.0.1", True),), answers, None),
        **changes,  # type: ignore[arg-type]
    )
    return Seen(Journal(places={str(at): record}), STORED, {at: there})


def test_an_estate_in_order_gives_no_work() -> None:
    assert work(certificate(), settled_estate(), NOW) == []


def test_a_certificate_without_a_version_is_work() -> None:
    assert work(certificate(), Seen(Journal(), None, {}), NOW) == ["due: no version in the vault yet"]


def test_a_deleted_secret_is_work() -> None:
    assert work(certificate(), settled_estate(secret=None), NOW) == ["dev@ss-dev-00: the Secret does not exist"]


def test_a_pod_that_serves_something_else_is_work() -> None:
    stale = (Answer(Question("mailrelay-0", "10.0.0.1", 25, "h"), None, "connection refused"),)
    assert work(certificate(), settled_estate(answers=stale), NOW) == [
        "dev@ss-dev-00: served by 0/1; pod mailrelay-0 connection refused on port 25 for h"
    ]


@pytest.mark.parametrize(
    "record",
    [PlaceRecord(), replace(PROVEN, error="unreachable"), PlaceRecord(proof=Proof(Version("v0"), PRINT, 1, NOW))],
)
def test_a_proof_that_is_not_written_down_is_work(record: PlaceRecord) -> None:
    assert work(certificate(), settled_estate(record), NOW) == ["dev@ss-dev-00: served, not yet written down"]


def test_an_unreachable_place_is_work_until_it_is_written_down() -> None:
    seen = settled_estate()
    gone = replace(seen, places=dict.fromkeys(seen.places, Unreachable("cannot reach ss-dev-00")))
    assert work(certificate(), gone, NOW) == ["dev@ss-dev-00: cannot reach ss-dev-00"]

    known = replace(gone, journal=Journal(places={"dev@ss-dev-00": replace(PROVEN, error="cannot reach ss-dev-00")}))
    assert work(certificate(), known, NOW) == []


def test_what_a_finished_issuance_left_behind_is_work() -> None:
    issuance = Issuance.of(certificate(), "", NOW)
    seen = settled_estate()
    assert work(certificate(), replace(seen, journal=replace(seen.journal, issuance=issuance)), NOW) == [
        "an issuance to clean up after"
    ]


def test_an_error_that_is_over_is_struck_out() -> None:
    seen = settled_estate()
    assert work(certificate(), replace(seen, journal=replace(seen.journal, error="refused")), NOW) == [
        "all done, not yet written down"
    ]


def test_a_refusal_is_work_until_it_is_written_down_and_nothing_else_is() -> None:
    seen = replace(settled_estate(secret=None), stored=stored(tags={"Acmebot": "v4"}))
    (refused,) = work(certificate(), seen, NOW)
    assert "marked by Acmebot" in refused
    assert work(certificate(), replace(seen, journal=replace(seen.journal, error=refused)), NOW) == []


def test_an_observed_place_names_what_a_restart_would_cost() -> None:
    rollout = Rollout(1, True, "", lacks=("readinessProbe", "preStop"))
    lines = observed(certificate(), settled_estate(rollout=rollout), NOW)
    assert lines[-1] == (
        "dev@ss-dev-00: the Secret holds it; served 1/1; "
        "sessions fail when it is rolled: its template lacks readinessProbe, preStop"
    )


def test_an_observed_place_whose_files_somebody_else_brings_says_so() -> None:
    at = place(sync="none", serves=[{"certificate": NAME}], files=None)
    there = settled_estate(secret=None).places[place()]
    lines = observed(certificate(), Seen(Journal(), STORED, {at: there}), NOW)
    assert "something else brings the files" in lines[-1]
