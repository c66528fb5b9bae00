from __future__ import annotations

import datetime
import enum

import pytest

from djelme.decoding import RecordDecoder
from djelme.field import FieldSpec, Kind

UTC = datetime.timezone.utc


class Colour(enum.Enum):
    RED = "red"


decoder = RecordDecoder(
    [
        FieldSpec("when", Kind.DATETIME),
        FieldSpec("day", Kind.DATE),
        FieldSpec("colour", Kind.KEYWORD, enum_type=Colour),
        FieldSpec("tags", Kind.KEYWORD, multi=True),
        FieldSpec("item", Kind.LONG),
        FieldSpec("days", Kind.DATE, listable=True),
    ]
)


@pytest.mark.parametrize(
    ("source", "values"),
    [
        (
            {"when": "2026-11-23T04:05:06.789Z"},
            {"when": datetime.datetime(2026, 11, 23, 4, 5, 6, 789_000, UTC)},
        ),
        (
            {"when": "2026-11-23T04:05:06.789999+02:00"},  # cut off, as Elasticsearch indexes it
            {"when": datetime.datetime(2026, 11, 23, 2, 5, 6, 789_000, UTC)},
        ),
        ({"when": "2026-11-23"}, {"when": datetime.datetime(2026, 11, 23, tzinfo=UTC)}),
        ({"when": 1_500}, {"when": datetime.datetime(1970, 1, 1, 0, 0, 1, 500_000, UTC)}),
        ({"when": "long ago"}, {"when": "long ago"}),
        ({"day": "2026-11-23"}, {"day": datetime.date(2026, 11, 23)}),
        ({"colour": "red"}, {"colour": Colour.RED}),
        ({"colour": "green"}, {"colour": "green"}),
        ({"tags": "one"}, {"tags": ["one"]}),
        ({"tags": ["b", "a"]}, {"tags": ["b", "a"]}),
        ({"days": "2026-11-23"}, {"days": datetime.date(2026, 11, 23)}),
        ({"days": ["2026-11-23"]}, {"days": [datetime.date(2026, 11, 23)]}),
        ({"item": 7, "other": {"a": 1}}, {"item": 7, "other": {"a": 1}}),
        ({"when": None}, {"when": None}),
    ],
)
def test_sources_are_read(source: dict[str, object], values: dict[str, object]) -> None:
    assert decoder.decode(source) == values


def test_doc_values_are_unwrapped_where_one_value_is_declared() -> None:
    assert decoder.decode_doc_values({"item": [7], "tags": ["a"], "colour": ["red"]}) == {
        "item": 7,
        "tags": ["a"],
        "colour": Colour.RED,
    }
