from __future__ import annotations

import pytest

from djelme.field import Kind
from elasticsearch_metrics.declaration.field_type import (
    COUNTABLE_TYPES,
    DATE_TYPES,
    DOC_VALUE_TYPES,
    FIELD_TYPES,
    Family,
    types_of,
)


def test_each_kind_that_is_a_type_is_in_the_table() -> None:
    kinds = {kind.value for kind in Kind} - {"any", "datetime"}
    assert kinds <= FIELD_TYPES.keys()
    for name in kinds - {"date"}:
        assert FIELD_TYPES[name].kind.value == name


def test_families() -> None:
    assert types_of(Family.DATE) == DATE_TYPES == {"date", "date_nanos"}
    assert types_of(Family.WHOLE, Family.FLOAT) >= {"long", "scaled_float"}
    assert {name for name, found in FIELD_TYPES.items() if found.bits} == types_of(Family.WHOLE)


@pytest.mark.parametrize("name", ["text", "search_as_you_type"])
def test_texts_have_no_doc_values(name: str) -> None:
    assert name not in DOC_VALUE_TYPES


def test_places_are_not_counted() -> None:
    assert {"geo_point"} == DOC_VALUE_TYPES - COUNTABLE_TYPES
