"""What imps may differ in, and how a test says that it is about such a thing."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ("Capability", "fits", "lacks", "needs")

_Test = TypeVar("_Test", bound="Callable[..., Any]")


class Capability(enum.Enum):
    """One thing that an imp can do or not; its value is the sentence that says what."""

    DSL = (
        "Record types are documents of an Elasticsearch DSL: fields can be declared by its field "
        "classes, and searches take its queries."
    )
    QUERY_ENGINE = (
        "Searches find words in texts and values in nested objects, aggregate, and go on after a "
        "given hit; without it they filter by values and ranges, count and sort."
    )
    SOURCE = (
        "Unless `Meta.source` says otherwise, a search gives a record's values back exactly as "
        "they were stored, lists in their order and with repetitions."
    )
    ASYNC_SEARCH = (
        "The engine's client has asynchronous searches; storing without blocking an event loop is "
        "there in any case."
    )
    STRICT = "Unless `Meta.dynamic` says otherwise, the engine itself refuses unknown fields."
    SEPARATE_TEMPLATES = (
        "The engine refuses two templates of equal rank whose patterns match a common name."
    )
    ALIASES = "An index can have other names, and is found by them."
    CLIENT_ERRORS = (
        "The engine's client has errors of its own, and djelme's can be caught as those, too."
    )


def needs(*capabilities: Capability) -> Callable[[_Test], _Test]:
    """Mark a test that only imps with some capabilities can pass."""
    return _marked("djelme_needs", capabilities)


def lacks(*capabilities: Capability) -> Callable[[_Test], _Test]:
    """Mark a test of the refusal that imps without some capabilities promise."""
    return _marked("djelme_lacks", capabilities)


def fits(test: object, capabilities: Iterable[Capability]) -> bool:
    """Return whether a test is for imps with exactly these capabilities."""
    there = frozenset(capabilities)
    needed: frozenset[Capability] = getattr(test, "djelme_needs", frozenset())
    lacking: frozenset[Capability] = getattr(test, "djelme_lacks", frozenset())
    return needed <= there and lacking.isdisjoint(there)


def _marked(name: str, capabilities: tuple[Capability, ...]) -> Callable[[_Test], _Test]:
    def mark(test: _Test) -> _Test:
        test.__dict__[name] = frozenset(capabilities)
        return test

    return mark
