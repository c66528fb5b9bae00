from __future__ import annotations

import datetime
from fnmatch import fnmatchcase
from typing import Any

import pytest

from djelme.contracts import Aggregated
from djelme.errors import IncompleteAnswerError
from elasticsearch_metrics.statistics.field import StatisticsError
from elasticsearch_metrics.statistics.query import MAX_VALUES, RecordStatistics, Totals

UTC = datetime.timezone.utc


def utc(*parts: int) -> datetime.datetime:
    return datetime.datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]


def milliseconds(moment: datetime.datetime) -> int:
    return int(moment.timestamp() * 1000)


class Backend:
    """Answers searches by a script, and keeps what it was asked."""

    def __init__(self, backend: Any, *answers: Aggregated) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.answers = list(answers)
        backend.aggregate = self.aggregate

    def aggregate(
        self, expressions: Any, aggregations: Any, *, query: Any, timeout: Any
    ) -> Aggregated:
        self.asked.append((expressions, query, aggregations, timeout))
        return self.answers.pop(0)


@pytest.fixture
def usage(make_type: Any) -> Any:
    fields = {"item": {"type": "keyword"}, "good": {"type": "boolean"}}
    return make_type(attributes={"field_mappings": classmethod(lambda cls: fields)})


def periods(**records: int) -> dict[str, Any]:
    buckets = [
        {"key": milliseconds(utc(2026, int(month[1:]), 1)), "doc_count": number}
        for month, number in records.items()
    ]
    return {"periods": {"buckets": buckets}}


def test_periods_without_records_are_there_within_a_range(usage: Any) -> None:
    Backend(usage.get_backend(), Aggregated(7, periods(m2=3, m4=4), ""))
    found = RecordStatistics(usage, "2026-01", "2026-06").histogram("month")
    assert [(bucket.start.month, bucket.records) for bucket in found.buckets] == [
        (1, 0),
        (2, 3),
        (3, 0),
        (4, 4),
        (5, 0),
    ]
    assert (found.records, found.untimed) == (7, 0)


def test_periods_that_the_range_cuts_are_partial(usage: Any) -> None:
    Backend(usage.get_backend(), Aggregated(1, periods(m2=1), ""))
    found = RecordStatistics(usage, "2026-01-15", "2026-04").histogram("month")
    assert [bucket.is_partial for bucket in found.buckets] == [True, False, False]


def test_records_without_a_time_are_said(usage: Any) -> None:
    Backend(usage.get_backend(), Aggregated(9, periods(m2=3), ""))
    assert RecordStatistics(usage, "2026-02", "2026-03").histogram("month").untimed == 6


def test_too_many_periods_are_refused_before_anything_is_asked(usage: Any) -> None:
    backend = Backend(usage.get_backend())
    with pytest.raises(StatisticsError, match="at most 10,000 periods"):
        RecordStatistics(usage, "2020", "2026").histogram("minute")
    assert backend.asked == []


def test_an_incomplete_answer_is_no_figure(usage: Any) -> None:
    Backend(usage.get_backend(), Aggregated(3, {}, "1 of 5 shards gave no answer"))
    with pytest.raises(IncompleteAnswerError, match="1 of 5 shards"):
        RecordStatistics(usage).totals()


def test_totals_without_an_index(usage: Any) -> None:
    Backend(usage.get_backend(), Aggregated(0, {}, ""))
    assert RecordStatistics(usage).totals() == Totals(0)


def test_a_range_asks_the_indexes_that_can_hold_it(usage: Any) -> None:
    backend = Backend(usage.get_backend(), Aggregated(0, {}, ""))
    RecordStatistics(usage, "2026-11-23", "2026-11-24", timeout=0.5).totals()
    ((expressions, query, _, timeout),) = backend.asked
    assert "shop_usage_2026.11.23*" in expressions
    assert not any(fnmatchcase("shop_usage_2026.11.24", name) for name in expressions)
    assert query == usage.time_query(utc(2026, 11, 23), utc(2026, 11, 24))
    assert timeout == 0.5


def test_top_values(usage: Any) -> None:
    values = {
        "buckets": [{"key": 1, "key_as_string": "true", "doc_count": 5}],
        "sum_other_doc_count": 2,
        "doc_count_error_upper_bound": 0,
    }
    answer = {"values": values, "missing": {"doc_count": 3}, "distinct": {"value": 4}}
    Backend(usage.get_backend(), Aggregated(10, answer, ""))
    found = RecordStatistics(usage).top("good", 1)
    assert [(item.value, item.records) for item in found.values] == [(True, 5)]
    assert (found.records, found.missing, found.distinct, found.others) == (10, 3, 4, 2)


@pytest.mark.parametrize("number", [0, -1, MAX_VALUES + 1])
def test_an_impossible_number_of_values(usage: Any, number: int) -> None:
    with pytest.raises(StatisticsError, match="from 1 to 1,000"):
        RecordStatistics(usage).top("item", number)


def test_an_interval_that_there_is_not(usage: Any) -> None:
    with pytest.raises(StatisticsError, match="did you mean 'month'"):
        RecordStatistics(usage).histogram("mont")


@pytest.mark.parametrize(
    ("days", "interval"), [(0, "minute"), (2, "hour"), (40, "day"), (300, "week"), (9000, "year")]
)
def test_the_finest_interval_of_few_periods(usage: Any, days: int, interval: str) -> None:
    oldest = utc(2000, 1, 1)
    newest = oldest + datetime.timedelta(days=days)
    found = RecordStatistics(usage).best_interval(Totals(2, oldest, newest))
    assert found.name == interval
