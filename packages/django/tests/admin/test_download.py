from __future__ import annotations

import datetime
import json
from typing import Any

import pytest
from django.http import QueryDict

from djelme.interval import INTERVALS
from elasticsearch_metrics.admin import download as module
from elasticsearch_metrics.admin.download import download
from elasticsearch_metrics.admin.figures import Figures
from elasticsearch_metrics.admin.forms import FiguresForm
from elasticsearch_metrics.admin.summary import Setup, TypeSummary
from elasticsearch_metrics.statistics.result import (
    Bucket,
    Histogram,
    TopValues,
    Totals,
    ValueCount,
)
from elasticsearch_metrics.statistics.survey import Earlier, Series, Survey

START = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)
END = datetime.datetime(2026, 12, 1, tzinfo=datetime.timezone.utc)


@pytest.fixture
def found(make_type: Any) -> tuple[TypeSummary, Figures]:
    usage = make_type()
    summary = TypeSummary(usage, "main", None, END, Setup("good", ""))
    figures = Figures(usage, FiguresForm({}), QueryDict())
    figures.survey = Survey(
        Histogram(INTERVALS["month"], (Bucket(START, 3),), 4, 1, START, END, END),
        Totals(4, START, START),
        TopValues("name", (ValueCount("=a", 2),), 4, 1, 2, 1, 0),
        2,
        Series(None, {START: 2}),
        (Series("=a", {START: 2}),),
    )
    before = START.replace(month=10)
    figures.earlier = {"before": Earlier(before, START, 7, {START: 7})}
    return summary, figures


def test_csv_has_a_column_for_each_series(found: Any) -> None:
    response = download("csv", "", *found)
    name = "shop.Usage_2026-11-01_to_2026-11-30_by_month.csv"
    assert response["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.content.decode() == (
        "month,records,partial,unique,'=a,earlier\n"
        "2026-11-01,3,false,2,2,7\n"
        "(no value),1,false,,,\n"
    )


def test_values_are_a_file_of_their_own(found: Any) -> None:
    response = download("csv", "values", *found)
    assert "_by_name.csv" in response["Content-Disposition"]
    assert response.content.decode() == "name,records\n'=a,2\n(others),1\n(no value),1\n"


def test_earlier_ranges_say_what_they_are(found: Any) -> None:
    told = json.loads(download("json", "", *found).content)
    assert told["range"] == {
        "start": "2026-11-01T00:00:00.000Z",
        "end": "2026-12-01T00:00:00.000Z",
    }
    assert told["earlier"] == {
        "before": {
            "start": "2026-10-01T00:00:00.000Z",
            "end": "2026-11-01T00:00:00.000Z",
            "records": 7,
        }
    }
    assert (told["records"], told["unique"], told["conditions"]) == (4, 2, [])


def test_a_workbook_has_both(found: Any) -> None:
    response = download("xlsx", "", *found)
    assert response["Content-Type"].endswith("spreadsheetml.sheet")
    assert response.content[:2] == b"PK"


def test_without_the_extra_there_is_no_workbook(
    found: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "can_write_workbooks", lambda: False)
    response = download("xlsx", "", *found)
    assert (response.status_code, "xlsx" in response.content.decode()) == (501, True)


def test_a_problem_is_no_file(found: Any) -> None:
    summary, figures = found
    figures.survey, figures.problem, figures.status = None, "away", 503
    for kind in ("csv", "json", "xlsx"):
        response = download(kind, "", summary, figures)
        assert response.status_code == 503
        assert "Content-Disposition" not in response
