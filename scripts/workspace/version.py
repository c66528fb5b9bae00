"""The one version of the packages, and the exact pins that repeat it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from workspace.toolchain import ROOT

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_version", "write_version"]

SOURCE = ROOT / "packages/core/src/djelme/_version.py"
ASSIGNMENT = re.compile(r'(?<=__version__ = ")[^"]+(?=")')
PIN = re.compile(r'(?<=")((?:djelme-\w+|django-elasticsearch-metrics)(?:\[\w+\])?)==[^"\s;]+')


def read_version() -> str:
    """Return the version that core states.

    Raises:
        SystemExit: If the file states none.
    """
    found = ASSIGNMENT.search(SOURCE.read_text(encoding="utf-8"))
    if found is None:
        message = f"{SOURCE} states no __version__"
        raise SystemExit(message)
    return found[0]


def write_version(version: str) -> list[Path]:
    """Write the version everywhere; return the files that changed, relative to the root."""
    changed = []
    for path in (SOURCE, *sorted(ROOT.glob("packages/*/pyproject.toml"))):
        before = path.read_text(encoding="utf-8")
        after = ASSIGNMENT.sub(version, before) if path == SOURCE else before
        after = PIN.sub(rf"\g<1>=={version}", after)
        if after != before:
            path.write_text(after, encoding="utf-8")
            changed.append(path.relative_to(ROOT))
    return changed
