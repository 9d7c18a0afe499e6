"""One append blob per day, a JSON line per record, in a container of its own.

It needs no more than an immutability policy with `allowProtectedAppendWrites` leaves: create, append, read.
https://learn.microsoft.com/azure/storage/blobs/immutable-time-based-retention-policy-overview
"""

from datetime import UTC, date, datetime, time

import msgspec
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobClient, ContainerClient, ContentSettings

from shared.azure import is_container_missing, translated
from shared.domain.actor import SCHEDULED
from shared.domain.history import Record
from shared.encoding import encoded

NEEDS = "the role Storage Blob Data Contributor on its container"
LINES = ContentSettings(content_type="application/jsonl")


class BlobHistory:
    """Implements ports.History, in a container that infrastructure creates."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    def append(self, record: Record) -> None:
        blob, line = self._blob(record.at.astimezone(UTC).date()), encoded(record) + b"\n"
        with translated(f"cannot append to the history {blob.blob_name}", NEEDS):
            try:
                blob.append_block(line)
            except ResourceNotFoundError as error:
                if is_container_missing(error):
                    raise
                create(blob)
                blob.append_block(line)

    def day(self, day: date) -> tuple[Record, ...]:
        blob = self._blob(day)
        with translated(f"cannot read the history {blob.blob_name}", NEEDS):
            try:
                lines = blob.download_blob().readall().splitlines()
            except ResourceNotFoundError as error:
                if is_container_missing(error):
                    raise
                return ()
        return tuple(read_record(line, f"{blob.blob_name}, line {number}", day) for number, line in enumerate(lines, 1))

    def _blob(self, day: date) -> BlobClient:
        return self._container.get_blob_client(f"{day:%Y-%m-%d}.jsonl")


def create(blob: BlobClient) -> None:
    """Create the day's blob, unless somebody else was faster."""
    try:
        blob.create_append_blob(LINES, if_none_match="*")
    except (ResourceExistsError, ResourceModifiedError):  # 409 or 412, by what of the two the service looks at first
        return


def read_record(line: bytes, where: str, day: date) -> Record:
    """Read a line; what a later release wrote besides is passed over.

    One that cannot be read is a record of that: nobody can mend it, and it must not hide the others.
    """
    try:
        return msgspec.json.decode(line, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        outcome = f"{where} cannot be read: {error}. Somebody else wrote it, or a later release."
        nobody, at = SCHEDULED.actor, datetime.combine(day, time(), UTC)
        return Record(at=at, event="unreadable", actor=nobody, reason="", correlation="", outcome=outcome)
