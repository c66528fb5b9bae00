"""Ask several questions at once, and wait for the answers no longer than is good."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING, Generic, TypeVar

from djelme import process

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("Inquiry",)

_Value = TypeVar("_Value")


class _Answer(Generic[_Value]):
    """One question, asked in a thread of its own."""

    def __init__(self, name: str, question: Callable[[], _Value]) -> None:
        self._question = question
        self._values: list[_Value] = []
        self._error: BaseException | None = None
        self._is_over = threading.Event()
        thread = threading.Thread(target=self._run, name=f"djelme-inquiry-{name}", daemon=True)
        thread.start()

    def _run(self) -> None:
        try:
            self._values.append(self._question())
        except BaseException as error:  # noqa: BLE001 - raised where the answer is wanted
            self._error = error
        finally:
            self._is_over.set()

    @property
    def is_over(self) -> bool:
        """Whether there will be no other answer."""
        return self._is_over.is_set()

    def wait(self, timeout: float) -> list[_Value]:
        """Return the answer as the only item of a list; an empty list if there is none yet."""
        if not self._is_over.wait(timeout):
            return []
        if self._error is not None:
            raise self._error
        return self._values


class Inquiry(Generic[_Value]):
    """Questions to others that may never answer, such as clusters.

    A client's time-outs don't bound all that it does: it resolves names, connects to one address
    after the other, and tries again. Here nobody waits longer than asked for. A question that is
    still open isn't asked again meanwhile, so at most one thread waits for each. Safe to share
    between threads, and usable after a fork.
    """

    def __init__(self) -> None:
        self._begin()
        process.on_child(self._begin)

    def _begin(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, _Answer[_Value]] = {}

    def ask(
        self, questions: Mapping[str, Callable[[], _Value]], timeout: float
    ) -> dict[str, _Value]:
        """Return the answers that came in time, by name of the question.

        Args:
            questions: by name; the same name has to stand for the same question.
            timeout: how long to wait for all of them together, in seconds.

        Raises:
            Exception: whatever a question raises.
        """
        end = time.monotonic() + timeout
        with self._lock:
            for name, answer in list(self._open.items()):
                if answer.is_over:
                    del self._open[name]
            for name, question in questions.items():
                if name not in self._open:
                    self._open[name] = _Answer(name, question)
            asked = {name: self._open[name] for name in questions}
        return {
            name: value
            for name, answer in asked.items()
            for value in answer.wait(max(0.0, end - time.monotonic()))
        }
