"""Which fields of one type fit another."""

from __future__ import annotations

import datetime
import enum
from typing import Any

import pytest

from djelme.field import FieldSpec, Kind
from elasticsearch_metrics.migration.document.field_mapping import FieldMapping


def _fields(*specs: FieldSpec) -> dict[str, FieldSpec]:
    return {spec.name: spec for spec in specs}


@pytest.mark.parametrize(
    ("source", "target", "fits"),
    [
        (Kind.KEYWORD, Kind.TEXT, True),
        (Kind.TEXT, Kind.KEYWORD, True),
        (Kind.INTEGER, Kind.LONG, True),
        (Kind.LONG, Kind.INTEGER, False),
        (Kind.LONG, Kind.DOUBLE, True),
        (Kind.LONG, Kind.FLOAT, False),
        (Kind.DOUBLE, Kind.FLOAT, False),
        (Kind.FLOAT, Kind.DOUBLE, True),
        (Kind.DATE, Kind.DATETIME, True),
        (Kind.DATETIME, Kind.DATE, False),
        (Kind.KEYWORD, Kind.LONG, False),
        (Kind.LONG, Kind.KEYWORD, False),
        (Kind.BOOLEAN, Kind.BOOLEAN, True),
        (Kind.ANY, Kind.KEYWORD, True),
    ],
)
def test_kinds(source: Kind, target: Kind, fits: bool) -> None:
    field_mapping = FieldMapping(_fields(FieldSpec("a", source)), _fields(FieldSpec("a", target)))
    assert (field_mapping.incompatible_fields == []) is fits


def test_missing_and_superfluous_fields() -> None:
    field_mapping = FieldMapping(
        _fields(FieldSpec("gone", Kind.LONG), FieldSpec("listed", Kind.LONG, multi=True)),
        _fields(
            FieldSpec("new", Kind.LONG),
            FieldSpec("new_optional", Kind.LONG, optional=True),
            FieldSpec("listed", Kind.LONG),
        ),
    )
    assert [(each.field, each.is_dropped) for each in field_mapping.incompatible_fields] == [
        ("new", False),
        ("listed", False),
        ("gone", True),
    ]


class Colour(enum.Enum):
    RED = "red"


@pytest.mark.parametrize(
    ("target", "value", "carried"),
    [
        (FieldSpec("a", Kind.LONG), "17", 17),
        (FieldSpec("a", Kind.LONG), 17.0, 17),
        (FieldSpec("a", Kind.LONG), str(2**62 + 1), 2**62 + 1),
        (FieldSpec("a", Kind.LONG), "many", "many"),
        (FieldSpec("a", Kind.DOUBLE), "1.5", 1.5),
        (FieldSpec("a", Kind.BOOLEAN), "true", True),
        (FieldSpec("a", Kind.KEYWORD), 5, "5"),
        (FieldSpec("a", Kind.KEYWORD), Colour.RED, "red"),
        (FieldSpec("a", Kind.KEYWORD, multi=True), "one", ["one"]),
        (FieldSpec("a", Kind.LONG, multi=True), ["1", 2.0], [1, 2]),
        (
            FieldSpec("a", Kind.DATETIME),
            datetime.date(2026, 11, 23),
            datetime.datetime(2026, 11, 23, tzinfo=datetime.timezone.utc),
        ),
    ],
)
def test_values_are_read_as_elasticsearch_reads_them(
    target: FieldSpec, value: Any, carried: Any
) -> None:
    field_mapping = FieldMapping(_fields(FieldSpec("a", Kind.ANY)), _fields(target))
    assert field_mapping.map({"a": value}) == {"a": carried}
    assert field_mapping.map({"a": None, "b": 1}) == {}
