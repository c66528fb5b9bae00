from __future__ import annotations

import datetime
from typing import Any

import pytest

from djelme.cover import MAX_BYTES
from djelme.errors import RecordTypeError
from elasticsearch_metrics.registry import djelme_registry

UTC = datetime.timezone.utc


def day(number: int) -> datetime.datetime:
    return datetime.datetime(2026, 1, 1, tzinfo=UTC) + datetime.timedelta(days=number)


def test_names_begin_with_app_and_type(make_type: Any) -> None:
    placement = djelme_registry.placement(make_type(app_label="my_app"))
    assert placement.naming.template_name == "my_app_usage"
    assert placement.pattern == "my_app_usage_*"
    assert placement.naming.index_name(day(0)) == "my_app_usage_2026.01.01"
    assert placement.published_template_name == "myapp_usage__template"


def test_options_name_template_and_indexes(make_type: Any) -> None:
    usage = make_type(
        template_name="pviews", template="pviews_2*", index_name_prefix="site_", timedepth=2
    )
    placement = djelme_registry.placement(usage)
    assert placement.naming.index_name(day(40)) == "site_pviews_2026.02"
    assert placement.pattern == "site_pviews_2*"


def test_another_type_whose_name_begins_alike_is_left_out(make_type: Any) -> None:
    usage, old = make_type("Usage"), make_type("Usage_Old")
    placement = djelme_registry.placement(usage)
    assert placement.all_indexes()[-1] == "-shop_usage_old_*"
    assert placement.cover(day(0), day(2))[-1] == "-shop_usage_old_*"
    of_old = djelme_registry.placement(old).cover(day(0), day(1))
    assert not any(name.startswith("-") for name in of_old)


def test_an_empty_range_still_names_the_type(make_type: Any) -> None:
    """No name at all would mean all indexes of the cluster."""
    placement = djelme_registry.placement(make_type())
    assert placement.cover(day(3), day(3))
    assert all("shop_usage" in name for name in placement.cover(day(3), day(3)))


def test_exclusions_count_for_the_bytes_of_names(make_type: Any) -> None:
    usage = make_type("Usage")
    for number in range(20):
        make_type(f"Usage_{number}")
    names = djelme_registry.placement(usage).cover(day(0), day(3000))
    assert len(",".join(names).encode()) <= MAX_BYTES


@pytest.mark.parametrize("name", ["Ünlaut" * 60, "A" * 300])
def test_a_name_that_elasticsearch_refuses_is_an_error(make_type: Any, name: str) -> None:
    usage = make_type()
    options = usage.djelme.options
    object.__setattr__(options, "template_name", f"{name}*")
    with pytest.raises(RecordTypeError):
        djelme_registry.placement(usage)


def test_a_placement_for_a_bulk_is_the_same_place(make_type: Any) -> None:
    placement = djelme_registry.placement(make_type())
    in_bulk = placement.for_bulk()
    assert (in_bulk.in_bulk, placement.in_bulk) == (True, False)
    assert in_bulk.naming == placement.naming
    assert in_bulk.backend is placement.backend
