"""When a copied document counts as equal to its origin."""

from __future__ import annotations

import datetime

from djelme.field import FieldSpec, Kind
from elasticsearch_metrics.migration.document.layout import IndexLayout
from elasticsearch_metrics.migration.verification.equality import Equality

FIELDS = {
    spec.name: spec
    for spec in (
        FieldSpec("tags", Kind.KEYWORD, multi=True),
        FieldSpec("numbers", Kind.LONG, multi=True),
        FieldSpec("ratio", Kind.FLOAT),
        FieldSpec("note", Kind.TEXT, optional=True),
        FieldSpec("made", Kind.KEYWORD, default_factory=lambda: "made"),
    )
}
PROPERTIES = {
    "tags": {"type": "keyword"},
    "numbers": {"type": "long"},
    "ratio": {"type": "float"},
    "note": {"type": "text"},
}
WITH = IndexLayout.read("one", {"properties": PROPERTIES})
WITHOUT = IndexLayout.read("two", {"_source": {"enabled": False}, "properties": PROPERTIES})


def _differing(
    equality: Equality, expected: dict[str, object], found: dict[str, object]
) -> list[str]:
    return [each.field for each in equality.differences(expected, found)]


def test_with_source_every_value_counts() -> None:
    equality = Equality(FIELDS, WITH, WITH, is_default=True)
    assert _differing(equality, {"tags": ["b", "a"]}, {"tags": ["a", "b"]}) == ["tags"]
    assert _differing(equality, {"tags": ["a", "a"]}, {"tags": ["a"]}) == ["tags"]
    assert _differing(equality, {"tags": []}, {}) == []
    assert _differing(equality, {"tags": ["a"]}, {"tags": "a"}) == []
    assert _differing(equality, {"note": "x"}, {}) == ["note"]
    assert _differing(equality, {}, {"note": "x"}) == ["note"]
    assert _differing(equality, {"ratio": 0.1}, {"ratio": 0.10000000149011612}) == []
    assert _differing(equality, {"ratio": 0.1}, {"ratio": 0.11}) == ["ratio"]


def test_without_source_what_cant_be_known_doesnt_count() -> None:
    equality = Equality(FIELDS, WITHOUT, WITH, is_default=True)
    assert _differing(equality, {"tags": ["a", "b"]}, {"tags": ["b", "a", "b"]}) == []
    assert _differing(equality, {"tags": ["a"]}, {"tags": ["b"]}) == ["tags"]
    assert _differing(equality, {"numbers": [1, 2, 2]}, {"numbers": [2, 1, 2]}) == []
    assert _differing(equality, {"numbers": [1, 2]}, {"numbers": [2, 1, 2]}) == ["numbers"]
    assert _differing(equality, {}, {"note": "x"}) == []


def test_defaults_that_are_made_anew_dont_count() -> None:
    equality = Equality(FIELDS, WITH, WITH, is_default=False)
    assert _differing(equality, {}, {"made": "at another time"}) == []


def test_a_difference_shows_both_values() -> None:
    equality = Equality(FIELDS, WITH, WITH, is_default=True)
    moment = datetime.datetime(2026, 11, 23, tzinfo=datetime.timezone.utc)
    (difference,) = equality.differences({"when": moment}, {"note": None, "when": "x" * 200})
    assert difference.expected == "2026-11-23T00:00:00.000Z"
    assert len(difference.found) < 100
