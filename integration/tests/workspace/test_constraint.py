"""Each tool that an environment asks for has its version in constraints.txt, and only there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"[\w-]+")


@pytest.fixture(scope="module")
def pinned(root: Path) -> set[str]:
    lines = (root / "constraints.txt").read_text().splitlines()
    return {line.partition("==")[0] for line in lines if line and not line.startswith("#")}


def test_every_environment_is_under_the_constraints(environments: dict[str, Any]) -> None:
    for name, environment in environments.items():
        variables = environment.get("env-vars")
        if name == "default" or variables:
            assert variables["UV_CONSTRAINT"] == "{root}/constraints.txt", name


def test_every_tool_is_pinned(environments: dict[str, Any], pinned: set[str]) -> None:
    for environment in environments.values():
        asked = [*environment.get("dependencies", []), *environment.get("extra-dependencies", [])]
        for requirement in asked:
            name = NAME.match(requirement)
            assert name
            if name[0] != "Django":  # an axis of the matrix
                bare = requirement.partition("[")[0]  # extras are no version
                assert bare == name[0], "the version belongs into constraints.txt"
                assert name[0] in pinned


def test_the_bootstrap_is_pinned(pinned: set[str]) -> None:
    assert {"hatch", "uv"} <= pinned
