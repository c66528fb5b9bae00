"""`elasticsearch_metrics` and its `imps` are namespaces that several packages share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

NAMESPACES = ("elasticsearch_metrics", "elasticsearch_metrics/imps")
TYPED = {
    "core": "djelme",
    "django": "elasticsearch_metrics",
    "elastic6": "elasticsearch_metrics/imps/elastic6",
    "elastic8": "elasticsearch_metrics/imps/elastic8",
    "elastic9": "elasticsearch_metrics/imps/elastic9",
    "migration": "elasticsearch_metrics/migration",
    "opensearch": "elasticsearch_metrics/imps/opensearch",
    "testing": "djelme_testing",
}
#: Where the published version had what is elsewhere by now.
PUBLISHED = {"elasticsearch_metrics/tests/util.py"}


@pytest.mark.parametrize("namespace", NAMESPACES)
def test_no_package_owns_a_namespace(root: Path, namespace: str) -> None:
    owners = list(root.glob(f"packages/*/src/{namespace}/__init__.py"))
    assert owners == [], "an __init__.py here hides the other packages' parts"


def test_every_package_is_known(root: Path) -> None:
    folders = {path.parent.name for path in root.glob("packages/*/pyproject.toml")}
    assert folders == set(TYPED)


@pytest.mark.parametrize("package", TYPED)
def test_each_part_is_typed(root: Path, package: str) -> None:
    marker = root / "packages" / package / "src" / TYPED[package] / "py.typed"
    assert marker.is_file()


@pytest.mark.parametrize("package", TYPED)
def test_each_part_stays_in_its_own_folder(root: Path, package: str) -> None:
    source = root / "packages" / package / "src"
    own = source / TYPED[package]
    strangers = [
        path
        for path in source.rglob("*.py")
        if own not in path.parents and path.relative_to(source).as_posix() not in PUBLISHED
    ]
    assert strangers == []
