from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any

import pytest

from elasticsearch_metrics.backend.import_alias import known_as

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FILES = {
    "client9/__init__.py": "",
    "client9/errors.py": "class Failed(Exception): pass",
    "client9/dsl/__init__.py": "from client.errors import Failed\nfrom client import errors",
    "client/__init__.py": "errors = 'of another'",
}


@pytest.fixture(autouse=True)
def clients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Install a client whose DSL calls it by the name of another client."""
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield
    for name in list(sys.modules):
        if name.partition(".")[0] in {"client", "client9"}:
            del sys.modules[name]


def load(name: str) -> Any:
    return importlib.import_module(name)


def test_a_client_finds_itself_and_no_other() -> None:
    errors = load("client9.errors")
    with known_as("client", "client9"):
        dsl = load("client9.dsl")
    assert dsl.Failed is errors.Failed
    assert dsl.errors is errors
    assert [name for name in sys.modules if name.startswith("client.")] == []


@pytest.mark.parametrize("when", ["before", "afterwards"])
def test_a_client_that_has_the_name_keeps_it(when: str) -> None:
    load("client9.errors")
    before = load("client") if when == "before" else None
    with known_as("client", "client9"):
        load("client9.dsl")
    assert load("client").errors == "of another"
    assert before in {None, load("client")}


def test_the_names_are_as_they_were_after_a_failure() -> None:
    other = load("client")
    with pytest.raises(ModuleNotFoundError, match="nothing"), known_as("client", "client9"):
        load("client9.nothing")
    assert sys.modules["client"] is other


def test_a_client_that_is_not_installed() -> None:
    with pytest.raises(ModuleNotFoundError, match="client10"), known_as("client", "client10"):
        pass
