"""Log without ever failing."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("Log",)


class Log:
    """A logger for threads and moments that nobody watches.

    A handler that is broken (as that for a stderr that was closed, in a daemon) makes ordinary
    loggers raise; that must not keep a record from being delivered.

    The methods take the fields of `djelme.log_field.log_fields` as ``extra``.

    Args:
        name: name of the logger.
    """

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)

    def info(
        self, message: str, *arguments: object, extra: Mapping[str, object] | None = None
    ) -> None:
        """Log that something is well again."""
        self._write(logging.INFO, message, arguments, extra)

    def warning(
        self, message: str, *arguments: object, extra: Mapping[str, object] | None = None
    ) -> None:
        """Log that something is odd or has to wait."""
        self._write(logging.WARNING, message, arguments, extra)

    def error(
        self, message: str, *arguments: object, extra: Mapping[str, object] | None = None
    ) -> None:
        """Log that something was refused or dropped."""
        self._write(logging.ERROR, message, arguments, extra)

    def _write(
        self,
        level: int,
        message: str,
        arguments: tuple[object, ...],
        extra: Mapping[str, object] | None,
    ) -> None:
        with contextlib.suppress(Exception):
            self._logger.log(level, message, *arguments, stacklevel=3, extra=extra)
