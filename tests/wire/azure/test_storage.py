"""Storage's own answers, and what journals, history and queue make of them."""

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

import pytest
from azure.storage.blob import ContainerClient
from azure.storage.queue import QueueClient

from shared.adapters.storage.history import BlobHistory
from shared.adapters.storage.journals import BlobJournals
from shared.adapters.storage.queue import StorageQueue
from shared.azure import STORAGE_OPTIONS
from shared.domain.attempt_state import AttemptState
from shared.domain.audit import SCHEDULED, AuditRecord
from shared.domain.journal import Journal
from shared.domain.message import Message
from shared.domain.object_ref import certificate_ref
from shared.errors import JournalNewer, LeaseLost, LeaseTaken, PermanentError, RelaykeeperError, TransientError
from tests.wire.azure.services import Identity, Reply, Service

BLOB = "/account/relaykeeper/certificates/mail.json"
DAY = "/account/relaykeeper/2026-05-03.jsonl"
JOURNAL = b'{"schema": 1}'
ETAG = {"ETag": '"0x1"', "Last-Modified": "Sun, 03 May 2026 12:00:00 GMT"}
LEASED = Reply(201, b"", {**ETAG, "x-ms-lease-id": "00000000-0000-4000-8000-000000000001"})
FOUND = Reply(
    200, JOURNAL, {**ETAG, "x-ms-blob-type": "BlockBlob", "Content-Range": f"bytes 0-{len(JOURNAL) - 1}/{len(JOURNAL)}"}
)
RECORD = AuditRecord(
    at=datetime(2026, 5, 3, 12, tzinfo=UTC),
    event="merge",
    actor=SCHEDULED.actor,
    reason="due",
    correlation="tick-1",
    outcome="merged",
)


def refusal(status: int, code: str) -> Reply:
    body = f"<?xml version='1.0' encoding='utf-8'?><Error><Code>{code}</Code><Message>{code}.</Message></Error>"
    return Reply(status, body.encode(), {"Content-Type": "application/xml", "x-ms-error-code": code})


@pytest.fixture
def container(service: Service) -> ContainerClient:
    return ContainerClient(f"{service.url}/account", "relaykeeper", credential=Identity(), **STORAGE_OPTIONS)


@pytest.fixture
def journals(container: ContainerClient) -> BlobJournals[Journal]:
    return BlobJournals(container, "certificates", Journal, timedelta(seconds=15))


def leased(journals: BlobJournals[Journal]) -> None:
    with journals.lease("mail"):
        pass


@pytest.mark.parametrize(
    ("status", "code"), [(412, "LeaseLost"), (412, "LeaseIdMismatchWithBlobOperation"), (404, "BlobNotFound")]
)
def test_a_lease_that_is_broken_right_after_it_was_taken_is_lost(
    service: Service, journals: BlobJournals[Journal], status: int, code: str
) -> None:
    service.answer(f"PUT {BLOB}", LEASED, refusal(409, "LeaseIdMismatchWithLeaseOperation"))
    service.answer(f"GET {BLOB}", refusal(status, code))

    with pytest.raises(LeaseLost, match=r"the lease of journal certificates/mail\.json is lost"):
        leased(journals)


@pytest.mark.parametrize("code", ["LeaseAlreadyPresent", "LeaseIsBreakingAndCannotBeAcquired"])
def test_a_lease_that_somebody_has_is_taken(service: Service, journals: BlobJournals[Journal], code: str) -> None:
    service.answer(f"PUT {BLOB}", refusal(409, code))

    with pytest.raises(LeaseTaken):
        leased(journals)


@pytest.mark.parametrize("code", ["ContainerBeingDeleted", "AccountBeingCreated"])
def test_a_conflict_about_something_else_is_no_worker_that_holds_the_lease(
    service: Service, journals: BlobJournals[Journal], code: str
) -> None:
    service.answer(f"PUT {BLOB}", refusal(409, code))

    with pytest.raises(PermanentError, match=f"cannot lease journal .* 409: {code}"):
        leased(journals)


def test_a_container_that_vanishes_is_no_lost_lease(service: Service, journals: BlobJournals[Journal]) -> None:
    service.answer(f"PUT {BLOB}", LEASED)
    service.answer(f"GET {BLOB}", refusal(404, "ContainerNotFound"))

    with pytest.raises(PermanentError, match="ContainerNotFound"):
        leased(journals)


