"""Choosing cells of the matrix."""

from __future__ import annotations

from typing import Any

import pytest

from workspace import cell as cell_module
from workspace.cell import Cell, corners, select

CELLS = [
    Cell(f"matrix.{python}-{django}-{elasticsearch}", python, django, elasticsearch)
    for python in ("python3.9", "python3.10", "python3.12")
    for django in ("4.2", "5.2", "10.0")
    for elasticsearch in ("6", "8")
]


def test_nothing_asked_is_everything() -> None:
    assert select(CELLS) == CELLS


def test_versions_of_an_axis_add_up_and_axes_narrow() -> None:
    chosen = select(CELLS, python=["3.9", "python3.10"], django=["5.2"], elasticsearch=["8"])
    assert [cell.name for cell in chosen] == [
        "python3.9 django5.2 elasticsearch8",
        "python3.10 django5.2 elasticsearch8",
    ]


def test_unknown_version_names_the_known_ones() -> None:
    with pytest.raises(SystemExit, match=r"django 9\.9; .* 4\.2, 5\.2, 10\.0"):
        select(CELLS, django=["9.9"])


def test_combination_that_no_cell_has() -> None:
    with pytest.raises(SystemExit, match="no cell"):
        select([CELLS[0], CELLS[-1]], python=["3.9"], django=["10.0"])


def test_corners_compare_numbers_and_skip_missing_pythons(monkeypatch: pytest.MonkeyPatch) -> None:
    here = {"python3.9": "/bin/python3.9", "python3.10": "/bin/python3.10"}
    monkeypatch.setattr(cell_module, "find_interpreter", here.get)
    assert [cell.name for cell in corners(CELLS)] == [
        "python3.9 django4.2 elasticsearch6",
        "python3.10 django10.0 elasticsearch8",
    ]


def test_corners_without_any_python(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(name: str) -> None:
        del name

    monkeypatch.setattr(cell_module, "find_interpreter", nothing)
    with pytest.raises(SystemExit, match="None of the Pythons"):
        corners(CELLS)


def test_each_cell_installs_one_imp_with_its_client(environments: dict[str, Any]) -> None:
    matrix = environments["matrix"]
    shared = matrix["workspace"]["members"]
    assert not [member for member in shared if "elastic" in member]
    overrides = matrix["overrides"]["matrix"]["elasticsearch"]
    for version in ("6", "8", "9"):
        members = [m["value"] for m in overrides["workspace"]["members"] if m["if"] == [version]]
        assert members == [f"packages/elastic{version}"]
        clients = [d["value"] for d in overrides["extra-dependencies"] if d["if"] == [version]]
        assert [client.startswith(f"elasticsearch{version}~=") for client in clients] == [True]
