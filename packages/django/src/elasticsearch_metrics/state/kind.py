"""What an index of state documents is about."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from djelme.errors import DjelmeError

__all__ = ("StateIndexError", "StateKind")


class StateIndexError(DjelmeError):
    """An index of state documents can't be used.

    Attributes:
        index: its name.
        backend: name of the backend that has it.
    """

    def __init__(self, message: str, *, index: str, backend: str) -> None:
        super().__init__(f"index {index} of backend {backend!r} {message}")
        self.index = index
        self.backend = backend


@dataclass(frozen=True)
class StateKind:
    """What an index of state documents is about, and which errors are raised for them.

    The errors take a message and, but for `index_error`, a keyword argument named as `subject`.

    Attributes:
        subject: in a word, such as ``"migration"``; the field that says whose a document is.
        index_name: of the index, after the prefix of the backend that has it.
        repairing_command: one that makes an index with a wrong mapping anew.
        error: raised when a lock is lost.
        locked_error: raised when somebody else holds a lock; takes ``owner`` and ``since``.
        conflict_error: raised when somebody else has changed a document.
        index_error: raised when the index can't be used.
    """

    subject: str
    index_name: str
    repairing_command: str
    error: type[Any]
    locked_error: type[Any]
    conflict_error: type[Any]
    index_error: type[StateIndexError]
