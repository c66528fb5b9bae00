"""One document on its way to a backend, and what came of it."""

from __future__ import annotations

import json
import re
from json.encoder import encode_basestring
from os import getpid
from typing import NamedTuple

from djelme import process
from djelme.document_id import next_document_id

__all__ = ("NEW_DOCUMENT", "REQUEST_MAX_BYTES", "Operation", "Outcome")

#: Most bytes in one request, by default. Elasticsearch takes 100 MiB and is fastest far below it.
REQUEST_MAX_BYTES = 8 * 1024 * 1024

#: A JSON string on one line.
_STRING = rb'("[^"\\\n]*(?:\\.[^"\\\n]*)*")'
#: The two lines of an operation, as `Operation` writes them.
_LINES = re.compile(
    rb'\{"(create|index)":\{"_index":%b,"_id":%b'
    rb'(?:,"version":(\d{1,18}),"version_type":"external_gte")?\}\}\n'
    # An action that lost its document must not take the next action for it.
    rb'(?!\{"(?:create|index)":\{"_index":)\{[^\n]*\}\n' % (_STRING, _STRING)
)


class Operation:
    r"""One document on its way to a backend; not to be changed once made.

    Args:
        index: name of the index.
        id: document id; None for one that no other document has.
        source: the document as UTF-8 encoded JSON on one line, without line ending.
        create: True to store it unless the id is there already, False to replace what is there.
        version: a number that grows with what is stored under the id, such as a time: the document
            replaces only what has no greater one. Not together with `create`.

    >>> Operation("app_view_2026", "a1", b'{"item":5}').lines
    b'{"create":{"_index":"app_view_2026","_id":"a1"}}\n{"item":5}\n'
    """

    __slots__ = ("_lines", "create", "id", "index", "source", "version")

    def __init__(
        self,
        index: str,
        id: str | None,  # noqa: A002 - the field's own name
        source: bytes,
        create: bool = True,
        version: int | None = None,
    ) -> None:
        if getpid() != process.pid:  # as each call counts here
            process.check()
        self.index = index
        self.id = next_document_id() if id is None else id
        self.source = source
        self.create = create
        self.version = version
        self._lines: bytes | None = None

    @property
    def lines(self) -> bytes:
        """The line of its action and the line of its document, as a bulk request has them.

        They are made when first asked for, which in buffered mode is not the one who records.
        """
        lines = self._lines
        if lines is None:
            action = "create" if self.create else "index"
            version = self.version
            about = "" if version is None else f',"version":{version},"version_type":"external_gte"'
            line = (
                f'{{"{action}":{{"_index":{encode_basestring(self.index)},'
                f'"_id":{encode_basestring(self.id)}{about}}}}}\n'
            )
            lines = self._lines = line.encode() + self.source + b"\n"
        return lines

    @classmethod
    def read(cls, data: bytes, position: int = 0) -> Operation | None:
        """Return the operation whose lines begin at a position, None if there is none.

        Args:
            data: what was written as `lines`, perhaps with other bytes around it.
            position: where its first line begins.
        """
        match = _LINES.match(data, position)
        if match is None:
            return None
        operation = cls.__new__(cls)
        try:
            operation.index = _text(match[2])
            operation.id = _text(match[3])
        except ValueError:
            return None
        if not (operation.index and operation.id):
            return None
        operation.create = match[1] == b"create"
        operation.version = None if match[4] is None else int(match[4])
        lines = operation._lines = match[0]
        operation.source = lines[lines.index(b"\n") + 1 : -1]
        return operation

    @property
    def conflict_is_stored(self) -> bool:
        """Whether a conflict means that the document is there, or a later one in its place."""
        return self.create or self.version is not None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Operation) and self.lines == other.lines

    def __hash__(self) -> int:
        return hash(self.lines)

    def __repr__(self) -> str:
        # Without the document: reprs end up in logs.
        action = "create" if self.create else "index"
        return f"<Operation {action} {self.index!r} {self.id!r}, {len(self.lines):,} bytes>"


def _text(quoted: bytes) -> str:
    if b"\\" in quoted:
        text: str = json.loads(quoted)
        return text
    return quoted[1:-1].decode()


class Outcome(NamedTuple):
    """What the server answered for one operation.

    Attributes:
        status: HTTP status code of the operation.
        reason: the server's reason where the operation failed, else None.
        created: True if the document is new, False if its id was there already.
        waits: whether the status would blame the document, and something else is known to be at
            fault, or may be: the same document may be taken once that is repaired.
    """

    status: int
    reason: str | None = None
    created: bool = True
    waits: bool = False


#: What becomes of nearly all documents; the same object, so that it is quick to count.
NEW_DOCUMENT = Outcome(201)
