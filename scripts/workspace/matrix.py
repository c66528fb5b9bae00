"""Running cells: an environment for each, one cluster for all of an Elasticsearch version."""

from __future__ import annotations

import shlex
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from workspace.cluster import shared_cluster, url_variable
from workspace.interpreter import find_interpreter
from workspace.process import end_all, run
from workspace.report import FAILED, NOT_RUN, PASSED, Result, count_tests, duration, say
from workspace.toolchain import ROOT, STATE, environment, hatch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from workspace.cell import Cell

__all__ = ["MatrixRun", "run_cells", "run_together"]

TIMEOUT = 1200.0  # seconds for one cell: several times what a slow machine needs
TAIL = 60  # lines of a failed cell's output that are shown


def run_cells(
    cells: Sequence[Cell],
    *,
    arguments: Sequence[str] = (),
    server: str = "",
    jobs: int = 1,
    fail_fast: bool = False,
    echo: bool = False,
) -> list[Result]:
    """Run cells, all those of one Elasticsearch on the same cluster.

    Args:
        cells: What to run, in this order.
        arguments: For pytest, in every cell.
        server: The exact version of Elasticsearch to run on instead of the default ones.
        jobs: How many cells run at a time.
        fail_fast: Whether the cells after the first failure are left out, as "not run".
        echo: Whether the output of the cells is shown as it comes.
    """
    run = MatrixRun(len(cells), arguments, server, fail_fast=fail_fast, echo=echo)
    with ExitStack() as clusters:
        tasks: list[Callable[[], None]] = []
        for elasticsearch in dict.fromkeys(cell.elasticsearch for cell in cells):
            group = [cell for cell in cells if cell.elasticsearch == elasticsearch]
            tasks += run.tasks(group, clusters)
        run_together(tasks, jobs)
    return [run.results[cell] for cell in cells]


class MatrixRun:
    """The results of a run so far, and what the rest of it needs.

    Attributes:
        results: What became of each cell.
    """

    def __init__(
        self, size: int, arguments: Sequence[str], server: str, *, fail_fast: bool, echo: bool
    ) -> None:
        self.results: dict[Cell, Result] = {}
        self._size = size
        self._arguments = arguments
        self._server = server
        self._fail_fast = fail_fast
        self._echo = echo
        self._stop = ""

    def tasks(self, cells: Sequence[Cell], clusters: ExitStack) -> list[Callable[[], None]]:
        """Start a cluster for the cells of one Elasticsearch, and return what runs each of them."""
        runnable = []
        for cell in cells:
            if find_interpreter(cell.python):
                runnable.append(cell)
            else:
                self._leave_out(cell, f"no {cell.python} on this machine")
        if not runnable:
            return []
        try:
            cluster = shared_cluster(runnable[0].elasticsearch, self._server)
            url = clusters.enter_context(cluster)
        except (RuntimeError, OSError) as error:
            for cell in runnable:
                self._leave_out(cell, str(error))
            return []
        return [partial(self._run, cell, url) for cell in runnable]

    def _run(self, cell: Cell, url: str) -> None:
        if self._stop:
            self._leave_out(cell, self._stop)
            return
        say(f"{cell.name} …")
        cluster = handed_over(cell, url, self._server)
        result = run_cell(cell, cluster, self._arguments, echo=self._echo)
        self._tell(cell, result)
        if self._fail_fast and result.status == FAILED:
            self._stop = f"stopped after {cell.name}"

    def _leave_out(self, cell: Cell, reason: str) -> None:
        self._tell(cell, Result(cell.name, NOT_RUN, reason=reason))

    def _tell(self, cell: Cell, result: Result) -> None:
        self.results[cell] = result
        say(f"[{len(self.results)}/{self._size}] {cell.name}: {outcome_words(result)}")


def run_together(tasks: Sequence[Callable[[], None]], jobs: int) -> None:
    """Do tasks in their order, some at a time; an interruption ends what they have started."""
    with ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(task) for task in tasks]
        try:
            for future in as_completed(futures):
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            end_all()
            raise


def handed_over(cell: Cell, url: str, server: str) -> dict[str, str]:
    """Return the variables that tell a cell's suite of its cluster."""
    if not server:
        return {url_variable(cell.elasticsearch): url}
    major = server.partition(".")[0]
    return {url_variable(major): url, f"DJELME_ELASTICSEARCH{cell.elasticsearch}_VERSION": server}


def run_cell(
    cell: Cell, cluster: dict[str, str], arguments: Sequence[str], *, echo: bool
) -> Result:
    """Make the cell's environment and run its suite there."""
    log = STATE / "matrix" / f"{cell.environment}.log"
    junit = log.with_suffix(".xml")
    junit.unlink(missing_ok=True)
    outcome = run(
        hatch("run", f"{cell.environment}:test"),
        cwd=ROOT,
        env=environment(
            **cluster,
            DJELME_CLUSTERS="url",
            PYTEST_ADDOPTS=shlex.join([*arguments, f"--junitxml={junit}"]),
        ),
        log=log,
        timeout=TIMEOUT,
        echo=echo,
    )
    tests = count_tests(junit)
    reason = ""
    if outcome.timed_out:
        reason = f"ended after {duration(TIMEOUT)}"
    elif outcome.code and not tests.failed:
        reason = f"exit code {outcome.code}"
    elif not tests.passed and not tests.failed:
        reason = "ran no test"
    failed = bool(outcome.code or reason)
    if failed:
        reason = f"{reason}, see {log.relative_to(ROOT)}".removeprefix(", ")
        if not echo:
            lines = log.read_text(errors="replace").splitlines()
            say("\n".join(lines[-TAIL:]))
    return Result(cell.name, FAILED if failed else PASSED, outcome.seconds, tests, reason)


def outcome_words(result: Result) -> str:
    """Return in one line what became of a cell."""
    words = [result.status]
    if result.tests.total:
        words.append(f"({result.tests})")
    if result.seconds:
        words.append(f"in {duration(result.seconds)}")
    text = " ".join(words)
    return f"{text}: {result.reason}" if result.reason else text
