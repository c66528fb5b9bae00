"""Record in a thread of this process, item after item."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Any

from outage.ledger import until

if TYPE_CHECKING:
    from types import TracebackType

    from typing_extensions import Self

__all__ = ("Stream",)


class Stream:
    """Records from the beginning of a block to its end.

    Args:
        recordtype: of what.
        first: the first item.
        pause: between two, in seconds.

    Attributes:
        acknowledged: the items for which `record()` has returned.
    """

    def __init__(self, recordtype: Any, first: int, pause: float = 0.005) -> None:
        self.acknowledged: list[int] = []
        self._recordtype = recordtype
        self._first = first
        self._pause = pause
        self._ended = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        item = self._first
        try:
            while not self._ended.is_set():
                self._recordtype.record(item_id=item)
                self.acknowledged.append(item)
                item += 1
                time.sleep(self._pause)
        except BaseException as error:  # noqa: BLE001 - raised where somebody sees it
            self._error = error

    def wait_for_more(self, count: int) -> None:
        """Wait until so many further items are acknowledged."""
        goal = len(self.acknowledged) + count
        until(lambda: len(self.acknowledged) >= goal or self._error, f"{count} further records")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._ended.set()
        self._thread.join()
        if self._error is not None:
            raise self._error
