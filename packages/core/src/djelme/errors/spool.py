"""What goes wrong with files of records."""

from __future__ import annotations

from djelme.errors.root import DjelmeError

__all__ = (
    "SpoolError",
    "SpoolFullError",
)


class SpoolError(DjelmeError):
    """A record could not be written to the spool; it is neither there nor in the backend.

    Attributes:
        backend: name of the backend whose spool it is.
        directory: path of the spool's directory.
        reason: what the operating system said.
    """

    def __init__(self, *, backend: str, directory: str, reason: str) -> None:
        super().__init__(
            f"the spool of backend {backend!r} in {directory} can't be written: {reason}; the "
            f"record was not taken. Check the directory's permissions and free space, or set "
            f"djelme_spool_dir"
        )
        self.backend = backend
        self.directory = directory
        self.reason = reason


class SpoolFullError(SpoolError):
    """A record was not taken because the spool is full and ``djelme_spool_full`` is ``"raise"``."""
