"""The steps of scripts/test: what each one runs, in the order in which they run."""

from __future__ import annotations

import json
import shlex
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workspace.cell import all_cells, corners
from workspace.cluster import shared_cluster, url_variable
from workspace.matrix import run_cells
from workspace.process import run
from workspace.report import FAILED, NOT_RUN, PASSED, Result, count_tests, duration
from workspace.toolchain import ROOT, STATE, environment, hatch

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["CORNERS", "STEPS", "Step", "expected_seconds", "run_corners", "run_step"]

TIMEOUT = 2700.0  # seconds for one step
CORNERS = "corners"  # two cells of the matrix, as the last step
#: What steps usually take on two cores where their environments are made already, in seconds.
USUAL_SECONDS = {
    "check": 3,
    "format": 2,
    "imports": 5,
    "spelling": 3,
    "types-demo": 20,
    "types-scripts": 5,
    "types-sites": 60,
    "unit-core": 60,
    "unit-django": 12,
    "unit-migration": 10,
    "unit-testing": 30,
    "workspace": 30,
    "docs": 20,
    "wheels": 60,
    "clusters": 150,
    "integration": 480,
    "browser": 80,
    "demo": 60,
    CORNERS: 240,
}
_OTHER_SECONDS = 10
_SECONDS = STATE / "test" / "seconds.json"
PACKAGES = (
    *("core", "django", "elastic9", "elastic8", "elastic6", "opensearch"),
    *("migration", "testing"),
)


@dataclass(frozen=True)
class Step:
    """One command of the run, in a group that `--only` can name too.

    Attributes:
        elasticsearch: A major version that is started for it; it is not run where that can't be.
        variables: Of the environment.
        covers: Whether the step `coverage` counts the branches that its tests took.
    """

    name: str
    group: str
    command: Callable[[], list[str]]
    counts_tests: bool = False
    pytest_options: tuple[str, ...] = ()
    elasticsearch: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    covers: bool = False


def hatch_step(name: str, *arguments: str, group: str = "", **about: Any) -> Step:
    """Return a step that is a command of hatch."""
    return Step(name, group or name, lambda: hatch("run", *arguments), **about)


STEPS = (
    hatch_step("check", "lint:check", group="lint"),
    hatch_step("format", "lint:format", group="lint"),
    hatch_step("imports", "lint:imports", group="lint"),
    hatch_step("spelling", "lint:spelling", group="lint"),
    *(hatch_step(f"types-{name}", f"types:{name}", group="types") for name in PACKAGES),
    hatch_step("types-demo", "types:demo", group="types"),
    hatch_step("types-scripts", "types:scripts", group="types"),
    hatch_step("types-sites", "types:sites", group="types", counts_tests=True),
    *(
        hatch_step(
            f"unit-{name}",
            f"{name}:test",
            group="unit",
            counts_tests=True,
            covers=name != "testing",
        )
        for name in PACKAGES
    ),
    hatch_step("workspace", "workspace:test", counts_tests=True),
    hatch_step("docs", "docs:build"),
    Step("wheels", "wheels", lambda: [sys.executable, str(ROOT / "scripts/wheels")]),
    # Several processes, each with clusters of its own: most of the time one waits for a server.
    hatch_step(
        "clusters",
        "clusters:test",
        counts_tests=True,
        pytest_options=("--numprocesses=2", "--dist=loadfile"),
    ),
    # The oldest corner has the conformance suite on 6, and this imp's share of other tests.
    hatch_step(
        "integration",
        "integration:test",
        counts_tests=True,
        pytest_options=(
            "--numprocesses=3",
            "--dist=loadfile",
            "--ignore=integration/tests/test_elastic6_conformance.py",
        ),
        variables={"DJELME_TEST_IMP_IN_A_CELL": "elastic6"},
        covers=True,
    ),
    hatch_step("coverage", "coverage:report"),
    # Beside the other imps, as a migration has it. The conformance suite is in the newest corner.
    hatch_step(
        "elasticsearch9",
        "integration:test-elastic9",
        counts_tests=True,
        pytest_options=("--numprocesses=2", "--dist=load"),
        elasticsearch="9",
    ),
    hatch_step("browser", "browser:test", counts_tests=True),
    Step("demo", "demo", lambda: [sys.executable, str(ROOT / "scripts/demo"), "--records=20000"]),
)


def last_seconds() -> dict[str, float]:
    """Return what the steps took here when they ran last, by name."""
    if not _SECONDS.exists():
        return {}
    found: dict[str, float] = json.loads(_SECONDS.read_text())
    return found


def expected_seconds(name: str) -> float:
    """Return what a step took here when it ran last; what it usually takes if it never did."""
    return last_seconds().get(name, USUAL_SECONDS.get(name, _OTHER_SECONDS))


def run_step(step: Step, *, slow: bool) -> Result:
    """Run a step, showing its output, and return what became of it."""
    folder = STATE / "test"
    junit = folder / f"{step.name}.xml"
    junit.unlink(missing_ok=True)
    variables: dict[str, str] = {**step.variables}
    if step.counts_tests:
        options = [*step.pytest_options, *pytest_options(slow=slow), f"--junitxml={junit}"]
        variables["PYTEST_ADDOPTS"] = shlex.join(options)
    command = step.command()
    if step.covers:
        # Not by a variable, which tests that run pytest would hand on to it.
        command += ["--cov", "--cov-report=", "--cov-fail-under=0"]
        variables["COVERAGE_FILE"] = str(STATE / "coverage" / f"data.{step.name}")
    with ExitStack() as clusters:
        if step.elasticsearch:
            try:
                url = clusters.enter_context(shared_cluster(step.elasticsearch))
            except RuntimeError as error:
                return Result(step.name, NOT_RUN, reason=str(error))
            variables[url_variable(step.elasticsearch)] = url
        outcome = run(
            command,
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
