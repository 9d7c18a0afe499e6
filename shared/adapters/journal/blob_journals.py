"""The port: reading a journal without a lease, and taking one.

https://learn.microsoft.com/rest/api/storageservices/lease-blob
"""

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from azure.core.exceptions import HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobLeaseClient, ContainerClient

from shared.adapters.journal.codec import write_journal
from shared.adapters.journal.documents import JSON, NEEDS, Document, read
from shared.adapters.journal.lease import CONFLICT, PRECONDITION_FAILED, BlobLease, lost, release
from shared.azure import is_container_missing, translated
from shared.errors import JournalUnreadable, LeaseTaken
from shared.ports import Lease

log = logging.getLogger("relaykeeper.journal")

SUFFIX = ".json"
HELD = ("LeaseAlreadyPresent", "LeaseIsBreakingAndCannotBeAcquired")
"""The codes of a 409 that mean that somebody has the lease; others are about the container or the account."""


class BlobJournals[T]:
    """Implements ports.Journals: one blob `<folder>/<name>.json` each, in a container that infrastructure creates."""

    def __init__(
        self, container: ContainerClient, folder: str, kind: type[T], lease: timedelta, *, begun_anew: bool = False
    ) -> None:
        """`kind` is a frozen dataclass with a `schema` and a default for every field; `lease` is 15 to 60 seconds.

        `begun_anew`: who leases a journal that cannot be read gets an empty one, as losing it costs less than waiting
        for a person.
        """
        self._container = container
        self._folder = folder
        self._kind = kind
        self._lease = lease
        self._begun_anew = begun_anew

    def read(self, name: str) -> T:
        with translated(f"cannot read journal {self._path(name)}", NEEDS):
            try:
                return read(self._blob(name), self._kind).journal
            except ResourceNotFoundError as error:
                if is_container_missing(error):
                    raise
                return self._kind()

    def names(self) -> tuple[str, ...]:
        """List them by one request for five thousand.

        https://learn.microsoft.com/rest/api/storageservices/list-blobs
        """
        folder = f"{self._folder}/"
        with translated(f"cannot list the journals in {folder}", NEEDS):
            paths = list(self._container.list_blob_names(name_starts_with=folder))
        return tuple(path.removeprefix(folder).removesuffix(SUFFIX) for path in paths if path.endswith(SUFFIX))

    @contextmanager
    def lease(self, name: str) -> Iterator[Lease[T]]:
        blob = self._blob(name)
        with translated(f"cannot lease journal {self._path(name)}", NEEDS):
            hold = self._acquired(blob)
        try:
            with translated(f"cannot read journal {self._path(name)}", NEEDS):
                found = self._found(blob, hold)
            yield BlobLease(blob, hold, self._kind, found)
        finally:
            release(hold, self._path(name))

    def _found(self, blob: BlobClient, hold: BlobLeaseClient) -> Document[T]:
        """Read what the lease protects. Raises LeaseLost if a person has broken the lease since it was taken."""
        try:
            return self._read(blob, hold)
        except HttpResponseError as error:
            raise lost(blob, error) from None

    def _read(self, blob: BlobClient, hold: BlobLeaseClient) -> Document[T]:
        try:
            return read(blob, self._kind, hold)
        except JournalUnreadable as unreadable:
            if not self._begun_anew:
                raise
            log.error("%s. It is begun anew", unreadable)
            return Document(self._kind(), b"", blob.get_blob_properties(lease=hold).etag)

    def _acquired(self, blob: BlobClient) -> BlobLeaseClient:
        """Take the lease, with one request unless the blob is still to be created."""
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
            if error.status_code != CONFLICT or getattr(error, "error_code", None) not in HELD:
                raise
            seconds = self._lease.total_seconds()
            raise LeaseTaken(f"another worker holds {blob.blob_name}, or died in the last {seconds:.0f} s") from None

    def _create(self, blob: BlobClient) -> None:
        """Write an empty journal, unless somebody else was faster."""
        try:
            blob.upload_blob(write_journal(self._kind()), overwrite=False, content_settings=JSON)
        except HttpResponseError as error:
            if error.status_code not in {CONFLICT, PRECONDITION_FAILED}:
                raise

    def _blob(self, name: str) -> BlobClient:
        return self._container.get_blob_client(self._path(name))

    def _path(self, name: str) -> str:
        return f"{self._folder}/{name}{SUFFIX}"
