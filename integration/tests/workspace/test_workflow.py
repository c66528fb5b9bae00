"""GitHub's workflows run what the scripts run, with the cells that hatch.toml declares."""

from __future__ import annotations

import json
import re
import subprocess
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from workspace.step import CORNERS, STEPS

if TYPE_CHECKING:
    from pathlib import Path

PINNED = re.compile(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")


@pytest.fixture(scope="module")
def sources(root: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in (root / ".github/workflows").glob("*.yml")}


@pytest.fixture(scope="module")
def workflows(sources: dict[str, str]) -> dict[str, dict[str, Any]]:
    return {name: yaml.safe_load(source) for name, source in sources.items()}


def test_actions_are_pinned_by_hash_with_their_version(sources: dict[str, str]) -> None:
    used = re.findall(r"uses: (.+)", "\n".join(sources.values()))
    assert used
    assert [action for action in used if not PINNED.fullmatch(action)] == []


def test_an_action_has_one_version(sources: dict[str, str]) -> None:
    used = set(re.findall(r"uses: (.+)", "\n".join(sources.values())))
    names = [action.partition("@")[0] for action in used]
    assert sorted(names) == sorted(set(names))


def test_workflows_may_only_read(workflows: dict[str, dict[str, Any]]) -> None:
    for name, workflow in workflows.items():
        assert workflow["permissions"] == {"contents": "read"}, name
        for job in workflow["jobs"].values():
            assert "permissions" not in job or job is workflow["jobs"].get("publish")
            assert job["timeout-minutes"] <= 30


def test_listed_cells_are_those_of_hatch(root: Path, environments: dict[str, Any]) -> None:
    listed = subprocess.run(
        [root / "scripts/matrix", "--list", "--format", "json"],
        capture_output=True,
        text=True,
        check=True,
    )
    cells = [(c["python"], c["django"], c["elasticsearch"]) for c in json.loads(listed.stdout)]
    declared = [
        (python.removeprefix("python"), django, elasticsearch)
        for table in environments["matrix"]["matrix"]
        for python, django, elasticsearch in product(
            table["python"], table["django"], table["elasticsearch"]
        )
    ]
    assert sorted(cells) == sorted(declared)


def test_the_matrix_workflow_takes_its_cells_from_the_script(
    sources: dict[str, str], workflows: dict[str, dict[str, Any]]
) -> None:
    jobs = workflows["matrix.yml"]["jobs"]
    assert "scripts/matrix --list --format json" in jobs["cells"]["steps"][-1]["run"]
    assert jobs["cell"]["strategy"]["matrix"] == {
        "include": "${{ fromJSON(needs.cells.outputs.cells) }}"
    }
    axes = {"python", "django", "elasticsearch"}
    assert set(re.findall(r"\$\{\{ matrix\.(\w+) \}\}", sources["matrix.yml"])) == axes
    versions = re.findall(r"\b\d\.\d+\b(?!\.)", re.sub(r"# v.+", "", sources["matrix.yml"]))
    assert versions == [], "versions belong into hatch.toml"


def test_every_step_runs_in_some_workflow(workflows: dict[str, dict[str, Any]]) -> None:
    commands = [
        step["run"]
        for workflow in workflows.values()
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    asked = {
        word
        for command in commands
        if command.startswith("scripts/test --only ")
        for word in command.split()[2:]
    }
    missing = {step.name for step in STEPS if not {step.name, step.group} & asked}
    assert missing == set(), f"{CORNERS} are cells of matrix.yml"


def test_pictures_of_the_admin_are_kept(workflows: dict[str, dict[str, Any]]) -> None:
    (steps,) = [
        job["steps"]
        for job in workflows["test.yml"]["jobs"].values()
        if any(" clusters integration " in step.get("run", "") for step in job["steps"])
    ]
    (kept,) = [step for step in steps if step.get("with", {}).get("name") == "screenshots"]
    assert kept["with"]["path"] == ".tools/screenshots"
    assert kept["if"] == "always()", "pictures are wanted most when a test fails"


def test_only_the_job_that_publishes_may_sign_and_it_runs_no_code_from_here(
    workflows: dict[str, dict[str, Any]],
) -> None:
    jobs = workflows["release.yml"]["jobs"]
    assert [name for name, job in jobs.items() if "permissions" in job] == ["publish"]
    publish = jobs["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["environment"] == "release"
    assert [step for step in publish["steps"] if "run" in step] == []
    assert publish["steps"][-1]["with"]["attestations"] is True
    assert workflows["release.yml"][True] == {"push": {"tags": ["v*"]}}  # YAML reads "on" so


def test_what_is_ahead_may_fail(workflows: dict[str, dict[str, Any]]) -> None:
    (job,) = [
        job
        for job in workflows["test.yml"]["jobs"].values()
        if "macos" in str(job.get("strategy", ""))
    ]
    assert job["continue-on-error"] is True
    assert "django-main:test" in str(job["strategy"])


def test_dependencies_of_python_and_of_workflows_are_looked_after(root: Path) -> None:
    updates = yaml.safe_load((root / ".github/dependabot.yml").read_text())["updates"]
    assert {update["package-ecosystem"] for update in updates} == {"github-actions", "pip"}


def test_the_documentation_is_hosted_as_it_is_built(root: Path) -> None:
    hosting = yaml.safe_load((root / ".readthedocs.yaml").read_text())
    assert hosting["build"]["commands"][0] == "scripts/hatch run docs:build"
