"""The DSL's `iterate()`, which goes through everything at a point in time."""

from __future__ import annotations

import asyncio
import datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

COUNT = 25
WHEN = datetime.datetime(2026, 2, 3, tzinfo=datetime.timezone.utc)
RANGE = (2026, 2), (2026, 3)


@pytest.fixture
def usage(site: Site) -> Any:
    @site.set_up
    class UsageRecord:
        item_id: int

    return UsageRecord


def fill(usage: Any) -> None:
    usage.bulk_record({"item_id": number, "timestamp": WHEN} for number in range(COUNT))
    usage.refresh()


def test_all_records_are_given(usage: Any) -> None:
    assert list(usage.search_timeseries_range(*RANGE).iterate()) == []
    fill(usage)
    found = list(usage.search_timeseries_range(*RANGE).extra(size=10).iterate())
    assert {type(hit) for hit in found} == {usage}
    assert sorted(hit.item_id for hit in found) == list(range(COUNT))


def test_what_comes_meanwhile_is_not_seen(usage: Any) -> None:
    fill(usage)
    found = []
    for hit in usage.search().extra(size=10).sort("item_id").iterate():
        found.append(hit.item_id)
        if len(found) == 1:
            usage.record(item_id=COUNT, timestamp=WHEN)
            usage.refresh()
    assert found == list(range(COUNT))
    assert usage.search().count() == COUNT + 1


def test_asynchronous_searches_do_so_too(usage: Any) -> None:
    fill(usage)

    async def read() -> list[int]:
        search = usage.asearch_timeseries_range(*RANGE).extra(size=10)
        return sorted([hit.item_id async for hit in search.iterate()])

    assert asyncio.run(read()) == list(range(COUNT))
