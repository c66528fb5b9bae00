"""The page with the figures of one record type, and the same figures as CSV and JSON."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from djelme.errors import BackendError
from djelme.interval import INTERVALS
from elasticsearch_metrics.admin.chart import draw
from elasticsearch_metrics.admin.forms import FiguresForm
from elasticsearch_metrics.admin.moment import period_text, url_text
from elasticsearch_metrics.statistics.field import StatisticsError
from elasticsearch_metrics.statistics.query import RecordStatistics
from elasticsearch_metrics.statistics.sheet import (
    file_name,
    histogram_document,
    histogram_table,
    table_text,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from elasticsearch_metrics.admin.chart import Chart
    from elasticsearch_metrics.admin.summary import TypeSummary
    from elasticsearch_metrics.statistics.query import Histogram, Totals

__all__ = ("Figures", "as_csv", "as_json", "quick_ranges", "read_figures")

#: Up to that many records, all of them are shown at first; beyond, the newest days.
ALL_AT_FIRST = 10_000_000
_FIRST_DAYS = 30
#: Rows of the table below the chart; all of them are in the downloads.
MAX_ROWS = 400


@dataclass
class Figures:
    """Records by period.

    Attributes:
        form: the range of time, as it was asked for or chosen.
        histogram: what was found; None if nothing could be.
        problem: why not, in words.
        status: of the response to a download without figures.
    """

    form: FiguresForm
    histogram: Histogram | None = None
    problem: str = ""
    status: int = 200

    @property
    def chart(self) -> Chart | None:
        """The chart, if there is anything to draw."""
        return draw(self.histogram) if self.histogram else None

    @property
    def rows(self) -> list[tuple[str, int]]:
        """Names of periods and numbers of records, latest first, at most `MAX_ROWS`."""
        if self.histogram is None:
            return []
        interval = self.histogram.interval
        latest = self.histogram.buckets[::-1][:MAX_ROWS]
        return [(period_text(interval, bucket.start), bucket.records) for bucket in latest]

    @property
    def left_out(self) -> int:
        """How many periods are in the downloads only."""
        return max(0, len(self.histogram.buckets) - MAX_ROWS) if self.histogram else 0

    @property
    def timed(self) -> int:
        """Number of records in the periods."""
        return self.histogram.records - self.histogram.untimed if self.histogram else 0


def read_figures(request: HttpRequest, summary: TypeSummary) -> Figures:
    """Count the records of a type by period, by one search at most.

    Args:
        request: its query has the range of time and the interval.
        summary: what is known of the record type already.
    """
    asked = any(request.GET.get(name) for name in FiguresForm.base_fields)
    form = FiguresForm(request.GET) if asked else FiguresForm()
    if not summary.has_time:
        return Figures(form, problem=_("The records of this type have no time."), status=400)
    if summary.problem or summary.totals is None:
        return Figures(form, problem=summary.problem, status=503)
    if asked and not form.is_valid():
        return Figures(form, problem=_("Please correct the errors in the filter."), status=400)
    totals = summary.totals
    if asked:
        since, before = form.bounds
        interval = form.cleaned_data["interval"]
    else:
        since, before = _first_range(totals)
        interval = ""
        form = FiguresForm(initial=_initial(since, before))
    try:
        statistics = RecordStatistics(summary.recordtype, since, before)
        chosen = INTERVALS[interval] if interval else statistics.best_interval(totals)
        return Figures(form, statistics.histogram(chosen))
    except BackendError as error:
        return Figures(form, problem=str(error), status=503)
    except (StatisticsError, ValueError) as error:
        return Figures(form, problem=str(error), status=400)


def quick_ranges(
    now: datetime.datetime, totals: Totals | None
) -> Iterator[tuple[str | _StrPromise, dict[str, str]]]:
    """Yield ranges of time to choose from: names, and what they put into the form."""
    hour = INTERVALS["hour"].next(INTERVALS["hour"].floor(now))
    day = INTERVALS["day"].next(INTERVALS["day"].floor(now))
    month = INTERVALS["month"].next(INTERVALS["month"].floor(now))
    yield _("24 hours"), _query(hour - datetime.timedelta(days=1), hour, "hour")
    yield _("7 days"), _query(day - datetime.timedelta(days=7), day, "day")
    yield _("30 days"), _query(day - datetime.timedelta(days=30), day, "day")
    yield _("12 months"), _query(month.replace(year=month.year - 1), month, "month")
    if totals is not None and totals.oldest and totals.newest:
        first = INTERVALS["month"].floor(totals.oldest)
        last = INTERVALS["month"].next(INTERVALS["month"].floor(totals.newest))
        yield _("All"), _query(first, last, "")


def as_csv(summary: TypeSummary, figures: Figures) -> HttpResponse:
    """Return the figures as a CSV file: the first moments of periods, and numbers."""
    histogram = figures.histogram
    if histogram is None:
        return HttpResponse(figures.problem, status=figures.status, content_type="text/plain")
    response = HttpResponse(
        table_text(histogram_table(histogram)), content_type="text/csv; charset=utf-8"
    )
    name = file_name(summary.label, histogram, "csv")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def as_json(summary: TypeSummary, figures: Figures) -> JsonResponse:
    """Return the figures in the form that ``djelme_stats --format json`` has, for one range."""
    histogram = figures.histogram
    if histogram is None:
        return JsonResponse({"error": figures.problem}, status=figures.status)
    totals = summary.totals
    answer: dict[str, Any] = {
        "recordtype": summary.label,
        "records": histogram.records,
        "oldest": totals.oldest if totals else None,
        "newest": totals.newest if totals else None,
        "histogram": histogram_document(histogram),
    }
    name = file_name(summary.label, histogram, "json")
    return JsonResponse(answer, headers={"Content-Disposition": f'attachment; filename="{name}"'})


def _first_range(totals: Totals) -> tuple[datetime.datetime | None, datetime.datetime | None]:
    """Return the range of time to show before one was chosen."""
    if totals.newest is None or totals.oldest is None:
        return None, None
    if totals.records <= ALL_AT_FIRST:
        return None, None
    end = INTERVALS["day"].next(INTERVALS["day"].floor(totals.newest))
    return end - datetime.timedelta(days=_FIRST_DAYS), end


def _initial(
    since: datetime.datetime | None, before: datetime.datetime | None
) -> dict[str, str | None]:
    return {
        "since": url_text(since) if since else None,
        "before": url_text(before) if before else None,
    }


def _query(since: datetime.datetime, before: datetime.datetime, interval: str) -> dict[str, str]:
    query = {"since": url_text(since), "before": url_text(before)}
    return {**query, "interval": interval} if interval else query
