"""The contract of ports.History, against the fake and against Storage."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from azure.core.exceptions import ResourceNotFoundError
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient

from shared.adapters.storage.history import BlobHistory
from shared.azure import STORAGE_OPTIONS
from shared.domain.audit import Actor, AuditRecord
from shared.errors import PermanentError
from shared.ports import History
from tests.contract.named import blob_service
from tests.fakes.storage import FakeHistory

NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)
DAY = NOON.date()


@pytest.fixture
def container(request: pytest.FixtureRequest) -> Iterator[ContainerClient]:
    """A container of this test's own; it does not exist yet, and is gone afterwards."""
    url = blob_service(request)
    name = f"contract-{uuid.uuid4().hex[:12]}"
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(url, name, credential=credential, **STORAGE_OPTIONS) as container,
    ):
        yield container
        with suppress(ResourceNotFoundError):
            container.delete_container()


@pytest.fixture(params=["fake", pytest.param("real", marks=[pytest.mark.e2e, pytest.mark.azure])])
def history(request: pytest.FixtureRequest) -> Iterator[History]:
    if request.param == "fake":
        yield FakeHistory()
        return
    container: ContainerClient = request.getfixturevalue("container")
    container.create_container()
    yield BlobHistory(container)


def record(outcome: str = "valid until 2026-08-01", at: datetime = NOON) -> AuditRecord:
    return AuditRecord(
        at=at,
        event="merge",
        actor=Actor("person", "4711", "Änne O'Neill\n"),
        reason="key leaked",
        correlation="call-1",
        outcome=outcome,
        target="certificate/prod-mail",
        version="v2",
        thumbprint="a1" * 32,
        serial="0f",
    )


def test_what_was_appended_is_read_as_it_was(history: History) -> None:
    history.append(record())

    assert history.day(DAY) == (record(),)


def test_records_stay_in_their_sequence(history: History) -> None:
    for number in range(5):
        history.append(record(str(number)))

    assert [each.outcome for each in history.day(DAY)] == list("01234")


def test_a_day_without_records_has_none(history: History) -> None:
    history.append(record())

    assert history.day(date(2026, 5, 2)) == ()


def test_a_record_belongs_to_its_day_in_utc(history: History) -> None:
    history.append(record(at=datetime(2026, 5, 4, 1, tzinfo=timezone(timedelta(hours=2)))))

    assert len(history.day(DAY)) == 1


def test_workers_that_append_at_once_lose_nothing(history: History) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: history.append(record(str(number))), range(24)))

    assert {each.outcome for each in history.day(DAY)} == {str(number) for number in range(24)}


@pytest.mark.e2e
@pytest.mark.azure
def test_a_container_that_is_missing_is_named(container: ContainerClient) -> None:
    with pytest.raises(PermanentError, match=r"cannot append to the history 2026-05-03\.jsonl"):
        BlobHistory(container).append(record())


@pytest.mark.e2e
@pytest.mark.azure
def test_it_does_nothing_that_an_immutability_policy_forbids(container: ContainerClient) -> None:
    """Protected append writes allow a new append blob and more blocks at its end, and nothing else."""
    container.create_container()
    BlobHistory(container).append(record())
    before = container.get_blob_client(f"{DAY}.jsonl").get_blob_properties()

    BlobHistory(container).append(record())

    after = container.get_blob_client(f"{DAY}.jsonl").get_blob_properties()
    assert before.blob_type == after.blob_type == "AppendBlob"
    assert after.append_blob_committed_block_count == 2
    assert after.creation_time == before.creation_time


@pytest.mark.e2e
@pytest.mark.azure
def test_a_line_that_somebody_else_wrote_is_named_and_hides_no_other(container: ContainerClient) -> None:
    container.create_container()
    history = BlobHistory(container)
    history.append(record())
    container.get_blob_client(f"{DAY}.jsonl").append_block(b"hello\n")

    history.append(record())

    first, bad, last = history.day(DAY)
    assert first == last == record()
    assert bad.event == "unreadable"
    assert "2026-05-03.jsonl, line 2 cannot be read" in bad.outcome
