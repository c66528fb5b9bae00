"""What doc values give back, by the mapping of an index."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elasticsearch_metrics.migration.document.layout import Fidelity, IndexLayout

EVERYTHING = {
    "_source": {"enabled": False},
    "properties": {
        "word": {"type": "keyword"},
        "short_word": {"type": "keyword", "ignore_above": 10},
        "normal": {"type": "keyword", "normalizer": "lower"},
        "text": {"type": "text"},
        "text_with_word": {"type": "text", "fields": {"raw": {"type": "keyword"}}},
        "number": {"type": "long"},
        "single": {"type": "float"},
        "when": {"type": "date"},
        "yes": {"type": "boolean"},
        "columnless": {"type": "long", "doc_values": False},
        "blob": {"type": "binary"},
        "place": {"type": "geo_point"},
        "unnull": {"type": "integer", "null_value": -1},
        "inner": {"properties": {"a": {"type": "keyword"}, "b": {"type": "long"}}},
        "nested": {"type": "nested", "properties": {"a": {"type": "keyword"}}},
        "closed": {"type": "object", "enabled": False},
    },
}


def test_the_fate_of_each_type() -> None:
    layout = IndexLayout.read("an_index", EVERYTHING)
    assert not layout.has_source
    assert {name: origin.fidelity for name, origin in layout.origins.items()} == {
        "word": Fidelity.EXACT,
        "short_word": Fidelity.CHANGED,
        "normal": Fidelity.CHANGED,
        "text": Fidelity.LOST,
        "text_with_word": Fidelity.CHANGED,
        "number": Fidelity.EXACT,
        "single": Fidelity.CHANGED,
        "when": Fidelity.EXACT,
        "yes": Fidelity.EXACT,
        "columnless": Fidelity.LOST,
        "blob": Fidelity.LOST,
        "place": Fidelity.LOST,
        "unnull": Fidelity.CHANGED,
        "inner.a": Fidelity.EXACT,
        "inner.b": Fidelity.CHANGED,
        "nested.a": Fidelity.LOST,
        "closed": Fidelity.LOST,
    }
    assert all(
        bool(each.reason) != (each.fidelity is Fidelity.EXACT) for each in layout.origins.values()
    )


def test_a_document_is_rebuilt() -> None:
    layout = IndexLayout.read("an_index", EVERYTHING)
    fields = {
        "word": ["a", "b"],
        "short_word": ["x"],
        "text_with_word.raw": ["some text"],
        "number": [5],
        "single": [0.10000000149011612],
        "when": ["2026-11-23T04:05:06.789Z"],
        "yes": [1],
        "inner.a": ["deep"],
    }
    assert layout.rebuild(fields, frozenset({"short_word"})) == {
        "word": ["a", "b"],
        "short_word": ["x"],
        "text_with_word": "some text",
        "number": 5,
        "single": 0.1,
        "when": "2026-11-23T04:05:06.789Z",
        "yes": True,
        "inner": {"a": "deep"},
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ({}, True),
        ({"enabled": True}, True),
        ({"enabled": "false"}, False),
        ({"enabled": False}, False),
        ({"excludes": ["a"]}, False),
        ({"includes": ["a"]}, False),
        ({"mode": "synthetic"}, False),
    ],
)
@pytest.mark.parametrize("below_a_type", [False, True])
def test_whether_there_is_a_source(
    source: dict[str, object], expected: bool, below_a_type: bool
) -> None:
    mappings = {"_source": source, "properties": {"a": {"type": "long"}}}
    read = IndexLayout.read("an_index", {"doc": mappings} if below_a_type else mappings)
    assert read.has_source is expected
    assert set(read.origins) == {"a"}


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_single_precision_numbers_are_shortened_without_change(number: float) -> None:
    layout = IndexLayout.read("an_index", EVERYTHING)
    rebuilt = layout.rebuild({"single": [number]}, frozenset())["single"]
    assert struct.pack("f", rebuilt) == struct.pack("f", number)
    assert len(repr(rebuilt)) <= len(repr(number))
