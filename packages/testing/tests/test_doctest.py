from __future__ import annotations

import doctest
import importlib

import pytest

MODULES = ("cleaning", "cli", "backend_settings", "progress", "version", "provider.docker")


@pytest.mark.parametrize("name", [*MODULES, "provider.url"])
def test_examples_in_docstrings_are_true(name: str) -> None:
    failed, attempted = doctest.testmod(importlib.import_module(f"djelme_testing.{name}"))
    assert attempted
    assert not failed
