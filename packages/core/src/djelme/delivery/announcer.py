"""Say which records won't get to the backend: in the log, and to whoever asked for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.delivery.log import Log
from djelme.log_field import log_fields
from djelme.redaction import describe_error

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djelme.operation import Operation

__all__ = ("Announcer",)

log = Log(__name__)


class Announcer:
    """Announces the dropped and the refused records of one backend.

    Errors of the callbacks are logged: the records matter more than who hears of them.

    Args:
        backend: name of the backend.
        on_dropped: called with records that were dropped, and the reason.
        on_dead: called with a record that the backend refused for good, and the reason.

    Attributes:
        count: how many were dropped.
    """

    def __init__(
        self,
        backend: str,
        on_dropped: Callable[[Sequence[Operation], str], object] | None,
        on_dead: Callable[[Operation, str], object] | None,
    ) -> None:
        self.count = 0
        self._backend = backend
        self._on_dropped = on_dropped
        self._on_dead = on_dead

    def dropped(self, operations: Sequence[Operation], reason: str) -> None:
        """Count and announce records that were dropped."""
        if not operations:
            return
        self.count += len(operations)
        log.error(
            "%s records for backend %r were dropped: %s",
            len(operations),
            self._backend,
            reason,
            extra=log_fields(backend=self._backend, records=len(operations), reason=reason),
        )
        if self._on_dropped is not None:
            self._call(self._on_dropped, operations, reason)

    def dead(self, operation: Operation, reason: str) -> None:
        """Announce a record that the backend refused for good."""
        if self._on_dead is not None:
            self._call(self._on_dead, operation, reason)

    def _call(self, callback: Callable[..., object], *arguments: object) -> None:
        try:
            callback(*arguments)
        except Exception as error:  # noqa: BLE001 - the records matter more than who hears of them
            log.error(
                "a callback of backend %r failed: %s",
                self._backend,
                describe_error(error),
                extra=log_fields(backend=self._backend, reason=describe_error(error)),
            )
