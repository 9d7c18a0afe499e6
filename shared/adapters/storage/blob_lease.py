"""One worker's lease on a journal's blob, and reading and writing the journal under it.

https://learn.microsoft.com/rest/api/storageservices/lease-blob#outcomes-of-use-attempts-on-blobs-by-lease-state
"""

import logging
from typing import NamedTuple

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobLeaseClient, ContentSettings

from shared.adapters.storage.json_codec import CodecError, read_journal, write_journal
from shared.azure import in_words, is_container_missing, translated
from shared.errors import JournalNewer, JournalUnreadable, LeaseLost
from shared.schema_number import SchemaError

log = logging.getLogger("relaykeeper.journal")

JOURNAL_CONTENT = ContentSettings(content_type="application/json")

JOURNAL_ROLE = "the role Storage Blob Data Contributor on its container"

CONFLICT, PRECONDITION_FAILED = 409, 412

LEASE_LOST = frozenset({404, CONFLICT, PRECONDITION_FAILED})
"""Answers to a lease id that no longer holds the blob, or to an ETag that is no longer the blob's."""


class JournalBlob[T](NamedTuple):
    """A journal, the bytes it was read from, and their ETag."""

    journal: T
    content: bytes
    etag: str


class BlobLease[T]:
    """Implements ports.Lease, for one thread."""

    def __init__(self, blob: BlobClient, lease: BlobLeaseClient, kind: type[T], found: JournalBlob[T]) -> None:
        """`found` was read under the lease."""
        self._blob = blob
        self._lease = lease
        self._kind = kind
        self._found = found

    @property
    def journal(self) -> T:
        return self._found.journal

    def renew(self) -> None:
        """An expired lease can be renewed if nobody has taken it since: then nobody has written either."""
        with translated(f"cannot renew the lease of journal {self._blob.blob_name}", JOURNAL_ROLE):
            try:
                self._lease.renew()
            except HttpResponseError as error:
                raise lease_lost(self._blob, error) from None

    def write(self, journal: T) -> None:
        content = write_journal(journal)
        with translated(f"cannot write journal {self._blob.blob_name}", JOURNAL_ROLE):
            try:
                etag = self._put(content)
            except HttpResponseError as error:
                lease_lost(self._blob, error)
                self.renew()
                etag = self._put_again(content)
        self._found = JournalBlob(journal, content, etag)

    def _put(self, content: bytes) -> str:
        answer = self._blob.upload_blob(
            content,
            overwrite=True,
            lease=self._lease,
            etag=self._found.etag,
            match_condition=MatchConditions.IfNotModified,
            content_settings=JOURNAL_CONTENT,
        )
        return str(answer["etag"])

    def _put_again(self, content: bytes) -> str:
        """Write after a refusal: the lease had expired, or the SDK repeated a write of ours whose answer was lost."""
        try:
            return self._put(content)
        except HttpResponseError as error:
            return self._etag_if_written(content, lease_lost(self._blob, error))

    def _etag_if_written(self, content: bytes, refusal: LeaseLost) -> str:
        """Return the ETag if the blob holds what the refused write was to store; else raise the refusal."""
        try:
            found = read_blob(self._blob, self._kind, self._lease)
        except HttpResponseError as error:
            raise lease_lost(self._blob, error) from None
        if found.content != content:
            raise refusal
        return found.etag


def read_blob[T](blob: BlobClient, kind: type[T], lease: BlobLeaseClient | None = None) -> JournalBlob[T]:
    """Read a journal's blob; with `lease`, only as long as it holds the blob (else the service answers 412).

    Raises JournalNewer or JournalUnreadable, which say how to delete the blob.
    """
    download = blob.download_blob(lease=lease)
    content = download.readall()
    try:
        return JournalBlob(read_journal(content, kind), content, download.properties.etag)
    except (CodecError, SchemaError) as error:
        raise unreadable_journal(blob, error) from error


def unreadable_journal(blob: BlobClient, error: CodecError | SchemaError) -> JournalUnreadable:
    tried = f"cannot read journal {blob.blob_name}: {error}."
    delete = (
        f"az storage blob delete --account-name {blob.account_name} --container-name {blob.container_name} "
        f"--name {blob.blob_name} --auth-mode login"
    )
    if isinstance(error, SchemaError) and error.newer:
        return JournalNewer(
            f"{tried} It stays as it is, and what needs it waits: deploy the newer release again. If that cannot be, "
            f"delete the blob, which loses what it holds: {delete}"
        )
    return JournalUnreadable(
        f"{tried} Deploy the release that wrote it, correct it, or delete it (which costs at most one extra order): "
        f"{delete}"
    )


def lease_lost(blob: BlobClient, error: HttpResponseError) -> LeaseLost:
    """Return the LeaseLost that a refusal means; raise `error` again if it means something else."""
    if error.status_code not in LEASE_LOST or (
        isinstance(error, ResourceNotFoundError) and is_container_missing(error)
    ):
        raise error
    return LeaseLost(f"the lease of journal {blob.blob_name} is lost: {in_words(error)}")


def release_lease(lease: BlobLeaseClient, path: str) -> None:
    """Release the lease. A failure is only logged: the work is done, and the lease expires by itself."""
    try:
        lease.release()
    except AzureError as error:
        if not isinstance(error, HttpResponseError) or error.status_code not in LEASE_LOST:
            log.warning("journal %s: its lease could not be released and runs out: %s", path, in_words(error))
