"""Record types and records that can't work, and records that are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.errors.root import DjelmeError

if TYPE_CHECKING:
    from djelme.bulk import BulkResult

__all__ = (
    "BulkError",
    "RecordNotFoundError",
    "RecordTypeConflictError",
    "RecordTypeError",
    "RecordValidationError",
    "RobotRefusedError",
)


class RecordTypeError(DjelmeError, TypeError):
    """A record type is declared in a way that can't work, or is used although it is abstract.

    Attributes:
        recordtype: name of the class.
    """

    def __init__(self, message: str, *, recordtype: str) -> None:
        super().__init__(f"{recordtype}: {message}")
        self.recordtype = recordtype


class RecordTypeConflictError(RecordTypeError, RuntimeError):
    """An app has two record types of the same name."""


class RecordValidationError(DjelmeError, ValueError):
    """A value doesn't fit the record type; nothing of the record was sent.

    Attributes:
        recordtype: label of the record type, ``app_label.ClassName``.
        field: name of the field.
        expected: what would be right, in words.
        found: the offending value's type and (shortened) repr, in words.
        position: zero-based position of the record in a bulk, else None.
    """

    def __init__(
        self, *, recordtype: str, field: str, expected: str, found: str, position: int | None = None
    ) -> None:
        where = "" if position is None else f" (record {position} of the bulk)"
        super().__init__(f"{recordtype}.{field}: expected {expected}, found {found}{where}")
        self.recordtype = recordtype
        self.field = field
        self.expected = expected
        self.found = found
        self.position = position

    def at(self, position: int) -> RecordValidationError:
        """Return the same error with the record's zero-based position in its bulk."""
        return type(self)(
            recordtype=self.recordtype,
            field=self.field,
            expected=self.expected,
            found=self.found,
            position=position,
        )


class RobotRefusedError(RecordValidationError):
    """A robot's usage was refused, as its record type asks for; nothing of it was sent."""


class RecordNotFoundError(DjelmeError, LookupError):
    """No record with this id is visible to a search.

    Attributes:
        recordtype: label of the record type.
        id: the document id that was asked for.
    """

    def __init__(self, *, recordtype: str, id: str) -> None:  # noqa: A002 - the field's own name
        super().__init__(
            f"{recordtype}: no record with id {id!r} was found "
            f"(a record is visible to searches after the next refresh of its index)"
        )
        self.recordtype = recordtype
        self.id = id


class BulkError(DjelmeError):
    """Some records of a bulk were not stored.

    Attributes:
        result: the `BulkResult`; its ``failed`` has each record with the server's reason.
    """

    def __init__(self, *, recordtype: str, result: BulkResult) -> None:
        first = result.failed[0].reason if result.failed else "unknown reason"
        super().__init__(
            f"{recordtype}: {len(result.failed)} records were not stored "
            f"({result.created} created, {result.existing} already there); the first: {first}"
        )
        self.recordtype = recordtype
        self.result: BulkResult = result
