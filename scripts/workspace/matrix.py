"""Running cells: an environment for each, one cluster for all of an Elasticsearch version."""

from __future__ import annotations

import shlex
from contextlib import ExitStack
from typing import TYPE_CHECKING

from workspace.cluster import shared_cluster, url_variable
from workspace.interpreter import find_interpreter
from workspace.process import run
from workspace.report import FAILED, NOT_RUN, PASSED, Result, count_tests, duration, say
from workspace.toolchain import ROOT, STATE, environment, hatch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from workspace.cell import Cell

__all__ = ["run_cells"]

TIMEOUT = 1200.0  # seconds for one cell: several times what a slow machine needs
TAIL = 60  # lines of a failed cell's output that are shown


def run_cells(
    cells: Sequence[Cell],
    *,
    arguments: Sequence[str] = (),
    server: str = "",
    fail_fast: bool = False,
    echo: bool = False,
) -> list[Result]:
    """Run cells, those of one Elasticsearch after each other on its cluster.

    Args:
        cells: What to run, in this order within one Elasticsearch version.
        arguments: For pytest, in every cell.
        server: The exact version of Elasticsearch to run on instead of the default ones.
        fail_fast: Whether the cells after the first failure are left out, as "not run".
        echo: Whether the output of the cells is shown as it comes.
    """
    results: dict[Cell, Result] = {}
    stop = ""
    for elasticsearch in dict.fromkeys(cell.elasticsearch for cell in cells):
        group = [cell for cell in cells if cell.elasticsearch == elasticsearch]
        with ExitStack() as stack:
            url = ""
            for cell in group:
                reason = stop
                if not reason and not find_interpreter(cell.python):
                    reason = f"no {cell.python} on this machine"
                if not reason and not url:
                    try:
                        url = stack.enter_context(shared_cluster(elasticsearch, server))
                    except (RuntimeError, OSError) as error:
                        stop = reason = str(error)
                say(f"[{len(results) + 1}/{len(cells)}] {cell.name}{' …' if not reason else ''}")
                if reason:
                    results[cell] = Result(cell.name, NOT_RUN, reason=reason)
                else:
                    results[cell] = run_cell(
                        cell, handed_over(cell, url, server), arguments, echo=echo
                    )
                tell(results[cell])
                if fail_fast and results[cell].status == FAILED:
                    stop = f"stopped after {cell.name}"
        if not fail_fast:
            stop = ""
    return [results[cell] for cell in cells]


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


def tell(result: Result) -> None:
    """Say in one line what became of a cell."""
    words = [result.status]
    if result.tests.total:
        words.append(f"({result.tests})")
    if result.seconds:
        words.append(f"in {duration(result.seconds)}")
    if result.reason:
        words.append(f"- {result.reason}")
    say(f"      {' '.join(words)}")
