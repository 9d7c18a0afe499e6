"""Azure Queue Storage."""

from shared.adapters.queue.storage_queue import StorageQueue

__all__ = ["StorageQueue"]
