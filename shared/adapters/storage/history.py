"""The history: one append blob per day, one JSON line per record, in a container of its own.

It only creates, appends and reads, as an immutability policy with `allowProtectedAppendWrites` permits.
https://learn.microsoft.com/azure/storage/blobs/immutable-time-based-retention-policy-overview
"""

from datetime import UTC, date, datetime, time

import msgspec
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from azure.storage.blob import BlobClient, ContainerClient, ContentSettings

from shared.adapters.storage.json_codec import encode_json
from shared.azure import is_container_missing, translated
from shared.domain.audit import SCHEDULED, AuditRecord
from shared.schema_number import SchemaError, require_schema

HISTORY_ROLE = "the role Storage Blob Data Contributor on its container"
DAY_BLOB = "%Y-%m-%d.jsonl"
HISTORY_CONTENT = ContentSettings(content_type="application/jsonl")


class BlobHistory:
    """Implements ports.History, in a container that infrastructure creates."""

    def __init__(self, container: ContainerClient) -> None:
        self._container = container

    def append(self, record: AuditRecord) -> None:
        blob, line = self._blob(record.at.astimezone(UTC).date()), encode_json(record) + b"\n"
        with translated(f"cannot append to the history {blob.blob_name}", HISTORY_ROLE):
            try:
                blob.append_block(line)
            except ResourceNotFoundError as error:
                if is_container_missing(error):
                    raise
                create_day(blob)
                blob.append_block(line)

    def day(self, day: date) -> tuple[AuditRecord, ...]:
        blob = self._blob(day)
        with translated(f"cannot read the history {blob.blob_name}", HISTORY_ROLE):
            try:
                lines = blob.download_blob().readall().splitlines()
            except ResourceNotFoundError as error:
                if is_container_missing(error):
                    raise
                return ()
        return tuple(read_record(line, f"{blob.blob_name}, line {number}", day) for number, line in enumerate(lines, 1))

    def _blob(self, day: date) -> BlobClient:
        return self._container.get_blob_client(f"{day:{DAY_BLOB}}")


def create_day(blob: BlobClient) -> None:
    """Create the day's blob, unless another worker has just done so."""
    try:
        blob.create_append_blob(HISTORY_CONTENT, if_none_match="*")
    except (ResourceExistsError, ResourceModifiedError):  # 409 or 412: it depends on which the service checks first
        return


def read_record(line: bytes, where: str, day: date) -> AuditRecord:
    """Read a line, ignoring keys that only a newer release knows.

    A line that cannot be read becomes a record that says so: nobody can repair it, and it must not hide the others.
    """
    try:
        document = msgspec.json.decode(line)
        require_schema(document, AuditRecord)
        return msgspec.convert(document, AuditRecord)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, SchemaError) as error:
        writer = "" if isinstance(error, SchemaError) else " Another program or a newer release wrote it."
        outcome = f"{where} cannot be read: {error}.{writer}"
        actor, at = SCHEDULED.actor, datetime.combine(day, time(), UTC)
        return AuditRecord(at=at, event="unreadable", actor=actor, reason="", correlation="", outcome=outcome)
