"""A journal's blob, read with its ETag."""

from typing import NamedTuple

from azure.storage.blob import BlobClient, BlobLeaseClient, ContentSettings

from shared.adapters.journal.codec import CodecError, read_journal
from shared.errors import JournalUnreadable

JSON = ContentSettings(content_type="application/json")
NEEDS = "the role Storage Blob Data Contributor on its container"


class Document[T](NamedTuple):
    """A journal, the bytes it was read from, and their ETag."""

    journal: T
    content: bytes
    etag: str


def read[T](blob: BlobClient, kind: type[T], hold: BlobLeaseClient | None = None) -> Document[T]:
    """Read the blob; where `hold` is given, only as long as the lease is ours (else 412)."""
    download = blob.download_blob(lease=hold)
    content = download.readall()
    try:
        return Document(read_journal(content, kind), content, download.properties.etag)
    except CodecError as error:
        raise JournalUnreadable(
            f"cannot read journal {blob.blob_name}: {error}. Deploy the release that wrote it, mend it, or delete it "
            f"(which costs at most one extra order): az storage blob delete --account-name {blob.account_name} "
            f"--container-name {blob.container_name} --name {blob.blob_name} --auth-mode login"
        ) from error
