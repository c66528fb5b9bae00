"""Ids of documents, made before they are sent, so that no retry can double a record."""

from __future__ import annotations

import base64
import datetime
import hashlib
import itertools
import json
import secrets
import time
from typing import TYPE_CHECKING

from djelme import process
from djelme.timeparts import format_timestamp

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ("DocumentIdFactory", "derive_document_id", "next_document_id")

#: 6 random bytes, 6 bytes of milliseconds, 3 bytes of counter: 20 characters in base 64.
_PROCESS_BYTES = 6
_COUNTER_BYTES = 3
_COUNTER_MASK = (1 << (8 * _COUNTER_BYTES)) - 1
_DERIVED_BYTES = 24
_NANOSECONDS = 1_000_000
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
#: The text of each 12 bits, as URL-safe base 64 writes them.
_TWELVE_BITS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)


class DocumentIdFactory:
    """Makes ids of 20 characters: a random part of this process, milliseconds and a counter.

    The order of the parts makes neighbouring ids share a prefix, which keeps Lucene's index of them
    small. The counter never restarts within a process, so a clock that jumps back does no harm.

    Args:
        clock: nanoseconds since the epoch.
    """

    def __init__(self, clock: Callable[[], int] = time.time_ns) -> None:
        self._clock = clock
        self.renew()

    def renew(self) -> None:
        """Choose another random part, as a forked child has to."""
        # Ids that begin with an underscore are refused by old versions of Elasticsearch, so the
        # first six bits are never the last of the alphabet.
        first = secrets.randbelow(0xFC)
        process = bytes([first]) + secrets.token_bytes(_PROCESS_BYTES - 1)
        self._process = base64.urlsafe_b64encode(process).decode("ascii")
        self._prefix = (-1, "")
        # Threads need no lock: itertools.count is atomic, under the GIL and since 3.14 without it.
        self._count = itertools.count(secrets.randbelow(_COUNTER_MASK)).__next__

    def next(self) -> str:
        """Return an id that no other call returns, in this process or another one.

        Call `djelme.process.check` before.
        """
        number = self._count() & _COUNTER_MASK
        milliseconds = self._clock() // _NANOSECONDS
        known, prefix = self._prefix
        if known != milliseconds >> 12:
            prefix = self._prefix_of(milliseconds >> 12)
        return (
            f"{prefix}{_TWELVE_BITS[milliseconds & 0xFFF]}"
            f"{_TWELVE_BITS[number >> 12]}{_TWELVE_BITS[number & 0xFFF]}"
        )

    def _prefix_of(self, slow_bits: int) -> str:
        """Return what ids begin with; of the time, the bits that change every 4 seconds."""
        prefix = (
            f"{self._process}{_TWELVE_BITS[slow_bits >> 24]}"
            f"{_TWELVE_BITS[slow_bits >> 12 & 0xFFF]}{_TWELVE_BITS[slow_bits & 0xFFF]}"
        )
        # One assignment of a pair, so that other threads never see half of a change.
        self._prefix = (slow_bits, prefix)
        return prefix


_factory = DocumentIdFactory()
next_document_id = _factory.next
process.on_child(_factory.renew)


#: `json.dumps` would make an encoder for each call.
_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


def derive_document_id(parts: Iterable[object]) -> str:
    """Return the id of 32 characters that belongs to some values, always the same.

    The form is kept for ever: the URL-safe base 64 of a BLAKE2b hash of 24 bytes over compact JSON.

    Args:
        parts: str, int, float, bool, None, date, datetime (in UTC milliseconds), or lists of them.

    Raises:
        TypeError: for other values.
    """
    text = _encode([_tagged(part) for part in parts])
    digest = hashlib.blake2b(text.encode("ascii"), digest_size=_DERIVED_BYTES).digest()
    return base64.urlsafe_b64encode(b"\x00" + digest)[:32].decode("ascii")


def _tagged(part: object) -> object:
    if isinstance(part, datetime.datetime):
        return {"datetime": format_timestamp(part)}
    if isinstance(part, datetime.date):
        return {"date": part.isoformat()}
    if isinstance(part, (list, tuple)):
        return [_tagged(item) for item in part]
    if part is None or isinstance(part, (str, int, float)):
        return part
    msg = f"a document id can't be derived from a {type(part).__name__}"
    raise TypeError(msg)
