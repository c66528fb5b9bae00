from __future__ import annotations

from typing import Any

import pytest

from djelme.errors import RecordTypeError
from elasticsearch_metrics.declaration.doc_value import DocValues


class Field:
    """As much of a DSL's field as is asked for."""

    def __init__(self, name: str, **body: Any) -> None:
        self.name = name
        self._body = body
        self._multi = body.pop("multi", False)
        self._mapping: dict[str, Field] = body.pop("properties", {})

    def to_dict(self) -> dict[str, Any]:
        return {"type": self.name, **self._body}

    def __getitem__(self, name: str) -> Field:
        return self._mapping[name]


class Mapping(dict[str, Field]):
    """As much of a DSL's mapping as is asked for."""

    def __init__(self, source: Any = None, **fields: Field) -> None:
        super().__init__(fields)
        self._meta = {} if source is None else {"_source": source}


FIELDS = {
    "item": Field("keyword"),
    "when": Field("date"),
    "day": Field("date", format="strict_date"),
    "title": Field("text"),
    "hidden": Field("keyword", doc_values=False),
    "place": Field("object", properties={"city": Field("keyword"), "text": Field("text")}),
    "places": Field("object", multi=True, properties={"city": Field("keyword")}),
}


def test_nothing_is_asked_for_where_there_is_a_source() -> None:
    assert DocValues.of(Mapping(**FIELDS), {}) == DocValues()


def test_fields_with_doc_values_are_asked_for_and_the_others_are_lost() -> None:
    found = DocValues.of(Mapping({"enabled": False}, **FIELDS), {})
    assert found.requested == (
        "item",
        {"field": "when", "format": "strict_date_time"},
        {"field": "day", "format": "strict_date"},
        "place.city",
    )
    assert found.lost == ("title", "hidden", "place.text", "places")


@pytest.mark.parametrize(
    ("source", "missing"),
    [
        ({"includes": ["item"]}, {"when"}),
        ({"excludes": ["wh*"]}, {"when"}),
        ({"excludes": ["place"]}, {"place"}),
        ({"includes": ["place", "item"], "excludes": ["item"]}, {"item", "when"}),
    ],
)
def test_only_what_the_source_lacks_is_asked_for(source: Any, missing: set[str]) -> None:
    fields = {"item": FIELDS["item"], "when": FIELDS["when"]}
    if "place" in str(source):
        fields["place"] = FIELDS["place"]
    assert DocValues.of(Mapping(source, **fields), {}).missing == missing


def test_more_fields_than_a_search_gives_are_none() -> None:
    fields = {f"f{number}": Field("keyword") for number in range(101)}
    found = DocValues.of(Mapping({"enabled": False}, **fields), {})
    assert found.requested == ()
    assert "at most 100 fields" in found.problem
    settings = {"index": {"max_docvalue_fields_search": 101}}
    assert len(DocValues.of(Mapping({"enabled": False}, **fields), settings).requested) == 101


def test_a_hit_that_says_nothing_is_no_record() -> None:
    values = DocValues(requested=("item",))
    values.require("shop.Usage", {"_id": "1", "fields": {}})
    values.require("shop.Usage", {"_id": "1", "_source": {}})
    with pytest.raises(RecordTypeError, match="asked for no doc values"):
        values.require("shop.Usage", {"_id": "1"})
