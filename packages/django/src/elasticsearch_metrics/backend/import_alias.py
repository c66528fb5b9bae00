"""Importing a client that calls itself by another name than its own."""

from __future__ import annotations

import importlib
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("known_as",)


@contextmanager
def known_as(alias: str, package: str) -> Iterator[None]:
    """Let imports of another name find a package, for the time of a ``with`` block.

    elasticsearch9 9.0, the last that elasticsearch8 can be installed beside, imports
    ``elasticsearch`` in its DSL where it means itself. This can go when elasticsearch8 takes the
    elastic-transport that later ones need.

    Args:
        alias: what the package calls itself; one that has this name is there again afterwards.
        package: its name.

    Raises:
        ModuleNotFoundError: if there is no such package.
    """
    importlib.import_module(package)
    hidden = {name: sys.modules.pop(name) for name in _loaded(alias)}
    for name in _loaded(package):
        sys.modules[alias + name.removeprefix(package)] = sys.modules[name]
    try:
        yield
    finally:
        for name in _loaded(alias):
            del sys.modules[name]
        sys.modules.update(hidden)


def _loaded(package: str) -> list[str]:
    """Return the names of a package and of its modules that are loaded."""
    return [name for name in sys.modules if f"{name}.".startswith(f"{package}.")]
