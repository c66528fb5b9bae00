"""Ways to hold what a row of the compatibility page says of published names."""

from __future__ import annotations

import ast
import contextlib
import importlib
import re
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import BackendUnreachableError, ConfigurationError, RecordTypeError
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = (
    "GLUE",
    "IMP",
    "ROOT",
    "SITE",
    "Rows",
    "all_have_a_time",
    "call",
    "declared",
    "gone",
    "held_by",
    "is_warning",
    "may_be_missing",
    "of_type",
    "refused",
    "renamed",
    "same",
    "typed",
)

ROOT = Path(__file__).parents[5]
GLUE = "elasticsearch_metrics"
IMP = f"{GLUE}.imps.elastic8"
#: A record type, the backend and the registry, for as long as a test runs.
SITE: dict[str, Any] = {"registry": djelme_registry}


def found(path: str) -> Any:
    """Return what is at a dotted path: of a module, or of the types and objects of a site."""
    module, _, rest = path.partition(":")
    value = SITE[module] if module in SITE else importlib.import_module(module)
    for name in rest.split("."):
        value = getattr(value, name)
    return value


def same(module: str, *names: str) -> Callable[[], None]:
    """Hold that names are there, without a warning."""

    def check() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for name in names:
                found(f"{module}:{name}")

    return check


def renamed(
    path: str, new: str, *arguments: Any, called: bool = False, **named: Any
) -> Callable[[], None]:
    """Hold that a name is there, and that its use warns of the new one."""

    def check() -> None:
        with pytest.warns(DeprecationWarning, match=f"use .*{re.escape(new)}"):
            _use(path, arguments, named, called=called)

    return check


def _use(path: str, arguments: Any, named: Any, *, called: bool) -> None:
    value = found(path)
    if called:
        with contextlib.suppress(BackendUnreachableError):  # it has warned before
            value = value(*arguments, **named)
            if hasattr(value, "__next__"):
                list(value)


def gone(path: str, instead: str, *, called: bool = False) -> Callable[[], None]:
    """Hold that the use of a name is an error that says what to write instead."""

    def check() -> None:
        with pytest.raises((ImportError, ConfigurationError, RecordTypeError)) as caught:
            (found(path) if not called else found(path)())
        assert "gone" in str(caught.value)
        assert instead in str(caught.value)

    return check


def held_by(path: str, *names: str) -> Callable[[], None]:
    """Hold that there are tests of these names in a module."""

    def check() -> None:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert set(names) <= functions

    return check


def is_warning(check: Callable[[], None]) -> bool:
    """Return whether a way to hold a row is by a warning of the new name."""
    return check.__qualname__.startswith((renamed.__name__, of_type.__name__))


def typed(base: str, **types: str) -> Callable[[], None]:
    """Hold that a type of record has fields of these types in Elasticsearch."""

    def check() -> None:
        template = declared(base).get_timeseries_template().to_dict()["template"]
        properties = template["mappings"]["properties"]
        assert types == {name: properties[name]["type"] for name in types}

    return check


def declared(base: str) -> Any:
    """Return a record type of a site."""
    parent = found(f"{IMP}:{base}")
    options = {"app_label": "testapp", "__module__": __name__}
    body = {"__module__": __name__, "Meta": type("Meta", (), options)}
    if base == "CyclicReport":
        body |= {"CYCLE_TIMEDEPTH": 2}
    if base == "TimeseriesRecord":
        body |= {"get_timeseries_timeparts": lambda _self: (2026,)}
    name = f"Compatible{base}"
    with contextlib.suppress(LookupError):  # it was declared before
        return djelme_registry.get_recordtype("testapp", name)
    return type(parent)(name, (parent,), body)


def all_have_a_time() -> None:
    """Hold what the types with a time have in common."""
    common = found(f"{GLUE}.recordtype.timeseries:TimestampedRecord")
    for name in ("EventRecord", "CyclicReport", "TimeseriesRecord", "CountedUsageRecord"):
        assert issubclass(found(f"{IMP}:{name}"), common)
    assert not issubclass(found(f"{IMP}:EventRecord"), found(f"{IMP}:TimeseriesRecord"))


def may_be_missing() -> None:
    """Hold that what a record of usage isn't given is None."""
    used = declared("CountedUsageRecord")(item_iri="urn:i", sessionhour_id="a" * 24)
    assert (used.platform_iri, used.database_iri) == (None, None)


def of_type(path: str, new: str) -> Callable[[], None]:
    """Hold that a method that is given a record type warns of its new name."""

    def check() -> None:
        renamed(path, new, SITE["Usage"], called=True)()

    return check


call = partial(renamed, called=True)
refused = partial(gone, called=True)
Rows = dict[str, tuple["Callable[[], None]", ...]]
