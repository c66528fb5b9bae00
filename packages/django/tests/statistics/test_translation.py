from __future__ import annotations

import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from djelme.field import FieldSpec, Kind
from djelme.timedepth import DAILY, MONTHLY
from elasticsearch_metrics.report import Count, CountDistinct, Min, ReportDefinition
from elasticsearch_metrics.statistics.field import StatisticsError
from elasticsearch_metrics.statistics.translation import (
    MAX_VALUES,
    NUMBER,
    Translation,
    count_field,
    has_periods,
)

_MAPPINGS = {
    "item": {"type": "keyword"},
    "tags": {"type": "keyword"},
    "guids": {"type": "keyword"},
    "when": {"type": "date"},
    "usages": {"type": "long"},
}
_SUM = {"sum": {"field": "usages"}}
_MONTHS = {"date_histogram": {"field": "timestamp", "calendar_interval": "month"}}


def recordtype(time_field: str, **mappings: Any) -> Any:
    fields = {
        name: FieldSpec(name, Kind.KEYWORD, multi=name == "tags", listable=name == "guids")
        for name in _MAPPINGS
    }
    return SimpleNamespace(
        TIME_FIELD=time_field,
        djelme=SimpleNamespace(label=f"shop.{time_field}", fields=fields),
        field_mappings=lambda: {**_MAPPINGS, **mappings},
    )


def definition(
    *groups: str, metrics: Any = None, depth: Any = MONTHLY, **mappings: Any
) -> ReportDefinition:
    report = recordtype("timeseries_start", **mappings)
    counted = {"usages": Count()} if metrics is None else metrics
    return ReportDefinition(report, depth, recordtype("timestamp"), groups, None, counted, None)


def translation(*groups: str, lenient: bool = False, **more: Any) -> Translation:
    return Translation(definition(*groups, **more), lenient=lenient)


def test_the_number_of_records_is_a_sum_in_every_bucket() -> None:
    asked = {"periods": {**_MONTHS, "aggs": {"missing": {"missing": {"field": "item"}}}}}
    assert translation("item").of_reports(asked) == {
        "periods": {
            "date_histogram": {"field": "timeseries_start", "calendar_interval": "month"},
            "aggs": {
                NUMBER: _SUM,
                "missing": {"missing": {"field": "item"}, "aggs": {NUMBER: _SUM}},
            },
        }
    }


def test_of_values_all_are_asked_for() -> None:
    asked = {
        "values": {"terms": {"field": "item", "size": 3, "shard_size": 9}},
        "distinct": {"cardinality": {"field": "item"}},
    }
    found = translation("item")
    everything = {"terms": {"field": "item", "size": MAX_VALUES}}
    assert found.of_records(asked) == {"values": everything, "distinct": everything}
    numbered = {**everything, "aggs": {NUMBER: _SUM}}
    assert found.of_reports(asked) == {"values": numbered, "distinct": numbered}
    assert found.needs_values


@pytest.mark.parametrize(
    "asked",
    [
        {"values": {"terms": {"field": "action", "size": 3}}},
        {"unique": {"cardinality": {"field": "session"}}},
        {"total": {"sum": {"field": "item"}}},
        {"periods": {"date_histogram": {"field": "timestamp", "calendar_interval": "day"}}},
        {"periods": {"date_histogram": {"field": "other", "calendar_interval": "month"}}},
        {"values": {"terms": {"field": "item", "size": 3}, "aggs": {"periods": _MONTHS}}},
        {"some": {"filter": {"term": {"size": 3}}}},
    ],
)
def test_what_a_report_does_not_have_is_refused(asked: Any) -> None:
    with pytest.raises(StatisticsError, match=r"^shop\.timeseries_start: "):
        translation("item").of_reports(asked)


def test_distinct_values_are_never_added_up() -> None:
    metrics = {"usages": Count(), "sessions": CountDistinct("session")}
    asked = {"unique": {"cardinality": {"field": "session"}}}
    with pytest.raises(StatisticsError):
        translation(metrics=metrics).of_reports(asked)
    lenient = translation(metrics=metrics, lenient=True)
    assert lenient.of_reports(asked) == {}
    assert lenient.of_records(asked) == {}
    assert lenient.has_left_out


