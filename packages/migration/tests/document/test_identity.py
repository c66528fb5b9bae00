"""Ids that make copies of the same document the same."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from djelme.document_id import next_document_id
from elasticsearch_metrics.migration.document.identity import Identity


def _identity(base: str = "shop_old", *, unique: bool = False) -> Identity:
    fields = ("a",) if unique else ()
    recordtype: Any = SimpleNamespace(UNIQUE_TOGETHER_FIELDS=fields)
    return Identity(recordtype, recordtype, base)


def test_ids_depend_on_the_origin_alone() -> None:
    ids = {
        _identity().target_id(index, origin, ordinal)
        for index in ("shop_old_2026.01", "shop_old_2026.02")
        for origin in ("a", "b")
        for ordinal in (0, 1)
        for _ in range(2)
    }
    assert len(ids) == 8
    # Kept for ever: other ids would double what was copied already.
    assert _identity().target_id("shop_old_2026.01", "a", 0) == "Mqs8sFPQ-jc_Y9e4Uv00ASGvVWMOATuk"


def test_only_own_documents_are_known_as_such() -> None:
    own = _identity().target_id("shop_old_2026.01", "a", 0)
    assert _identity().is_own(own)
    assert not _identity("shop_other").is_own(own)
    assert not _identity().is_own(next_document_id())
    assert not _identity().is_own("a")


def test_what_went_back_comes_forth_as_itself() -> None:
    identity = _identity()
    new = next_document_id()
    returned = identity.source_id(new)
    assert returned != new
    assert identity.target_id("shop_old_2026.01", returned, 0) == new
    assert identity.target_id("shop_old_2026.01", returned, 1) != new
