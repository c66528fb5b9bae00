"""What the scripts hand on to the tools that they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from workspace.toolchain import STATE, environment

if TYPE_CHECKING:
    import pytest


def test_bytecode_is_kept_whatever_the_caller_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    variables = environment()
    assert "PYTHONDONTWRITEBYTECODE" not in variables
    assert variables["PYTHONPYCACHEPREFIX"] == str(STATE / "pycache")


def test_the_callers_own_environment_is_not_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/somewhere")
    monkeypatch.setenv("ELASTICSEARCH8_URL", "http://127.0.0.1:9200")
    variables = environment(DJELME_TEST_IMP="elastic8")
    assert "VIRTUAL_ENV" not in variables
    assert variables["ELASTICSEARCH8_URL"] == "http://127.0.0.1:9200"
    assert variables["DJELME_TEST_IMP"] == "elastic8"
