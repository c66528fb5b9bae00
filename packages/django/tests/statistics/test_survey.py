from __future__ import annotations

import datetime
from typing import Any

import pytest

from djelme.contracts import Aggregated
from djelme.interval import INTERVALS
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.statistics.field import StatisticsError
from elasticsearch_metrics.statistics.query import RecordStatistics
from elasticsearch_metrics.statistics.result import Bucket, Histogram
from elasticsearch_metrics.statistics.survey import Earlier, compare, shifts, survey

UTC = datetime.timezone.utc
_MAPPINGS = {"item_id": {"type": "long"}, "timestamp": {"type": "date"}}


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[misc,arg-type]


@pytest.fixture
def usage(make_type: Any) -> Any:
    return make_type(attributes={"field_mappings": classmethod(lambda cls: _MAPPINGS)})


class Asked:
    """Stands for a cluster: remembers what was asked, and gives the same answer each time."""

    def __init__(self, answer: Aggregated) -> None:
        self.answer = answer
        self.queries: list[Any] = []
        self.aggregations: list[Any] = []

    def __call__(
        self, expressions: Any, aggregations: Any, *, query: Any, timeout: Any
    ) -> Aggregated:
        self.queries.append(query)
        self.aggregations.append(aggregations)
        return self.answer


@pytest.fixture
def asked(usage: Any, monkeypatch: pytest.MonkeyPatch) -> Asked:
    found = Asked(Aggregated(0, {}))
    backend = djelme_registry.placement(usage).backend
    monkeypatch.setattr(backend, "aggregate", found, raising=False)
    return found


def test_whole_months_are_compared_with_whole_months() -> None:
    assert shifts(utc(2026, 11, 1), utc(2026, 12, 1)) == {"before": 1, "year": 12}
    assert shifts(utc(2026, 1, 1), utc(2027, 1, 1)) == {"before": 12, "year": 12}
    ten_days = {"before": datetime.timedelta(10), "year": 12}
    assert shifts(utc(2026, 11, 1), utc(2026, 11, 11)) == ten_days


def test_what_is_to_come_is_not_compared(usage: Any, asked: Asked) -> None:
    statistics = RecordStatistics(usage, utc(2028, 3, 1), utc(2028, 4, 1))
    now = utc(2028, 3, 30, 12)
    histogram = Histogram(
        INTERVALS["month"], (Bucket(utc(2028, 3, 1), 5),), 5, 0, *statistics.bounds, now
    )
    found = compare(statistics, histogram, "before")
    before = found["before"]
    # February has no 30th, and ends there.
    assert (before.start, before.end) == (utc(2028, 2, 1), utc(2028, 2, 29, 12))
    assert found["year"].end == utc(2027, 3, 30, 12)
    assert before.numbers == {utc(2028, 3, 1): 0}
    assert len(asked.queries) == 1


def test_conditions_hold_for_earlier_ranges_too(usage: Any, asked: Asked) -> None:
    queries = [{"term": {"item_id": 7}}]
    statistics = RecordStatistics(usage, utc(2026, 11, 1), utc(2026, 11, 2), queries=queries)
    histogram = Histogram(INTERVALS["day"], (), 0, 0, *statistics.bounds, utc(2027, 1, 1))
    compare(statistics, histogram, "", queries)
    assert queries[0] in asked.queries[0]["bool"]["filter"]


def test_a_range_without_a_beginning_is_compared_with_nothing(usage: Any, asked: Asked) -> None:
    statistics = RecordStatistics(usage, None, utc(2026, 11, 2))
    histogram = Histogram(INTERVALS["day"], (), 0, 0, *statistics.bounds, utc(2027, 1, 1))
    assert compare(statistics, histogram) == {}
    assert asked.queries == []


@pytest.mark.parametrize(("records", "change"), [(110, 10.0), (50, -50.0), (100, 0.0)])
def test_changes_are_in_percent(records: int, change: float) -> None:
    assert Earlier(utc(1, 1, 1), utc(2, 1, 1), 100).change(records) == pytest.approx(change)
    assert Earlier(utc(1, 1, 1), utc(2, 1, 1), 0).change(records) is None


def test_one_search_asks_all(usage: Any, asked: Asked) -> None:
    found = survey(
        RecordStatistics(usage),
        INTERVALS["day"],
        field="item_id",
        unique="item_id",
        split=True,
    )
    assert len(asked.queries) == 1
    assert set(asked.aggregations[0]) == {
        "periods",
        "oldest",
        "newest",
        "values",
        "missing",
        "distinct",
        "series",
        "unique",
    }
    assert found.top is not None
    assert (found.top.values, found.unique, found.series) == ((), 0, ())


def test_too_many_periods_have_no_series(usage: Any, asked: Asked) -> None:
    statistics = RecordStatistics(usage, utc(2024, 1, 1), utc(2026, 1, 1))
    with pytest.raises(StatisticsError, match="at most 400 periods"):
        survey(statistics, INTERVALS["day"], field="item_id", split=True)
    assert asked.queries == []
    found = survey(statistics, INTERVALS["day"], unique="item_id")
    assert (found.unique, found.unique_series) == (0, None)
    assert "aggs" not in asked.aggregations[0]["periods"]


def test_the_future_is_left_out_unless_it_has_records(usage: Any) -> None:
    now = datetime.datetime.now(UTC)
    start = now.replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    statistics = RecordStatistics(usage, start, start.replace(year=start.year + 2))
    month, last = INTERVALS["month"], start.replace(year=start.year + 1)
    assert len(statistics.read_histogram(month, {}, 0).buckets) == now.month
    milliseconds = int(last.timestamp() * 1000)
    ahead = {"buckets": [{"key": milliseconds, "doc_count": 3}]}
    found = statistics.read_histogram(month, ahead, 3)
    assert found.buckets[-1] == Bucket(last, 3, is_partial=True)
    assert found.untimed == 0
