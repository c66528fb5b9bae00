from __future__ import annotations

import datetime
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import RequestFactory

from elasticsearch_metrics.admin.figures import read_figures
from elasticsearch_metrics.admin.summary import Setup, TypeSummary
from elasticsearch_metrics.statistics.result import Totals

NOW = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)
_MAPPINGS = {"item_id": {"type": "long"}, "timestamp": {"type": "date"}}


@pytest.fixture
def usage(make_type: Any) -> Any:
    return make_type(attributes={"field_mappings": classmethod(lambda cls: _MAPPINGS)})


def summary(usage: Any, records: int = 5, problem: str = "") -> TypeSummary:
    totals = Totals(records, NOW, NOW)
    return TypeSummary(usage, "main", None, NOW, Setup("good", ""), totals, problem=problem)


@pytest.mark.parametrize(
    "query",
    [
        {"field": "item_id"},
        {"split": "on"},
        {"c0-field": "item_id", "c0-operator": "is", "c0-value": "1"},
        {"c4-value": "1"},
    ],
)
def test_who_may_not_see_values_can_not_ask_about_them(usage: Any, query: dict[str, str]) -> None:
    with pytest.raises(PermissionDenied):
        read_figures(RequestFactory().get("/", query), summary(usage), "")


def test_who_may_not_see_values_is_offered_none(usage: Any) -> None:
    figures = read_figures(RequestFactory().get("/"), summary(usage, problem="away"), "")
    assert figures.values_form is None
    assert figures.conditions is None
    assert figures.search_url == ""
    assert (figures.problem, figures.status) == ("away", 503)


def test_the_search_for_records_keeps_range_and_conditions(usage: Any) -> None:
    query = {
        "range": "last-month",
        "interval": "day",
        "format": "csv",
        "c0-field": "item_id",
        "c0-operator": "is",
        "c0-value": "1",
    }
    request = RequestFactory().get("/", query)
    figures = read_figures(request, summary(usage, problem="away"), "/records/")
    assert figures.search_url == (
        "/records/?range=last-month&c0-field=item_id&c0-operator=is&c0-value=1"
    )


def test_of_very_many_records_the_newest_days_are_shown_first(usage: Any) -> None:
    many = summary(usage, records=10_000_001, problem="away")
    figures = read_figures(RequestFactory().get("/"), many, "")
    assert figures.form["since"].value() == "2026-10-25"
    assert figures.form["to"].value() == "2026-11-23"
    figures = read_figures(RequestFactory().get("/", {"range": "all"}), many, "")
    assert figures.form["since"].value() == ""


def test_mistakes_are_told(usage: Any) -> None:
    figures = read_figures(RequestFactory().get("/", {"since": "soon"}), summary(usage), "")
    assert figures.status == 400
    assert figures.form.errors
