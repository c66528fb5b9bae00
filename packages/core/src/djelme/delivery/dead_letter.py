"""Keep what a backend refused for good, with its reason, until somebody looks at it."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from djelme.delivery.batch import Batch
from djelme.delivery.owned_file import (
    hold_waiting,
    open_own,
    require_own_directory,
    write_all,
)
from djelme.delivery.retry import PersistentRetryPolicy
from djelme.errors import BackendRefusedError, SpoolError
from djelme.operation import Operation, Outcome
from djelme.timeparts import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
    from pathlib import Path


__all__ = ("DEAD_LETTERS_NAME", "DeadLetter", "DeadLetterFile")

#: Name of the file, within the directory of a spool.
DEAD_LETTERS_NAME = "dead-letters.ndjson"
_LOCK_NAME = "dead-letters.lock"
#: Letters that are sent again in one request.
_BATCH = 500
#: Letters are sent again while somebody waits: what isn't taken soon stays.
_RETRY = PersistentRetryPolicy(attempts=5)


@dataclass(frozen=True)
class DeadLetter:
    """An operation that was refused.

    Attributes:
        operation: the operation.
        status: HTTP status that it got.
        reason: the server's reason. It may quote values of the record.
        time: when, in UTC.
    """

    operation: Operation
    status: int
    reason: str
    time: datetime.datetime

    @classmethod
    def of(cls, operation: Operation, status: int, reason: str) -> DeadLetter:
        """Return the letter of an operation that was refused now."""
        return cls(operation, status, reason, datetime.datetime.now(datetime.timezone.utc))

    def to_line(self) -> bytes:
        """Return the letter as a line of JSON, with its line ending."""
        known = {
            "time": format_timestamp(self.time),
            "status": self.status,
            "reason": self.reason,
            "index": self.operation.index,
            "id": self.operation.id,
            "create": self.operation.create,
            "version": self.operation.version,
        }
        # A document is JSON already, unless something has damaged it.
        source = self.operation.source
        try:
            json.loads(source)
        except ValueError:
            source = json.dumps(source.decode(errors="replace")).encode()
        return json.dumps(known)[:-1].encode() + b', "source": ' + source + b"}\n"

    @classmethod
    def from_line(cls, line: bytes) -> DeadLetter | None:
        """Return the letter of a line, None if it is torn or isn't one."""
        try:
            known = json.loads(line)
            source = line.partition(b', "source": ')[2].rstrip(b"\n").removesuffix(b"}")
            if isinstance(known["source"], str):
                source = known["source"].encode()
            moment = datetime.datetime.fromisoformat(known["time"].replace("Z", "+00:00"))
            index, document_id, status = known["index"], known["id"], known["status"]
            create, version = known["create"], known.get("version")
            reason = known["reason"]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return None
        # Damage may be JSON all the same.
        texts = (index, document_id, reason)
        if not all(isinstance(text, str) for text in texts) or type(status) is not int:
            return None
        if type(create) is not bool or not (version is None or type(version) is int):
            return None
        return cls(Operation(index, document_id, source, create, version), status, reason, moment)


