"""The metadata of the packages says what the matrix proves, and each carries the licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

IMP_FREE = {"core", "testing"}  # these know no Django


def matrix_values(environments: dict[str, Any], axis: str) -> set[str]:
    tables = environments["matrix"]["matrix"]
    return {value.removeprefix("python") for table in tables for value in table[axis]}


def classified(project: dict[str, Any], prefix: str) -> set[str]:
    rest = (name.removeprefix(prefix) for name in project["classifiers"] if prefix in name)
    return {version for version in rest if "." in version}


def test_pythons(environments: dict[str, Any], projects: dict[str, dict[str, Any]]) -> None:
    pythons = matrix_values(environments, "python")
    oldest = min(pythons, key=lambda version: int(version.split(".")[1]))
    for project in projects.values():
        assert classified(project, "Programming Language :: Python :: ") == pythons
        assert project["requires-python"] == f">={oldest}"


def test_djangos(environments: dict[str, Any], projects: dict[str, dict[str, Any]]) -> None:
    djangos = matrix_values(environments, "django")
    for name, project in projects.items():
        if name not in IMP_FREE:
            assert classified(project, "Framework :: Django :: ") == djangos


def test_licence(root: Path, projects: dict[str, dict[str, Any]]) -> None:
    text = (root / "LICENSE").read_text()
    for name, project in projects.items():
        assert project["license"] == "MIT"
        assert (root / "packages" / name / "LICENSE").read_text() == text


def test_readme_of_each_package_names_it(root: Path, projects: dict[str, dict[str, Any]]) -> None:
    for name, project in projects.items():
        readme = (root / "packages" / name / "README.md").read_text()
        assert readme.startswith(f"# {project['name']}\n")
