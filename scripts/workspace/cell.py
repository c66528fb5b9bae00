"""The cells of the matrix, as hatch reads them from hatch.toml: never a second list."""

from __future__ import annotations

import ast
import json
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workspace.interpreter import find_interpreter
from workspace.toolchain import ROOT, environment, hatch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["Cell", "all_cells", "check_versions", "corners", "known_versions", "select"]

ENVIRONMENT = "matrix"
IMP = "DJELME_TEST_IMP"


@dataclass(frozen=True)
class Cell:
    """One combination, and the hatch environment in which it runs."""

    environment: str
    python: str
    django: str
    elasticsearch: str

    @property
    def name(self) -> str:
        """The cell for people: `python3.12 django5.2 elasticsearch8`."""
        return f"{self.python} django{self.django} elasticsearch{self.elasticsearch}"

    @property
    def order(self) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
        """A key that sorts versions by their numbers: 3.9 before 3.10."""
        return (
            numbers(self.python.removeprefix("python")),
            numbers(self.django),
            numbers(self.elasticsearch),
        )


def numbers(version: str) -> tuple[int, ...]:
    """Return the parts of a version: `3.10` is (3, 10)."""
    return tuple(int(part) for part in version.split("."))


def known_versions() -> dict[str, list[str]]:
    """Return the versions of each axis, as hatch.toml has them: read without hatch.

    So that a wrong one can be refused before anything is installed.
    """
    text = (ROOT / "hatch.toml").read_text()
    tables = re.findall(
        r"^\[\[envs\.matrix\.matrix\]\]\n(.*?)(?=^\[|\Z)", text, re.MULTILINE | re.DOTALL
    )
    known: dict[str, list[str]] = {"python": [], "django": [], "elasticsearch": []}
    for axis, found in known.items():
        for table in tables:
            for listed in re.findall(rf"^{axis} = (\[.*?\])", table, re.MULTILINE | re.DOTALL):
                found += [version for version in ast.literal_eval(listed) if version not in found]
        found.sort(key=lambda version: numbers(version.removeprefix("python")))
    return known


def check_versions(asked: Mapping[str, Sequence[str]]) -> None:
    """Refuse versions that are in no cell.

    Args:
        asked: by axis; those of Python with or without its name.

    Raises:
        ValueError: If there are such; the message has those that there are.
    """
    for axis, known in known_versions().items():
        shown = [version.removeprefix("python") for version in known]
        unknown = {version.removeprefix("python") for version in asked[axis]} - set(shown)
        if unknown:
            message = (
                f"No cell has {axis} {', '.join(sorted(unknown))}; hatch.toml declares "
                f"{', '.join(shown)}"
            )
            raise ValueError(message)


def all_cells() -> list[Cell]:
    """Return every declared cell, oldest versions first.

    Raises:
        SystemExit: If hatch can't read hatch.toml.
    """
    shown = subprocess.run(
        hatch("env", "show", "--json"),
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if shown.returncode:
        message = f"hatch can't read hatch.toml:\n{shown.stderr}"
        raise SystemExit(message)
    cells = []
    for name, settings in json.loads(shown.stdout).items():
        kind, _, variables = name.partition(".")
        if kind != ENVIRONMENT or not variables:
            continue
        # python3.12-5.2-8: the variables in the order in which hatch.toml declares them
        python, django, elasticsearch = variables.split("-")
        if settings["env-vars"][IMP] != f"elastic{elasticsearch}":
            message = f"{name}: {IMP} is not for Elasticsearch {elasticsearch}"
            raise SystemExit(message)
        cells.append(Cell(name, python, django, elasticsearch))
    return sorted(cells, key=lambda cell: cell.order)


def select(
    cells: Iterable[Cell],
    *,
    python: Sequence[str] = (),
    django: Sequence[str] = (),
    elasticsearch: Sequence[str] = (),
) -> list[Cell]:
    """Return the cells whose versions are among those asked for; nothing asked means all.

    Raises:
        SystemExit: If a version that was asked for is in no cell at all.
    """
    found = list(cells)
    asked = {
        "python": [f"python{version.removeprefix('python')}" for version in python],
        "django": list(django),
        "elasticsearch": list(elasticsearch),
    }
    for axis, wanted in asked.items():
        known = list(dict.fromkeys(getattr(cell, axis) for cell in found))
        unknown = sorted(set(wanted) - set(known))
        if unknown:
            message = (
                f"No cell has {axis} {', '.join(unknown)}; hatch.toml declares {', '.join(known)}"
            )
            raise SystemExit(message)
    chosen = [
        cell
        for cell in found
        if all(not wanted or getattr(cell, axis) in wanted for axis, wanted in asked.items())
    ]
    if not chosen:
        raise SystemExit("hatch.toml declares no cell with this combination")
    return chosen


def corners(cells: Iterable[Cell]) -> list[Cell]:
    """Return the two corners that this machine can run.

    These are the oldest Python with the oldest Django and Elasticsearch, and the newest with
    the newest; of the Pythons only those that are here count.
    """
    runnable = [cell for cell in cells if find_interpreter(cell.python)]
    if not runnable:
        raise SystemExit("None of the Pythons in hatch.toml is on this machine")
    oldest = min(cell.elasticsearch for cell in runnable)
    newest = max(cell.elasticsearch for cell in runnable)
    return [
        min((c for c in runnable if c.elasticsearch == oldest), key=lambda cell: cell.order),
        max((c for c in runnable if c.elasticsearch == newest), key=lambda cell: cell.order),
    ]