def test_the_first_time_comes_from_a_metric_of_it() -> None:
    asked = {"oldest": {"min": {"field": "timestamp", "format": "x"}}}
    assert translation("item").of_reports(asked) == {}
    metrics = {"usages": Count(), "first": Min("timestamp")}
    found = translation("item", metrics=metrics).of_reports(asked)
    assert found == {"oldest": {"min": {"field": "first", "format": "x"}}}
    filtered = {"usages": Count(), "first": Min("timestamp", filter={"term": {"item": "a"}})}
    assert translation("item", metrics=filtered).of_reports(asked) == {}


def test_a_report_that_may_hold_a_record_twice_or_not_at_all_is_refused() -> None:
    for groups in (("tags",), ("guids",), ("when",)):
        with pytest.raises(StatisticsError, match="twice or not at all"):
            translation(*groups)
    normalized = {"type": "keyword", "normalizer": "lowercase"}
    with pytest.raises(StatisticsError, match="twice or not at all"):
        translation("item", item=normalized)
    with pytest.raises(StatisticsError, match="no Count"):
        translation("item", metrics={"usages": Count(filter={"term": {"item": "a"}})})
    assert count_field(definition(metrics={})) == ""


@pytest.mark.parametrize(
    "query",
    [
        {"term": {"item": "a"}},
        {"exists": {"field": "item"}},
        {"bool": {"must_not": [{"prefix": {"item": "a"}}]}},
        {"bool": {"should": [{"terms": {"item": ["a"]}}], "minimum_should_match": 1}},
    ],
)
def test_conditions_on_groups_hold_for_reports(query: Any) -> None:
    assert translation("item").query(query) == query


@pytest.mark.parametrize(
    "query",
    [
        {"term": {"size": 3}},
        {"exists": {"field": "size"}},
        {"match": {"item": "a"}},
        {"bool": {"filter": [{"term": {"item": "a"}}, {"term": {"size": 3}}]}},
        {"bool": {"filter": {"term": {"item": "a"}}}},
        {"term": {"item": "a"}, "exists": {"field": "item"}},
        {},
    ],
)
def test_other_conditions_are_refused(query: Any) -> None:
    with pytest.raises(StatisticsError, match="for which of its groups"):
        translation("item").query(query)


def test_ranges_of_time_cut_no_cycle() -> None:
    bounds = {"gte": "2026-01-01T00:00:00.000Z", "lt": "2026-02-03T00:00:00.000Z"}
    query = {"bool": {"should": [{"range": {"timestamp": bounds}}]}}
    found = translation("item")
    assert found.query(query) == {"bool": {"should": [{"range": {"timeseries_start": bounds}}]}}
    utc = datetime.timezone.utc
    moments = {
        datetime.datetime(2026, 1, 1, tzinfo=utc),
        datetime.datetime(2026, 2, 3, tzinfo=utc),
    }
    assert found.cuts({}, [query]) == moments
    asked = {"before": {"filter": {"range": {"timestamp": bounds}}, "aggs": {"periods": _MONTHS}}}
    assert found.cuts(asked, []) == moments
    with pytest.raises(StatisticsError, match="isn't read"):
        found.cuts({}, [{"range": {"timestamp": {"gte": "now-1d"}}}])
    with pytest.raises(StatisticsError, match="includes its last moment"):
        found.cuts({}, [{"range": {"timestamp": {"lte": bounds["lt"]}}}])


def test_periods_are_whole_cycles() -> None:
    monthly, daily = definition(), definition(depth=DAILY)
    names = ["year", "quarter", "month", "week", "day", "hour", "minute"]
    assert [name for name in names if has_periods(monthly, name)] == ["year", "quarter", "month"]
    assert [name for name in names if has_periods(daily, name)] == names[:5]
