from __future__ import annotations

from typing import Any

import pytest

from elasticsearch_metrics.statistics.field import (
    StatisticsError,
    countable_fields,
    require_countable,
)

FIELDS = {
    "item": {"type": "keyword"},
    "title": {"type": "text", "fields": {"keyword": {"type": "keyword"}}},
    "body": {"type": "text", "fielddata": True},
    "hidden": {"type": "long", "doc_values": False},
    "place": {"properties": {"city": {"type": "keyword"}}},
    "authors": {"type": "nested", "properties": {"name": {"type": "keyword"}}},
}


@pytest.fixture
def usage(make_type: Any) -> Any:
    return make_type(attributes={"field_mappings": classmethod(lambda cls: FIELDS)})


def test_fields_with_values_by_name(usage: Any) -> None:
    assert countable_fields(usage) == {
        "body": "text",
        "item": "keyword",
        "place.city": "keyword",
        "title.keyword": "keyword",
    }


def test_the_type_of_a_field(usage: Any) -> None:
    assert require_countable(usage, "place.city") == "keyword"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("itm", r"no field 'itm' .*; did you mean 'item'\?"),
        ("title", "it is text, without doc values"),
        ("hidden", "it is long, without doc values"),
        ("authors.name", "no field 'authors.name'"),
        ("x" * 500, "no field 'x{80}' "),
    ],
)
def test_what_can_not_be_counted(usage: Any, name: str, message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        require_countable(usage, name)
