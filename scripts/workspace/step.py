"""The steps of scripts/test: what each one runs, in the order in which they run."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from workspace.cell import all_cells, corners
from workspace.cluster import shared_cluster, url_variable
from workspace.matrix import run_cells
from workspace.process import run
from workspace.report import FAILED, NOT_RUN, PASSED, Result, count_tests, duration
from workspace.toolchain import ROOT, STATE, environment, hatch

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["CORNERS", "CORNERS_SECONDS", "STEPS", "Step", "run_corners", "run_step"]

TIMEOUT = 2700.0  # seconds for one step
CORNERS_SECONDS = 240.0  # what both of them usually take
CORNERS = "corners"  # two cells of the matrix, as the last step
_SECONDS = STATE / "test" / "seconds.json"
_UNIT_SECONDS = {"core": 60, "django": 12, "testing": 30}
PACKAGES = ("core", "django", "elastic9", "elastic8", "elastic6", "migration", "testing")


@dataclass(frozen=True)
class Step:
    """One command of the run, in a group that `--only` can name too.

    Attributes:
        elasticsearch: A major version that is started for it; it is not run where that can't be.
    """

    name: str
    group: str
    command: Callable[[], list[str]]
    counts_tests: bool = False
    pytest_options: tuple[str, ...] = ()
    elasticsearch: str = ""
    #: What it takes on two cores where its environment is made already, in seconds.
    seconds: float = 60.0

    @property
    def expected(self) -> float:
        """What it took here when it ran last; what it usually takes if it never did, in seconds."""
        return last_seconds().get(self.name, self.seconds)


def hatch_step(name: str, *arguments: str, group: str = "", **about: Any) -> Step:
    """Return a step that is a command of hatch."""
    return Step(name, group or name, lambda: hatch("run", *arguments), **about)


STEPS = (
    hatch_step("check", "lint:check", group="lint", seconds=3),
    hatch_step("format", "lint:format", group="lint", seconds=2),
    hatch_step("imports", "lint:imports", group="lint", seconds=5),
    *(hatch_step(f"types-{name}", f"types:{name}", group="types", seconds=15) for name in PACKAGES),
    hatch_step("types-demo", "types:demo", group="types", seconds=20),
    hatch_step("types-scripts", "types:scripts", group="types", seconds=5),
    hatch_step("types-sites", "types:sites", group="types", counts_tests=True, seconds=60),
    *(
        hatch_step(
            f"unit-{name}",
            f"{name}:test",
            group="unit",
            counts_tests=True,
            seconds=_UNIT_SECONDS.get(name, 5),
        )
        for name in PACKAGES
    ),
    hatch_step("workspace", "workspace:test", counts_tests=True, seconds=30),
    hatch_step("docs", "docs:build", seconds=20),
    Step("wheels", "wheels", lambda: [sys.executable, str(ROOT / "scripts/wheels")]),
    hatch_step("clusters", "clusters:test", counts_tests=True, seconds=150),
    # Two processes, each with clusters of its own: most of the time one waits for the server.
    hatch_step(
        "integration",
        "integration:test",
        counts_tests=True,
        seconds=480,
        pytest_options=("--numprocesses=2", "--dist=loadfile"),
    ),
    # Beside the other imps, as a migration has it; alone, with the newest client, it is a corner.
    hatch_step(
        "elasticsearch9",
        "integration:test-elastic9",
        counts_tests=True,
        pytest_options=("--numprocesses=2", "--dist=load"),
        elasticsearch="9",
    ),
    Step("demo", "demo", lambda: [sys.executable, str(ROOT / "scripts/demo"), "--records=20000"]),
)


def last_seconds() -> dict[str, float]:
    """Return what the steps took here when they ran last, by name."""
    if not _SECONDS.exists():
        return {}
    found: dict[str, float] = json.loads(_SECONDS.read_text())
    return found


def run_step(step: Step, *, slow: bool) -> Result:
    """Run a step, showing its output, and return what became of it."""
    folder = STATE / "test"
    junit = folder / f"{step.name}.xml"
    junit.unlink(missing_ok=True)
    variables: dict[str, str] = {}
    if step.counts_tests:
        options = [*step.pytest_options, *pytest_options(slow=slow), f"--junitxml={junit}"]
        variables["PYTEST_ADDOPTS"] = shlex.join(options)
    with ExitStack() as clusters:
        if step.elasticsearch:
            try:
                url = clusters.enter_context(shared_cluster(step.elasticsearch))
            except RuntimeError as error:
                return Result(step.name, NOT_RUN, reason=str(error))
            variables[url_variable(step.elasticsearch)] = url
        outcome = run(
            step.command(),
            cwd=ROOT,
            env=environment(**variables),
            log=folder / f"{step.name}.log",
            timeout=TIMEOUT,
            echo=True,
        )
    tests = count_tests(junit)
    _SECONDS.write_text(json.dumps({**last_seconds(), step.name: round(outcome.seconds, 1)}))
    reason = ""
    if outcome.timed_out:
        reason = f"ended after {duration(TIMEOUT)}"
    elif outcome.code:
        reason = f"exit code {outcome.code}"
    elif step.counts_tests and not tests.passed:
        reason = "ran no test"
    return Result(step.name, FAILED if reason else PASSED, outcome.seconds, tests, reason)


def run_corners(*, slow: bool) -> list[Result]:
    """Run the two corner cells of the matrix that this machine can run."""
    return run_cells(corners(all_cells()), arguments=pytest_options(slow=slow), jobs=2)


def pytest_options(*, slow: bool) -> list[str]:
    """Return the options for pytest that a run adds to those of pyproject.toml."""
    return [] if slow else ["-m", "not slow"]
