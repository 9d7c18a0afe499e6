"""Journals in Azure Blob Storage: reading one without a lease, listing them, and taking a lease.

https://learn.microsoft.com/rest/api/storageservices/lease-blob
"""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobLeaseClient, ContainerClient

from shared.adapters.storage.blob_lease import (
    CONFLICT,
    JOURNAL_CONTENT,
    JOURNAL_ROLE,
    PRECONDITION_FAILED,
    BlobLease,
    JournalBlob,
    lease_lost,
    read_blob,
    release_lease,
)
from shared.adapters.storage.json_codec import write_journal
from shared.azure import is_container_missing, translated
from shared.errors import JournalNewer, JournalUnreadable, LeaseTaken
from shared.ports import Lease

log = logging.getLogger("relaykeeper.journal")

SUFFIX = ".json"
LEASED_BY_ANOTHER = ("LeaseAlreadyPresent", "LeaseIsBreakingAndCannotBeAcquired")
"""The error codes of a 409 that mean that another worker has the lease; other codes concern container or account."""


class BlobJournals[T]:
    """Implements ports.Journals: one blob `<folder>/<name>.json` each, in a container that infrastructure creates."""

    def __init__(
        self,
        container: ContainerClient,
        folder: str,
        kind: type[T],
        lease: timedelta,
        *,
        replace_unreadable: bool = False,
    ) -> None:
        """`kind` is a frozen dataclass with a `schema` and a default for every field; `lease` is 15 to 60 seconds.

        `replace_unreadable`: a journal that cannot be read becomes an empty one when it is leased, because losing it
        costs less than waiting for a person. Not one that a newer release wrote: that release still reads it.
        """
        self._container = container
        self._folder = folder
        self._kind = kind
        self._lease = lease
        self._replace_unreadable = replace_unreadable

    def read(self, name: str) -> T:
        with translated(f"cannot read journal {self._path(name)}", JOURNAL_ROLE):
            try:
                return read_blob(self._blob(name), self._kind).journal
            except ResourceNotFoundError as error:
                if is_container_missing(error):
                    raise
                return self._kind()

    def names(self) -> tuple[str, ...]:
        """List them, with one request for each 5,000.

        https://learn.microsoft.com/rest/api/storageservices/list-blobs
        """
        folder = f"{self._folder}/"
        with translated(f"cannot list the journals in {folder}", JOURNAL_ROLE):
            paths = list(self._container.list_blob_names(name_starts_with=folder))
        return tuple(path.removeprefix(folder).removesuffix(SUFFIX) for path in paths if path.endswith(SUFFIX))

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease[T]]:
        blob = self._blob(name)
        with translated(f"cannot lease journal {self._path(name)}", JOURNAL_ROLE):
            lease = self._acquire_or_create(blob)
        try:
            with translated(f"cannot read journal {self._path(name)}", JOURNAL_ROLE):
                found = self._read_leased(blob, lease)
            yield BlobLease(blob, lease, self._kind, found)
        finally:
            release_lease(lease, self._path(name))

    def _read_leased(self, blob: BlobClient, lease: BlobLeaseClient) -> JournalBlob[T]:
        """Read what the lease protects. Raises LeaseLost if a person has broken the lease since it was taken."""
        try:
            return self._read_or_replace(blob, lease)
        except HttpResponseError as error:
            raise lease_lost(blob, error) from None

    def _read_or_replace(self, blob: BlobClient, lease: BlobLeaseClient) -> JournalBlob[T]:
        try:
            return read_blob(blob, self._kind, lease)
        except JournalNewer:
            raise
        except JournalUnreadable as unreadable:
            if not self._replace_unreadable:
                raise
            log.error("%s. An empty one takes its place", unreadable)
            return JournalBlob(self._kind(), b"", blob.get_blob_properties(lease=lease).etag)

    def _acquire_or_create(self, blob: BlobClient) -> BlobLeaseClient:
        """Take the lease, with one request unless the blob does not exist yet."""
        try:
            return self._acquire(blob)
        except ResourceNotFoundError as error:
            if is_container_missing(error):
                raise
            self._create(blob)
            return self._acquire(blob)

    def _acquire(self, blob: BlobClient) -> BlobLeaseClient:
        try:
            return blob.acquire_lease(int(self._lease.total_seconds()), lease_id=str(uuid.uuid4()))
        except HttpResponseError as error:
            if error.status_code != CONFLICT or getattr(error, "error_code", None) not in LEASED_BY_ANOTHER:
                raise
            seconds = self._lease.total_seconds()
            raise LeaseTaken(f"another worker holds {blob.blob_name}, or died in the last {seconds:.0f} s") from None

    def _create(self, blob: BlobClient) -> None:
        """Write an empty journal, unless another worker has just done so."""
        try:
            blob.upload_blob(write_journal(self._kind()), overwrite=False, content_settings=JOURNAL_CONTENT)
        except HttpResponseError as error:
            if error.status_code not in {CONFLICT, PRECONDITION_FAILED}:
                raise

    def _blob(self, name: str) -> BlobClient:
        return self._container.get_blob_client(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}{SUFFIX}"
