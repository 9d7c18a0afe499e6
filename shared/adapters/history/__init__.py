"""Azure append blobs."""

from shared.adapters.history.blob_history import BlobHistory

__all__ = ["BlobHistory"]
