"""The contract of ports.Journals, against the fake and against Storage."""

import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient

from shared.adapters.journal import BlobJournals
from shared.compose import CONTAINER
from shared.domain.certificates import Thumbprint, Version
from shared.domain.issuance import Backoff, Issuance, TxtValue
from shared.domain.journal import Journal
from shared.domain.place_record import Delivery, PlaceRecord, Proof
from shared.errors import LeaseLost, LeaseTaken
from shared.ports import Clock, Journals, Lease
from tests.fakes.clock import FakeClock
from tests.fakes.estate import NOW
from tests.fakes.journals import FakeJournals

PATIENCE = timedelta(seconds=90)

FULL = Journal(
    issuance=Issuance(
        reason="expires soon",
        vault="dev",
        issuer="letsencrypt",
        dns_names=("mail.example.net", "*.mail.example.net"),
        key="ec-256",
        uses=("server",),
        since=NOW,
        replaces=Version("v1"),
        key_hash="ab" * 32,
        account="https://acme.example.net/account/1",
        order="https://acme.example.net/order/1",
        published=(TxtValue("example.net", "_acme-challenge.mail.example.net", "value"),),
    ),
    backoff=Backoff(2, NOW + timedelta(minutes=10), "refused: ä"),
    next_attempt=NOW + timedelta(seconds=5, microseconds=1),
    waits_for="DNS",
    error="why",
    places={
        "dev@ss-dev-00": PlaceRecord(
            delivery=Delivery(Version("v2"), NOW, written=True, restarted=NOW),
            proof=Proof(Version("v1"), Thumbprint("cd" * 32), 2, NOW),
            error="not served",
        )
    },
)


@dataclass(frozen=True, slots=True)
class Subject:
    """The port and a clock that belongs to it."""

    journals: Journals[Journal]
    clock: Clock

    def taken_over(self, name: str, workers: ExitStack) -> Lease[Journal]:
        """Try to take a lease until its holder's has run out."""
        deadline = self.clock.now() + PATIENCE
        while self.clock.now() < deadline:
            try:
                return workers.enter_context(self.journals.lease(name))
            except LeaseTaken:
                self.clock.pause(0.5)
        pytest.fail(f"the lease did not run out within {PATIENCE}")


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.e2e)])
def subject(request: pytest.FixtureRequest) -> Subject:
    """Journals to test."""
    if request.param == "real":
        ports = request.getfixturevalue("stack").ports
        return Subject(ports.journals, ports.clock)
    clock = FakeClock()
    return Subject(FakeJournals(Journal, clock), clock)


@pytest.fixture
def name(request: pytest.FixtureRequest, subject: Subject) -> Iterator[str]:
    """A journal that nobody has written; it and those whose names begin like it are deleted afterwards."""
    name = f"contract-{uuid.uuid4().hex[:12]}"
    yield name
    if isinstance(subject.journals, BlobJournals):
        service = request.getfixturevalue("stack").addresses.blob_service
        with (
            DefaultAzureCredential() as credential,
            ContainerClient(service, CONTAINER, credential=credential) as container,
        ):
            for blob in container.list_blob_names(name_starts_with=f"certificates/{name}"):
                container.delete_blob(blob)


def test_a_journal_that_was_never_written_is_empty(subject: Subject, name: str) -> None:
    assert subject.journals.read(name) == Journal()
    with subject.journals.lease(name) as lease:
        assert lease.journal == Journal()
    assert subject.journals.read(name) == Journal()


def test_the_names_are_those_of_the_journals_that_were_written(subject: Subject, name: str) -> None:
    assert name not in subject.journals.names()
    for one in (name, f"{name}-2"):
        with subject.journals.lease(one) as lease:
            lease.write(FULL)

    assert sorted(one for one in subject.journals.names() if one.startswith(name)) == [name, f"{name}-2"]


def test_what_is_written_under_the_lease_is_read_by_everybody(subject: Subject, name: str) -> None:
    with subject.journals.lease(name) as lease:
        lease.write(FULL)
        assert lease.journal == FULL
        assert subject.journals.read(name) == FULL

    with subject.journals.lease(name) as lease:
        assert lease.journal == FULL


def test_one_write_follows_another(subject: Subject, name: str) -> None:
    with subject.journals.lease(name) as lease:
        for error in ("first", "second", "second"):
            lease.renew()
            lease.write(replace(lease.journal, error=error))

    assert subject.journals.read(name).error == "second"


def test_a_second_worker_is_turned_away(subject: Subject, name: str) -> None:
    with subject.journals.lease(name) as lease:
        with pytest.raises(LeaseTaken), subject.journals.lease(name):
            pytest.fail("two workers hold one journal")
        lease.write(FULL)


def test_journals_are_leased_one_by_one(subject: Subject, name: str) -> None:
    with subject.journals.lease(name) as one, subject.journals.lease(f"{name}-2") as other:
        one.write(FULL)
        assert other.journal == Journal()


def test_a_failure_inside_passes_and_gives_the_lease_back(subject: Subject, name: str) -> None:
    with pytest.raises(ZeroDivisionError), subject.journals.lease(name):
        raise ZeroDivisionError

    with subject.journals.lease(name) as lease:
        lease.write(FULL)


def test_a_worker_that_is_late_has_lost_its_lease(subject: Subject, name: str) -> None:
    with ExitStack() as late, ExitStack() as other:
        slow = late.enter_context(subject.journals.lease(name))
        slow.write(FULL)

        quick = subject.taken_over(name, other)
        assert quick.journal == FULL
        quick.write(replace(FULL, error="the other's"))

        with pytest.raises(LeaseLost):
            slow.write(FULL)
        with pytest.raises(LeaseLost):
            slow.renew()
        late.close()
        quick.renew()
        quick.write(replace(FULL, error="the other's, still"))

    assert subject.journals.read(name).error == "the other's, still"