def test_what_a_newer_release_wrote_is_left_alone_even_where_the_unreadable_is_replaced(
    service: Service, container: ContainerClient
) -> None:
    newer = b'{"schema": 2}'
    size = {"Content-Range": f"bytes 0-{len(newer) - 1}/{len(newer)}"}
    service.answer(f"PUT {BLOB}", LEASED, Reply(200, b"", LEASED.headers))
    service.answer(f"GET {BLOB}", Reply(200, newer, {**FOUND.headers, **size}))
    journals = BlobJournals(container, "certificates", Journal, timedelta(seconds=15), replace_unreadable=True)

    with pytest.raises(JournalNewer, match=r"newer release: schema 2; this release reads 1\. .* deploy the newer"):
        leased(journals)

    assert service.calls() == [f"PUT {BLOB}", f"GET {BLOB}", f"PUT {BLOB}"], "a lease, a read, the lease given back"


def test_a_write_after_the_lease_expired_renews_it_and_a_lease_of_another_is_lost(
    service: Service, journals: BlobJournals[Journal]
) -> None:
    service.answer(f"GET {BLOB}", FOUND)
    with ExitStack() as worker:
        service.answer(f"PUT {BLOB}", LEASED)
        lease = worker.enter_context(journals.lease("mail"))
        service.answer(f"PUT {BLOB}", refusal(412, "LeaseLost"), Reply(200, b"", LEASED.headers), Reply(201, b"", ETAG))
        lease.write(Journal(attempt=AttemptState(error="written")))
        service.answer(
            f"PUT {BLOB}", refusal(412, "LeaseIdMismatchWithBlobOperation"), refusal(409, "LeaseAlreadyPresent")
        )
        with pytest.raises(LeaseLost):
            lease.write(Journal(attempt=AttemptState(error="not written")))


@pytest.mark.parametrize(("status", "kind"), [(503, TransientError), (403, PermanentError)])
def test_what_a_read_meets_otherwise_is_no_lost_lease(
    service: Service, journals: BlobJournals[Journal], status: int, kind: type[RelaykeeperError]
) -> None:
    service.answer(f"PUT {BLOB}", LEASED)
    service.answer(f"GET {BLOB}", refusal(status, "SomeCode"))

    with pytest.raises(RelaykeeperError, match=r"cannot read journal certificates/mail\.json") as raised:
        leased(journals)
    assert type(raised.value) is kind


@pytest.mark.parametrize("faster", [(409, "BlobAlreadyExists"), (412, "ConditionNotMet")])
def test_a_day_that_somebody_else_began_is_appended_to(
    service: Service, container: ContainerClient, faster: tuple[int, str]
) -> None:
    service.answer(
        f"PUT {DAY}",
        refusal(404, "BlobNotFound"),
        refusal(*faster),
        Reply(201, b"", {**ETAG, "x-ms-blob-append-offset": "0", "x-ms-blob-committed-block-count": "1"}),
    )

    BlobHistory(container).append(RECORD)

    assert service.calls() == [f"PUT {DAY}"] * 3


def test_each_call_asks_for_the_pinned_version(
    service: Service, container: ContainerClient, journals: BlobJournals[Journal]
) -> None:
    service.answer(f"PUT {BLOB}", LEASED)
    service.answer(f"GET {BLOB}", FOUND)
    messages = "/account/work/messages"
    service.answer(f"POST {messages}", refusal(404, "QueueNotFound"))
    queue = QueueClient(f"{service.url}/account", "work", credential=Identity(), **STORAGE_OPTIONS)

    leased(journals)
    with pytest.raises(PermanentError, match="az storage queue create --name work"):
        StorageQueue(queue).send(Message(certificate_ref("mail"), "tick-1"))
    service.answer(f"PUT {DAY}", refusal(404, "ContainerNotFound"))
    with pytest.raises(PermanentError, match="cannot append to the history"):
        BlobHistory(container).append(RECORD)

    assert {f"GET {BLOB}", f"PUT {BLOB}", f"POST {messages}", f"PUT {DAY}"} <= set(service.calls())
    assert {asked.version for asked in service.asked} == {"2025-11-05"}
