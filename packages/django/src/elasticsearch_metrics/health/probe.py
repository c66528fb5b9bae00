"""Ask several backends at once, and wait for their answers no longer than is good."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Generic, TypeVar

from djelme import process
from djelme.errors import BackendRefusedError, BackendUnreachableError, DjelmeError
from elasticsearch_metrics.backend.failure import unanswered
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from djelme.contracts import Backend

__all__ = ("ConcurrentProbe", "Reach", "probe_key", "reach_backends")

_Value = TypeVar("_Value")

#: How long backends have to answer, in seconds: what is left of two is for the rest of a page.
_REACH_TIMEOUT = 1.5
#: A cluster has several nodes; each attempt asks the next one.
_ATTEMPTS = 3
_LEAST_TIME = 0.1
#: What a server says to somebody who may not ask for its version, but may perhaps ask for records.
_REFUSALS = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


class _Answer(Generic[_Value]):
    """One question, asked in a thread of its own."""

    def __init__(self, name: str, question: Callable[[], _Value]) -> None:
        self._question = question
        self._values: list[_Value] = []
        self._error: BaseException | None = None
        self._is_done = threading.Event()
        thread = threading.Thread(target=self._run, name=f"djelme-probe-{name}", daemon=True)
        thread.start()

    def _run(self) -> None:
        try:
            self._values.append(self._question())
        except BaseException as error:  # noqa: BLE001 - raised where the answer is wanted
            self._error = error
        finally:
            self._is_done.set()

    @property
    def is_done(self) -> bool:
        """Whether there will be no other answer."""
        return self._is_done.is_set()

    def wait(self, timeout: float) -> list[_Value]:
        """Return the answer as the only item of a list; an empty list if there is none yet."""
        if not self._is_done.wait(timeout):
            return []
        if self._error is not None:
            raise self._error
        return self._values


class ConcurrentProbe(Generic[_Value]):
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
                if answer.is_done:
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


@dataclass(frozen=True)
class Reach:
    """Whether a backend answers.

    Attributes:
        name: of the backend.
        version: of its server; empty if that isn't known.
        problem: why it can't be used, in words; empty if it answers.
    """

    name: str
    version: str = ""
    problem: str = ""


_reaching: ConcurrentProbe[Reach] = ConcurrentProbe()


def reach_backends(names: Iterable[str], timeout: float = _REACH_TIMEOUT) -> dict[str, Reach]:
    """Ask backends for their versions, at the same time, and return by name what became of it.

    Args:
        names: of the backends.
        timeout: how long to wait for all of them, in seconds.
    """
    found: dict[str, Reach] = {}
    keys: dict[str, str] = {}
    questions: dict[str, Callable[[], Reach]] = {}
    for name in dict.fromkeys(names):
        try:
            backend = djelme_registry.get_backend(name)
        except DjelmeError as error:
            found[name] = Reach(name, problem=str(error))
            continue
        keys[name] = probe_key(name)
        questions[keys[name]] = partial(_reach, backend, timeout)
    answers = _reaching.ask(questions, timeout)
    for name, key in keys.items():
        found[name] = answers.get(key) or _unreachable(name, timeout)
    return found


def probe_key(name: str) -> str:
    """Return a name for what a backend is asked, which is another one after a change of settings.

    Raises:
        djelme.errors.ConfigurationError: if there is no such backend, or it has wrong options.
    """
    return f"{name}-{id(djelme_registry.get_backend(name)):x}"


def _reach(backend: Backend, timeout: float) -> Reach:
    """Ask a backend, node after node; of several failures the first one tells most."""
    ends = time.monotonic() + timeout
    failure = None
    for _attempt in range(_ATTEMPTS):
        left = ends - time.monotonic()
        if left < _LEAST_TIME:
            break
        try:
            return Reach(backend.name, backend.server_version(timeout=left / 2))
        except BackendUnreachableError as error:
            failure = failure or Reach(backend.name, problem=str(error))
        except BackendRefusedError as error:
            problem = "" if error.status in _REFUSALS else str(error)
            return Reach(backend.name, problem=problem)
    return failure or _unreachable(backend.name, timeout)


def _unreachable(name: str, timeout: float) -> Reach:
    error = BackendUnreachableError(backend=name, reason=unanswered(name, timeout))
    return Reach(name, problem=str(error))
