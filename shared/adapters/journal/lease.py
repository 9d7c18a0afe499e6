"""One worker's hold on a journal.

https://learn.microsoft.com/rest/api/storageservices/lease-blob#outcomes-of-use-attempts-on-blobs-by-lease-state
"""

import logging

from azure.core import MatchConditions
from azure.core.exceptions import AzureError, HttpResponseError, ResourceNotFoundError
from azure.storage.blob import BlobClient, BlobLeaseClient

from shared.adapters.journal.codec import write_journal
from shared.adapters.journal.documents import JSON, NEEDS, Document, read
from shared.azure import in_words, is_container_missing, translated
from shared.errors import LeaseLost

log = logging.getLogger("relaykeeper.journal")

CONFLICT, PRECONDITION_FAILED = 409, 412
LOST = frozenset({404, CONFLICT, PRECONDITION_FAILED})
"""The answers to a lease id that does not hold the blob any more, or to an ETag that somebody else's write changed."""


class BlobLease[T]:
    """Implements ports.Lease, for one thread."""

    def __init__(self, blob: BlobClient, hold: BlobLeaseClient, kind: type[T], found: Document[T]) -> None:
        """`found` was read under the lease."""
        self._blob = blob
        self._hold = hold
        self._kind = kind
        self._found = found

    @property
    def journal(self) -> T:
        return self._found.journal

    def renew(self) -> None:
        """A lease that ran out is ours again if nobody has taken it since: then nobody has written either."""
        with translated(f"cannot renew the lease of journal {self._blob.blob_name}", NEEDS):
            try:
                self._hold.renew()
            except HttpResponseError as error:
                raise lost(self._blob, error) from None

    def write(self, journal: T) -> None:
        content = write_journal(journal)
        with translated(f"cannot write journal {self._blob.blob_name}", NEEDS):
            try:
                etag = self._put(content)
            except HttpResponseError as error:
                lost(self._blob, error)
                self.renew()
                etag = self._put_again(content)
        self._found = Document(journal, content, etag)

    def _put(self, content: bytes) -> str:
        answer = self._blob.upload_blob(
            content,
            overwrite=True,
            lease=self._hold,
            etag=self._found.etag,
            match_condition=MatchConditions.IfNotModified,
            content_settings=JSON,
        )
        return str(answer["etag"])

    def _put_again(self, content: bytes) -> str:
        """Write after a refusal: the lease had run out, or the SDK repeated a write of ours whose answer was lost."""
        try:
            return self._put(content)
        except HttpResponseError as error:
            return self._etag_if_written(content, lost(self._blob, error))

    def _etag_if_written(self, content: bytes, refusal: LeaseLost) -> str:
        """Look whether the write that was refused had been ours already."""
        try:
            found = read(self._blob, self._kind, self._hold)
        except HttpResponseError as error:
            raise lost(self._blob, error) from None
        if found.content != content:
            raise refusal
        return found.etag


def lost(blob: BlobClient, error: HttpResponseError) -> LeaseLost:
    """Return what a refusal to one who holds the lease means; raise `error` again if it is none."""
    if error.status_code not in LOST or (isinstance(error, ResourceNotFoundError) and is_container_missing(error)):
        raise error
    return LeaseLost(f"the lease of journal {blob.blob_name} is lost: {in_words(error)}")


def release(hold: BlobLeaseClient, path: str) -> None:
    """Give the lease back. What fails here is said and no more: the work is done, and the lease ends by itself."""
    try:
        hold.release()
    except HttpResponseError as error:
        if error.status_code not in LOST:
            log.warning("journal %s: its lease could not be released and runs out: %s", path, in_words(error))
    except AzureError as error:
        log.warning("journal %s: its lease could not be released and runs out: %s", path, in_words(error))
