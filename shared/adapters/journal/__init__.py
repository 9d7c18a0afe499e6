"""Azure Blob Storage: a small JSON document per certificate or account, and a lease on it."""

from shared.adapters.journal.blob_journals import BlobJournals

__all__ = ["BlobJournals"]
