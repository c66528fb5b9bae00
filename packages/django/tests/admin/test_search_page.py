from __future__ import annotations

from typing import Any

import pytest
from django.http import QueryDict
from django.test import RequestFactory

from elasticsearch_metrics.admin.conditions import Conditions
from elasticsearch_metrics.admin.hits import MAX_HITS, PAGE_SIZE, FoundRecord, Hits
from elasticsearch_metrics.admin.search_page import SearchPage

_MAPPINGS = {"item_id": {"type": "long"}, "timestamp": {"type": "date"}}


@pytest.fixture
def usage(make_type: Any) -> Any:
    mapped = classmethod(lambda cls: _MAPPINGS)
    return make_type(attributes={"field_mappings": mapped})


def read(usage: Any, **query: str) -> SearchPage:
    request = RequestFactory().get("/", query)
    found = SearchPage.read(request, usage, {})
    found.search(1.0)
    return found


def page(total: int, number: int, *, is_more: bool = False) -> SearchPage:
    records = [FoundRecord("1", "i", ())] * PAGE_SIZE
    hits = Hits((), records, total, is_more, number)
    conditions = Conditions(object, [], {})  # type: ignore[arg-type] # no record type is needed
    return SearchPage(object, None, conditions, hits)  # type: ignore[arg-type]


def test_few_records_need_no_numbers_of_pages() -> None:
    assert page(0, 1).numbers == []
    assert page(PAGE_SIZE, 1).numbers == []


def test_pages_near_the_present_one_are_offered() -> None:
    assert page(PAGE_SIZE * 3, 2).numbers == [1, 2, 3]
    assert page(PAGE_SIZE * 40, 20).numbers == [1, None, 17, 18, 19, 20, 21, 22, 23, None, 40]
    assert page(MAX_HITS, 200, is_more=True).numbers == [1, None, 197, 198, 199, 200]


def test_there_is_a_clear_end() -> None:
    assert not page(MAX_HITS, 200).is_cut
    assert page(MAX_HITS, 200, is_more=True).is_cut
    assert page(MAX_HITS + 1, 200).is_cut  # version 6 counts on
    assert page(MAX_HITS + 1, 200).is_last
    assert page(MAX_HITS + 1, 200).last == MAX_HITS


def test_a_free_condition_is_offered_beside_the_used_ones(usage: Any) -> None:
    query = {"c3-field": "item_id", "c3-operator": "is", "c3-value": "x"}
    found = read(usage, **query)
    assert [form.prefix for form in found.conditions.forms] == ["c3", "c0"]
    assert found.problem
    assert found.conditions.forms[0].errors
    assert not found.conditions.forms[1].errors


def test_no_more_than_five_conditions_are_read(usage: Any) -> None:
    query = {
        f"c{place}-{name}": value
        for place in range(9)
        for name, value in (("field", "item_id"), ("operator", "is"), ("value", "x"))
    }
    assert len(read(usage, **query).conditions.forms) == 5


def test_the_page_is_no_part_of_the_query(usage: Any) -> None:
    found = read(usage, p="7", since="2026-13")
    assert QueryDict(found.query).dict() == {"since": "2026-13"}
