"""The contract of ports.Journals, against the fake and against Storage."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from azure.core.exceptions import HttpResponseError
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient

from shared.adapters.clock import SystemClock
from shared.adapters.storage.journals import BlobJournals
from shared.azure import STORAGE_OPTIONS
from shared.domain.attempt_state import AttemptState
from shared.domain.audit import Actor, Trigger
from shared.domain.certificates.certificate import Thumbprint
from shared.domain.issuing.issuance import Backoff, Issuance, RequestedBy, TxtValue
from shared.domain.journal import Journal
from shared.domain.object_ref import Version
from shared.domain.serving.place_state import DeliveryProgress, PlaceState, VerifiedVersion
from shared.errors import LeaseLost, LeaseTaken
from shared.ports import Clock, Journals, Lease
from tests.contract.named import blob_service
from tests.fakes.clock import FakeClock
from tests.fakes.inventory import NOW
from tests.fakes.storage import FakeJournals

PATIENCE = timedelta(seconds=90)
LEASE = timedelta(seconds=15)

FULL = Journal(
    issuance=Issuance(
        reason="expires soon",
        vault="dev",
        issuer="letsencrypt",
        dns_names=("mail.example.net", "*.mail.example.net"),
        key="ec-256",
        uses=("server",),
        since=NOW,
        baseline=Version("v1"),
        key_hash="ab" * 32,
        account="https://acme.example.net/account/1",
        order="https://acme.example.net/order/1",
        published=(TxtValue("example.net", "_acme-challenge.mail.example.net", "value"),),
    ),
    backoff=Backoff(2, NOW + timedelta(minutes=10), "refused: ä"),
    attempt=AttemptState(NOW + timedelta(seconds=5, microseconds=1), "DNS", "issuance", NOW, "why"),
    requested_by=RequestedBy(
        Trigger(Actor("person", "4711", "anna@example.net"), "key leaked", "call-1"), Version("v1")
    ),
    places={
        "dev@ss-dev-00": PlaceState(
            progress=DeliveryProgress(Version("v2"), NOW, written=True, restarted=NOW),
            verified=VerifiedVersion(Version("v1"), Thumbprint("cd" * 32), 2, NOW),
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


@pytest.fixture
def container(request: pytest.FixtureRequest) -> Iterator[ContainerClient]:
    """A container of this test's own."""
    name = f"contract-{uuid.uuid4().hex[:12]}"
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(blob_service(request), name, credential=credential, **STORAGE_OPTIONS) as container,
    ):
        container.create_container()
        yield container
        container.delete_container()


@pytest.fixture(params=["fake", pytest.param("real", marks=[pytest.mark.e2e, pytest.mark.azure])])
def subject(request: pytest.FixtureRequest) -> Subject:
    """Journals to test."""
    if request.param == "real":
        container: ContainerClient = request.getfixturevalue("container")
        return Subject(BlobJournals(container, "certificates", Journal, LEASE), SystemClock())
    clock = FakeClock()
    return Subject(FakeJournals(Journal, clock), clock)


@pytest.fixture
def name() -> str:
    """A journal that nobody has written."""
    return f"contract-{uuid.uuid4().hex[:12]}"


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
            lease.write(replace(lease.journal, attempt=AttemptState(error=error)))

    assert subject.journals.read(name).attempt.error == "second"


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
        quick.write(replace(FULL, attempt=AttemptState(error="the other's")))

        with pytest.raises(LeaseLost):
            slow.write(FULL)
        with pytest.raises(LeaseLost):
            slow.renew()
        late.close()
        quick.renew()
        quick.write(replace(FULL, attempt=AttemptState(error="the other's, still")))

    assert subject.journals.read(name).attempt.error == "the other's, still"


@pytest.mark.e2e
@pytest.mark.azure
def test_storage_answers_as_the_journals_expect(container: ContainerClient) -> None:
    """The codes that tell a held lease, a missing blob and a lost lease apart."""
    blob = container.get_blob_client("certificates/mail.json")
    blob.upload_blob(b"{}")
    lease = blob.acquire_lease(15)

    refusals = [
        refused(blob.acquire_lease, 15),
        refused(container.get_blob_client("none.jsonl").append_block, b"line\n"),
        refused(blob.upload_blob, b"{}", overwrite=True),
        refused(blob.upload_blob, b"{}", overwrite=True, lease=str(uuid.uuid4())),
    ]
    lease.release()

    assert refusals == [
        (409, "LeaseAlreadyPresent"),
        (404, "BlobNotFound"),
        (412, "LeaseIdMissing"),
        (412, "LeaseIdMismatchWithBlobOperation"),
    ]


def refused(call: Callable[..., object], *arguments: object, **options: object) -> tuple[int | None, str]:
    with pytest.raises(HttpResponseError) as error:
        call(*arguments, **options)
    code = getattr(error.value, "error_code", "")
    return error.value.status_code, str(getattr(code, "value", code))
