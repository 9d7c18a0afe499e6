"""What can go wrong with a journal in Storage that only Storage shows."""

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from azure.core.exceptions import ServiceResponseError
from azure.identity import DefaultAzureCredential
from azure.storage.blob import ContainerClient

from shared.adapters.storage.journals import BlobJournals
from shared.azure import STORAGE_OPTIONS
from shared.domain.attempt_state import AttemptState
from shared.domain.journal import Journal
from shared.errors import JournalUnreadable, PermanentError

pytestmark = pytest.mark.e2e

LEASE = timedelta(seconds=15)


class Line:
    """The way that answers take; told to, it loses one."""

    def __init__(self) -> None:
        self.loses_next = False

    def pass_on(self, _: Any) -> None:
        """Called by the SDK with each answer, below its retries."""
        if self.loses_next:
            self.loses_next = False
            raise ServiceResponseError("the answer was lost")


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def container(request: pytest.FixtureRequest, line: Line) -> Iterator[ContainerClient]:
    """A container of the test's own."""
    url = request.getfixturevalue("stack").addresses.blob_service
    name = f"contract-{uuid.uuid4().hex[:12]}"
    with (
        DefaultAzureCredential() as credential,
        ContainerClient(
            url, name, credential=credential, raw_response_hook=line.pass_on, **STORAGE_OPTIONS
        ) as container,
    ):
        container.create_container()
        yield container
        container.delete_container()


@pytest.fixture
def journals(container: ContainerClient) -> BlobJournals[Journal]:
    return BlobJournals(container, "certificates", Journal, LEASE)


def test_a_person_finds_a_journal_by_its_name_and_can_read_it(
    container: ContainerClient, journals: BlobJournals[Journal]
) -> None:
    with journals.lease("mail") as lease:
        lease.write(replace(lease.journal, attempt=AttemptState(error="why")))

    blob = container.get_blob_client("certificates/mail.json").download_blob()
    assert b'\n    "error": "why"\n' in blob.readall()
    assert blob.properties.content_settings.content_type == "application/json"


@pytest.mark.parametrize("content", [b"", b'{"schema": 1, "err', b'{"schema": 2}'])
def test_a_journal_that_cannot_be_read_is_named_and_left_alone(
    container: ContainerClient, journals: BlobJournals[Journal], content: bytes
) -> None:
    container.upload_blob("certificates/mail.json", content)

    with pytest.raises(JournalUnreadable, match=r"certificates/mail\.json"):
        journals.read("mail")
    with pytest.raises(JournalUnreadable, match="az storage blob delete"), journals.lease("mail"):
        pytest.fail("a lease was given for what cannot be read")

    assert container.download_blob("certificates/mail.json").readall() == content
    container.delete_blob("certificates/mail.json")  # refused if the lease were still held
    with journals.lease("mail") as lease:
        assert lease.journal == Journal()


def test_an_unreadable_journal_that_may_be_lost_starts_empty(container: ContainerClient) -> None:
    container.upload_blob("watch/alerts.json", b'{"schema": 1, "err')
    journals = BlobJournals(container, "watch", Journal, LEASE, replace_unreadable=True)
    with journals.lease("alerts") as lease:
        assert lease.journal == Journal()
        lease.write(Journal(attempt=AttemptState(error="why")))
    assert journals.read("alerts") == Journal(attempt=AttemptState(error="why"))


def test_a_write_whose_answer_was_lost_is_ours_all_the_same(journals: BlobJournals[Journal], line: Line) -> None:
    with journals.lease("mail") as lease:
        line.loses_next = True
        lease.write(replace(lease.journal, attempt=AttemptState(error="first")))
        lease.write(replace(lease.journal, attempt=AttemptState(error="second")))

    assert journals.read("mail").attempt.error == "second"


def test_a_missing_container_is_not_taken_for_an_empty_journal(container: ContainerClient) -> None:
    other = ContainerClient.from_container_url(
        f"{container.url}-missing", credential=container.credential, **STORAGE_OPTIONS
    )
    with other:
        journals = BlobJournals(other, "certificates", Journal, LEASE)
        with pytest.raises(PermanentError, match="container does not exist"):
            journals.read("mail")
        with pytest.raises(PermanentError, match="container does not exist"), journals.lease("mail"):
            pytest.fail("a lease was given in a container that does not exist")
