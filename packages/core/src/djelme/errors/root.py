"""The root of djelme's errors, and wrong configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from djelme.bulk import BulkResult

__all__ = (
    "BackendNotFoundError",
    "ConfigurationError",
    "DjelmeError",
)

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
