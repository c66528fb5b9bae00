from __future__ import annotations

import datetime
from typing import Any

import pytest

from djelme.errors import RecordTypeError
from djelme.timedepth import Timedepth
from elasticsearch_metrics.declaration.options import RecordOptions

MAPPING = frozenset({"dynamic", "source"})


def extended(meta: dict[str, Any], index: dict[str, Any] | None = None) -> RecordOptions:
    return RecordOptions().extended(
        "Usage",
        type("Meta", (), meta),
        None if index is None else type("Index", (), index),
        mapping_names=MAPPING,
    )


@pytest.mark.parametrize(
    ("meta", "name", "value"),
    [
        ({"timedepth": 2}, "timedepth", Timedepth.MONTHLY),
        ({"timeseries_index_timedepth": "hourly"}, "timedepth", Timedepth.HOURLY),
        ({"timeseries_recordtype_name": "views"}, "recordtype_name", "views"),
        (
            {"timeseries_index_expiration": datetime.timedelta(days=1)},
            "expiration",
            datetime.timedelta(days=1),
        ),
        ({"dynamic": "true"}, "mapping", {"dynamic": "true"}),
    ],
)
def test_meta_is_read(meta: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(extended(meta), name) == value


@pytest.mark.parametrize(
    ("meta", "said"),
    [
        ({"timedepth": 9}, "Meta.timedepth: a timedepth should be"),
        ({"expiration": 90}, "Meta.expiration should be a positive timedelta, not 90"),
        ({"expiration": datetime.timedelta()}, "positive"),
        ({"template_name": 7}, "Meta.template_name should be a str"),
        ({"timedept": 2}, "unknown option 'timedept'"),
        ({"naive_datetimes": "guess"}, "'utc' or 'refuse'"),
        ({"verbose_name": 7}, "Meta.verbose_name should be a str, not 7"),
        ({"labels": {"item_id": 7}}, "Meta.labels should be a dict of the fields' names"),
    ],
)
def test_wrong_meta_is_refused(meta: dict[str, Any], said: str) -> None:
    with pytest.raises(RecordTypeError, match=said):
        extended(meta)


def test_wrong_index_options_are_refused() -> None:
    with pytest.raises(RecordTypeError, match="unknown option 'name'"):
        extended({}, {"name": "shop"})
    with pytest.raises(RecordTypeError, match="name of a backend"):
        extended({}, {"using": 7})


def test_a_class_inherits_options_except_those_of_its_own() -> None:
    parent = extended({"abstract": True, "timedepth": 1, "template_name": "base"}, {"using": "a"})
    child = parent.extended("Child", None, None, mapping_names=MAPPING)
    assert (child.timedepth, child.using) == (Timedepth.YEARLY, "a")
    assert (child.abstract, child.template_name) == (False, None)