class DeadLetterFile:
    """The dead letters of one spool.

    Args:
        directory: the spool's directory.
        backend: name of the backend, for messages.
    """

    def __init__(self, directory: Path, backend: str) -> None:
        self.path = directory / DEAD_LETTERS_NAME
        self._lock_path = directory / _LOCK_NAME
        self._backend = backend

    def append(self, letters: Iterable[DeadLetter]) -> None:
        """Add letters.

        Raises:
            SpoolError: if they can't be written; none or some were.
        """
        with self._locked():
            descriptor = open_own(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            try:
                for letter in letters:
                    write_all(descriptor, letter.to_line())
            finally:
                os.close(descriptor)

    def read(self) -> list[DeadLetter]:
        """Return all letters, oldest first; of several for one document only the newest.

        Raises:
            SpoolError: if the file can't be read.
        """
        letters: dict[tuple[str, str], DeadLetter] = {}
        for line in self._lines():
            letter = DeadLetter.from_line(line)
            if letter is not None:
                key = (letter.operation.index, letter.operation.id)
                letters.pop(key, None)
                letters[key] = letter
        return list(letters.values())

    def count(self) -> int:
        """Return how many documents there are letters of, without holding the letters.

        Raises:
            SpoolError: if the file can't be read.
        """
        letters = map(DeadLetter.from_line, self._lines())
        return len({(one.operation.index, one.operation.id) for one in letters if one is not None})

    def _lines(self) -> Iterator[bytes]:
        try:
            with os.fdopen(open_own(self.path, os.O_RDONLY), "rb") as file:
                yield from file
        except FileNotFoundError:
            return
        except OSError as error:
            raise self._error(error) from error

    def retry(
        self, store_many: Callable[[Sequence[Operation]], Sequence[Outcome]]
    ) -> tuple[int, int]:
        """Send all letters again and remove those that are stored now.

        What is refused again stays, with the new reason.

        Args:
            store_many: as `djelme.contracts.Backend.store_many`.

        Returns:
            How many were stored, and how many were refused again.

        Raises:
            djelme.errors.BackendError: if the backend can't be reached or refuses a request; what
                was stored before is removed.
            SpoolError: if the file can't be read or written.
        """
        stored = refused = 0
        letters = self.read()
        for start in range(0, len(letters), _BATCH):
            part = letters[start : start + _BATCH]
            batch = Batch([letter.operation for letter in part], _RETRY)
            while not batch.is_acknowledged:
                try:
                    batch.send(store_many, wait=lambda request: time.sleep(request.delay))
                except BackendRefusedError as error:
                    failed = batch.next_part()
                    if failed is None or not error.waits:
                        raise
                    # An index takes nothing: its letters stay, and those of others are sent.
                    batch.refuse(failed, Outcome(error.status, error.reason, created=False))
            again = [
                DeadLetter.of(letter.operation, outcome.status, outcome.reason)
                for letter, outcome in zip(part, batch.acknowledged, strict=True)
                if outcome.reason is not None
            ]
            kept = {letter.operation for letter in again}
            self.append(again)
            self.drop([letter for letter in part if letter.operation not in kept])
            stored += len(part) - len(again)
            refused += len(again)
        return stored, refused

    def export(self, write: Callable[[str], Any]) -> int:
        """Write each letter as a line of JSON; return how many there were."""
        letters = self.read()
        for letter in letters:
            write(letter.to_line().decode())
        return len(letters)

    def drop(self, letters: Collection[DeadLetter] | None = None) -> int:
        """Remove letters, all by default; return how many documents that were.

        Raises:
            SpoolError: if the file can't be written.
        """
        gone = {letter.operation for letter in (self.read() if letters is None else letters)}
        with self._locked():
            kept = []
            for line in self._lines():
                letter = DeadLetter.from_line(line)
                if letter is None or letter.operation not in gone:
                    kept.append(line)
            new = self.path.with_name(f".{DEAD_LETTERS_NAME}.new")
            new.unlink(missing_ok=True)
            descriptor = open_own(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
            try:
                write_all(descriptor, b"".join(kept))
            finally:
                os.close(descriptor)
            if kept:
                new.rename(self.path)
            else:
                new.unlink()
                self.path.unlink(missing_ok=True)
        return len(gone)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        try:
            self._lock_path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            require_own_directory(self._lock_path.parent)
            descriptor = open_own(self._lock_path, os.O_RDWR | os.O_CREAT)
            try:
                hold_waiting(descriptor)
                yield
            finally:
                os.close(descriptor)
        except OSError as error:
            raise self._error(error) from error

    def _error(self, error: OSError) -> SpoolError:
        return SpoolError(
            backend=self._backend,
            directory=str(self.path.parent),
            reason=error.strerror or str(error),
        )
