from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import IncompleteAnswerError
from elasticsearch_metrics.backend.catalog import CatalogRequests

if TYPE_CHECKING:
    from collections.abc import Callable

ROW = {"health": "green", "index": "usage_2026", "pri": "5", "pri.store.size": "2048"}
WHOLE = {"total": 5, "successful": 5, "failed": 0}


def counted(number: int, shards: dict[str, int]) -> dict[str, Any]:
    buckets = [{"key": "usage_2026", "doc_count": number}]
    return {
        "hits": {"total": {"value": number}},
        "_shards": shards,
        "timed_out": False,
        "aggregations": {"indexes": {"buckets": buckets}},
    }


def test_documents_are_counted_by_a_search(scripted: Callable[..., Any]) -> None:
    """`_cat/indices` would count nested values, too."""
    backend = scripted(CatalogRequests, [ROW], counted(3, WHOLE))
    (status,) = backend.list_indexes(["usage_*"])
    assert (status.name, status.documents, status.bytes, status.shards) == (
        "usage_2026",
        3,
        2048,
        5,
    )


def test_a_count_without_some_shards_is_none(scripted: Callable[..., Any]) -> None:
    shards = {"total": 5, "successful": 4, "failed": 0}
    backend = scripted(CatalogRequests, [ROW], counted(3, shards))
    with pytest.raises(IncompleteAnswerError, match="1 of 5 shards"):
        backend.list_indexes(["usage_*"])


def test_a_filtered_alias_is_no_other_name(scripted: Callable[..., Any]) -> None:
    aliases = {"all": {}, "mine": {"filter": {"term": {"user": 1}}}}
    backend = scripted(CatalogRequests, {"usage_2026": {"aliases": aliases}})
    assert backend.list_aliases(["usage_2026"]) == {"usage_2026": ("all",)}


@pytest.mark.parametrize("name", ["usage_*", "_all", "a,b", "<usage-{now/d}>", "-usage", ""])
def test_only_exact_names_are_deleted(scripted: Callable[..., Any], name: str) -> None:
    backend = scripted(CatalogRequests)
    with pytest.raises(ValueError, match="exact names"):
        backend.delete_indexes(["usage_2026", name])
    assert backend.asked == []


def test_a_template_that_does_not_exist_is_deleted(scripted: Callable[..., Any]) -> None:
    backend = scripted(CatalogRequests)
    backend.get_template = lambda _name: None
    backend.delete_template("usage")
    assert backend.asked == []
