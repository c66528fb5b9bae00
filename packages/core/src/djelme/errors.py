"""The errors of djelme: one root, structured attributes, messages that say what to do.

Every class survives pickling (Celery sends exceptions between processes) and holds only plain
values; the error of the client library, where there was one, is its ``__cause__``.

It is long, as a site that wants to know what it may catch opens one module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djelme.bulk import BulkResult
    from djelme.difference import Difference

__all__ = (
    "BackendError",
    "BackendNotFoundError",
    "BackendRefusedError",
    "BackendUnreachableError",
    "BackendVersionError",
    "BulkError",
    "ConfigurationError",
    "DjelmeError",
    "DjelmeSetupError",
    "IncompleteAnswerError",
    "IndexTemplateNotFoundError",
    "IndexTemplateOutOfSyncError",
    "IndexTemplateOverriddenError",
    "RecordNotFoundError",
    "RecordTypeConflictError",
    "RecordTypeError",
    "RecordValidationError",
    "RobotRefusedError",
    "SpoolError",
    "SpoolFullError",
)

SETUP_COMMAND = "python manage.py djelme_backend_setup"

_Error = TypeVar("_Error", bound="DjelmeError")


def _restore(cls: type[_Error], args: tuple[object, ...], state: dict[str, Any]) -> _Error:
    error = cls.__new__(cls, *args)
    error.__dict__.update(state)
    return error


class DjelmeError(Exception):
    """Root of every error that djelme raises on purpose.

    Attributes:
        result: where a bulk ended with the error, its `djelme.bulk.BulkResult` until then.
    """

    result: BulkResult | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # Subclasses take keyword arguments, which the inherited __reduce__ would lose.
        return _restore, (type(self), self.args, self.__dict__)


class ConfigurationError(DjelmeError):
    """A setting, a backend or the choice of a backend is wrong; the system checks tell more."""


class BackendNotFoundError(ConfigurationError, LookupError):
    """There is no backend of a name in ``DJELME_BACKENDS``."""


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


class DjelmeSetupError(DjelmeError):
    """Something is missing or outdated in Elasticsearch that ``djelme_backend_setup`` repairs.

    Attributes:
        recordtype: label of the record type.
        template_name: name of its index template.
        backend: name of the backend that was asked.
    """

    def __init__(self, message: str, *, recordtype: str, template_name: str, backend: str) -> None:
        super().__init__(message)
        self.recordtype = recordtype
        self.template_name = template_name
        self.backend = backend


class IndexTemplateNotFoundError(DjelmeSetupError):
    """The record type's index template doesn't exist.

    Attributes:
        client_error: None; the client's error, where there was one, is the ``__cause__``.
    """

    def __init__(
        self,
        message: str = "",
        client_error: Exception | None = None,
        *,
        recordtype: str = "",
        template_name: str = "",
        backend: str = "",
    ) -> None:
        super().__init__(
            message
            or f"{recordtype}: index template {template_name!r} does not exist in backend "
            f"{backend!r}; create it with: {SETUP_COMMAND}",
            recordtype=recordtype,
            template_name=template_name,
            backend=backend,
        )
        self.client_error = client_error


class IndexTemplateOutOfSyncError(DjelmeSetupError):
    """The record type's index template differs from what the class declares.

    Attributes:
        differences: what differs, one `Difference` per setting or mapping.
    """

    def __init__(
        self,
        *,
        recordtype: str,
        template_name: str,
        backend: str,
        differences: Sequence[Difference],
    ) -> None:
        super().__init__(
            f"{recordtype}: index template {template_name!r} in backend {backend!r} differs from "
            f"the class: {'; '.join(map(str, differences))}. "
            f"Update it with: {SETUP_COMMAND}",
            recordtype=recordtype,
            template_name=template_name,
            backend=backend,
        )
        self.differences = tuple(differences)

    @property
    def mappings_in_sync(self) -> bool:
        """Whether the mappings are the same."""
        return self._in_sync("mappings")

    @property
    def patterns_in_sync(self) -> bool:
        """Whether the index patterns are the same."""
        return self._in_sync("index_patterns")

    @property
    def settings_in_sync(self) -> bool:
        """Whether the settings are the same."""
        return self._in_sync("settings")

    def _in_sync(self, part: str) -> bool:
        return not any(f"{item.path}.".startswith(f"{part}.") for item in self.differences)


class IndexTemplateOverriddenError(IndexTemplateOutOfSyncError):
    """The record type's index template is as the class declares, but others count more.

    Attributes:
        index: name of the index that would be made otherwise than the class declares.
        templates: names of the other index templates, the one that counts most first.
    """

    def __init__(
        self,
        *,
        recordtype: str,
        template_name: str,
        backend: str,
        differences: Sequence[Difference],
        index: str,
        templates: Sequence[str],
    ) -> None:
        DjelmeSetupError.__init__(
            self,
            f"{recordtype}: index template {template_name!r} in backend {backend!r} would not make "
            f"index {index!r} as the class declares, since others are for it too "
            f"({', '.join(map(repr, templates))}): {'; '.join(map(str, differences))}. Give them a "
            f"lower priority or order, or index patterns that don't match it",
            recordtype=recordtype,
            template_name=template_name,
            backend=backend,
        )
        self.differences = tuple(differences)
        self.index = index
        self.templates = tuple(templates)


class BackendError(DjelmeError):
    """The backend could not do what it was asked.

    Attributes:
        backend: name of the backend.
        reason: what the client or the server said.
    """

    def __init__(self, message: str, *, backend: str, reason: str) -> None:
        super().__init__(message)
        self.backend = backend
        self.reason = reason


class BackendUnreachableError(BackendError):
    """No answer came: refused connection, time-out, broken TLS or an unusable proxy."""

    def __init__(self, *, backend: str, reason: str) -> None:
        super().__init__(
            f"backend {backend!r} is unreachable: {reason}", backend=backend, reason=reason
        )


class BackendVersionError(BackendUnreachableError):
    """The server is of a version that the backend's imp isn't for; nothing was asked of it.

    Attributes:
        versions: the first version that the imp is for, and the first one after those.
        found: the server's.
    """

    def __init__(
        self, *, backend: str, product: str, versions: tuple[str, str], found: str
    ) -> None:
        first, after = versions
        reason = (
            f"its imp is for {product} {first} or newer, before {after}, and the server is of "
            f"version {found}"
        )
        message = (
            f"backend {backend!r} can't be used: {reason}. Name the imp for that version in "
            f"DJELME_BACKENDS, or correct its hosts"
        )
        BackendError.__init__(self, message, backend=backend, reason=reason)
        self.versions = versions
        self.found = found


class IncompleteAnswerError(BackendUnreachableError):
    """Some shards gave no answer, so what was read lacks documents; it was not used.

    Attributes:
        indexes: names or patterns of the indexes that were asked.
    """

    def __init__(self, *, backend: str, indexes: Sequence[str], reason: str) -> None:
        names = ", ".join(indexes)
        message = (
            f"backend {backend!r} can't give all documents of {names}: {reason}. Bring the missing "
            f"nodes back or restore the index (GET _cat/shards/{','.join(indexes)} tells which), "
            f"and try again"
        )
        BackendError.__init__(self, message, backend=backend, reason=reason)
        self.indexes = tuple(indexes)


class BackendRefusedError(BackendError):
    """The server answered with an error.

    Attributes:
        status: HTTP status code.
        waits: as of `djelme.operation.Outcome`: whether the status would blame what was sent, and
            something else is at fault, or may be.
    """

    def __init__(self, *, backend: str, status: int, reason: str, waits: bool = False) -> None:
        super().__init__(
            f"backend {backend!r} refused with status {status}: {reason}",
            backend=backend,
            reason=reason,
        )
        self.status = status
        self.waits = waits


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
