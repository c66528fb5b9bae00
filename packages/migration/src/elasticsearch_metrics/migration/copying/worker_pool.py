"""Threads that work through a migration's parts."""

from __future__ import annotations

from concurrent import futures
from typing import TYPE_CHECKING, TypeVar

from elasticsearch_metrics.migration.pace import StoppedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from elasticsearch_metrics.management.progress import Progress
    from elasticsearch_metrics.migration.pace import RetryBudget
    from elasticsearch_metrics.state.lock import RunnerLock

__all__ = ("WorkerPool",)

_Job = TypeVar("_Job")


class WorkerPool:
    """Some threads; when one of them fails, all of them stop.

    Args:
        workers: how many.
        retry: is stopped when one fails.
        progress: is shown while they work.
    """

    def __init__(self, workers: int, retry: RetryBudget, progress: Progress) -> None:
        self._workers = workers
        self._retry = retry
        self._progress = progress

    def work(
        self, jobs: Iterable[_Job], work: Callable[[_Job], None], lock: RunnerLock | None
    ) -> None:
        """Do all jobs; never are more of them in memory than are done soon.

        Args:
            jobs: taken one by one.
            work: does one.
            lock: has to be held all the time, if there is one.

        Raises:
            djelme.errors.DjelmeError: what one of them has raised, or the loss of the lock.
        """
        workers = self._workers
        with futures.ThreadPoolExecutor(workers, "djelme-migration") as executor:
            pending: set[futures.Future[None]] = set()
            try:
                for job in jobs:
                    pending.add(executor.submit(work, job))
                    while len(pending) > workers:
                        pending = self._wait(pending, lock)
                while pending:
                    pending = self._wait(pending, lock)
            except BaseException:
                self._retry.stopped.set()
                raise

    def _wait(
        self, pending: set[futures.Future[None]], lock: RunnerLock | None
    ) -> set[futures.Future[None]]:
        if lock is not None:
            lock.require()
        done, left = futures.wait(pending, timeout=0.5, return_when=futures.FIRST_COMPLETED)
        self._progress.show(self._retry.last_error)
        # A thread that was stopped doesn't know why.
        for future in sorted(done, key=lambda each: isinstance(each.exception(), StoppedError)):
            future.result()
        return left
