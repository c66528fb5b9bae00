"""What imps may differ in, and how a test says that it is about such a thing."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("Capability", "needed_capabilities", "needs")

_Test = TypeVar("_Test", bound="Callable[..., Any]")


class Capability(enum.Enum):
    """One thing that an imp can do or not; its value is the sentence that says what."""

    DSL = (
        "Record types are documents of an Elasticsearch DSL: fields can be declared by its field "
        "classes, and searches take its queries and aggregations."
    )
    SOURCE = (
        "Unless `Meta.source` says otherwise, a search gives a record's values back exactly as "
        "they were stored, lists in their order and with repetitions."
    )
    STRICT = "Unless `Meta.dynamic` says otherwise, the engine itself refuses unknown fields."
    SEPARATE_TEMPLATES = (
        "The engine refuses two templates of equal rank whose patterns match a common name."
    )


def needs(*capabilities: Capability) -> Callable[[_Test], _Test]:
    """Mark a test that only imps with some capabilities can pass; others don't collect it."""

    def mark(test: _Test) -> _Test:
        test.__dict__["djelme_needs"] = frozenset(capabilities)
        return test

    return mark


def needed_capabilities(test: object) -> frozenset[Capability]:
    """Return the capabilities that a test was marked with."""
    needed: frozenset[Capability] = getattr(test, "djelme_needs", frozenset())
    return needed
