"""The figures of one record type: what is asked for, what was found, and how it is shown.

It is long, as the page, its chart and its downloads are read from one answer.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from djelme.errors import BackendError, ConfigurationError
from djelme.interval import INTERVALS
from elasticsearch_metrics.admin.chart import draw
from elasticsearch_metrics.admin.conditions import Conditions
from elasticsearch_metrics.admin.forms import FiguresForm, ValuesForm
from elasticsearch_metrics.admin.link import RANGE_NAMES, changed, kept
from elasticsearch_metrics.admin.moment import span_text, url_text
from elasticsearch_metrics.admin.period import change_text, period_rows
from elasticsearch_metrics.admin.range import inclusive_text
from elasticsearch_metrics.admin.source import source_text
from elasticsearch_metrics.admin.top import top_rows
from elasticsearch_metrics.statistics.field import StatisticsError, countable_fields
from elasticsearch_metrics.statistics.query import RecordStatistics
from elasticsearch_metrics.statistics.survey import compare, survey
from elasticsearch_metrics.statistics.workbook import can_write_workbooks
from elasticsearch_metrics.usage.setting import UsageSettings, usage_settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from django.http import HttpRequest
    from django.utils.functional import _StrPromise

    from elasticsearch_metrics.admin.chart import Chart
    from elasticsearch_metrics.admin.period import PeriodRow
    from elasticsearch_metrics.admin.summary import TypeSummary
    from elasticsearch_metrics.admin.top import TopRow
    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.statistics.query import Histogram, Totals
    from elasticsearch_metrics.statistics.survey import Earlier, Survey

__all__ = ("Figures", "read_figures")

#: Up to that many records, all of them are shown at first; beyond, the newest days.
ALL_AT_FIRST = 10_000_000
_FIRST_DAYS = 30
#: Rows of the table below the chart; all of them are in the downloads.
MAX_ROWS = 400
_FILTER_NAMES = frozenset({"field", "split"})


@dataclass
class Figures:
    """Records by period, and what is to say about them.

    Attributes:
        recordtype: the record type.
        form: the range of time and what else was chosen.
        query: of the page's address.
        values_form: whose values are counted; None for somebody who may not see any.
        conditions: what holds for the records; None likewise.
        records_url: of the page that searches records; empty likewise.
        survey: what was found; None if nothing could be.
        earlier: earlier ranges that it is compared with, by ``"before"`` and ``"year"``.
        problem: why nothing was found, in words.
        status: of the response to a download without figures.
    """

    recordtype: type[RecordType]
    form: FiguresForm
    query: Mapping[str, str]
    values_form: ValuesForm | None = None
    conditions: Conditions | None = None
    records_url: str = ""
    survey: Survey | None = None
    earlier: Mapping[str, Earlier] = field(default_factory=dict)
    problem: str = ""
    status: int = 200

    @property
    def histogram(self) -> Histogram | None:
        """Records by time, if they could be counted."""
        return self.survey.histogram if self.survey else None

    @property
    def line(self) -> Earlier | None:
        """The earlier range that is drawn beside this one."""
        return next((found for found in self.earlier.values() if found.numbers), None)

    @cached_property
    def periods(self) -> list[PeriodRow]:
        """The periods in the order of time."""
        if self.survey is None:
            return []
        earlier = self.line.numbers if self.line else None
        return period_rows(self.survey, earlier, self._period_url if self.records_url else None)

    @property
    def chart(self) -> Chart | None:
        """The chart, if there is anything to draw."""
        if self.survey is None:
            return None
        return draw(
            self.survey.histogram,
            texts=[row.text for row in self.periods],
            link=self._period_url if self.records_url else None,
            unique=self.survey.unique_series,
            series=self.survey.series,
            earlier=self.line.numbers if self.line else None,
        )

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Styles of the chart and what they stand for; nothing if it is clear."""
        if self.survey is None:
            return []
        names = [name for name, _number in self.periods[0].numbers] if self.periods else []
        kinds = ["unique"] if self.survey.unique_series else []
        kinds += [f"value{place}" for place in range(len(self.survey.series))]
        kinds += ["earlier"] if self.line else []
        legend = list(zip(kinds, names, strict=True)) if names else []
        if self.survey.series:
            legend.append(("others", _("others")))
        elif legend:
            legend.insert(0, ("records", _("records")))
        return legend

    @property
    def rows(self) -> list[PeriodRow]:
        """Periods, latest first, at most `MAX_ROWS`."""
        return self.periods[::-1][:MAX_ROWS]

    @property
    def headings(self) -> list[str]:
        """What the columns beside the numbers of records are called."""
        return [name for name, _number in self.periods[0].numbers] if self.periods else []

    @property
    def left_out(self) -> int:
        """How many periods are in the downloads only."""
        return max(0, len(self.periods) - MAX_ROWS)

    @property
    def timed(self) -> int:
        """Number of records in the periods."""
        return self.histogram.records - self.histogram.untimed if self.histogram else 0

    @property
    def top(self) -> list[TopRow]:
        """The most frequent values of the chosen field."""
        top = self.survey.top if self.survey else None
        return list(top_rows(top, self._value_url)) if top else []

    @property
    def field_label(self) -> str:
        """What the chosen field is called."""
        top = self.survey.top if self.survey else None
        return self.recordtype.djelme.field_label(top.field) if top else ""

    @property
    def compared(self) -> list[tuple[str, str, str]]:
        """Names of earlier ranges, their first and last days, and the change since in percent."""
        names = {
            "before": _("compared with the period before"),
            "year": _("compared with the year before"),
        }
        return [
            (
                names[name],
                span_text(found.start, found.end),
                change_text(found.change(self.histogram.records if self.histogram else 0)),
            )
            for name, found in self.earlier.items()
        ]

    @property
    def source_text(self) -> str:
        """Where the figures come from; empty if that is from all records that there were."""
        return source_text(self.survey.source) if self.survey else ""

    @property
    def search_url(self) -> str:
        """The address of the search for the same records; empty for somebody who may not."""
        if not self.records_url:
            return ""
        given = {**kept(self.query, *RANGE_NAMES), **self._condition_parameters}
        return f"{self.records_url}{changed(given)}" if given else self.records_url

    @property
    def ranges(self) -> Iterator[tuple[_StrPromise, str, bool]]:
        """Ranges that have names: what they are called, their addresses, which one is shown."""
        return self.form.links(self.query)

    @property
    def downloads(self) -> list[tuple[str, str]]:
        """What the downloads are called, and their addresses."""
        offered = [("CSV", changed(self.query, format="csv"))]
        if self.field_label:
            name = _("CSV: %(field)s") % {"field": self.field_label}
            offered.append((name, changed(self.query, format="csv", table="values")))
        offered.append(("JSON", changed(self.query, format="json")))
        if can_write_workbooks():
            offered.append(("XLSX", changed(self.query, format="xlsx")))
        return offered

    @property
    def _condition_parameters(self) -> Mapping[str, str]:
        return self.conditions.parameters if self.conditions else {}

    def _period_url(self, start: datetime.datetime) -> str:
        """Return the address of the search for the records of a period, as far as it is shown."""
        histogram = self.survey.histogram if self.survey else None
        end = histogram.interval.next(start) if histogram else start
        if histogram is not None:
            start = max(start, histogram.start or start)
            end = min(end, histogram.end or end)
        bounds = {"since": url_text(start), "to": inclusive_text(end)}
        return f"{self.records_url}{changed({**bounds, **self._condition_parameters})}"

    def _value_url(self, value: Any) -> str:
        """Return the address of this page about the records with a value only."""
        top = self.survey.top if self.survey else None
        if self.conditions is None or top is None:
            return ""
        narrowed = self.conditions.narrowed(top.field, value)
        return "" if narrowed is None else changed({**self.query, **narrowed})


def read_figures(request: HttpRequest, summary: TypeSummary, records_url: str) -> Figures:
    """Count the records of a type, by two searches and at most one of reports.

    Args:
        request: its query has the range of time, the interval, conditions and the field.
        summary: what is known of the record type already.
        records_url: of the page that searches records; empty for somebody who may not see what
            records hold.

    Raises:
        PermissionDenied: if what was asked for would tell what records hold.
    """
    recordtype = summary.recordtype
    query = {name: request.GET[name] for name in request.GET if name not in {"format", "table"}}
    conditions = Conditions.read(recordtype, query)
    if not records_url and (conditions.parameters or _FILTER_NAMES & query.keys()):
        raise PermissionDenied
    said = _usage_settings(recordtype)
    data = {**_first_range(summary.totals, query), **query}
    figures = Figures(recordtype, FiguresForm(data, now=summary.now), query)
    if records_url:
        values = ValuesForm(recordtype, {"field": said.item, **query})
        figures.values_form, figures.conditions = values, conditions
        figures.records_url = records_url
    _find(figures, summary, said.unique)
    return figures


def _find(figures: Figures, summary: TypeSummary, unique: str) -> None:
    """Ask for figures, unless they are known to be impossible."""
    forms = [figures.form, figures.values_form, figures.conditions]
    if not summary.has_time:
        figures.problem, figures.status = _("The records of this type have no time."), 400
    elif summary.problem or summary.totals is None:
        figures.problem, figures.status = summary.problem, 503
    elif not all([form.is_valid() for form in forms if form is not None]):  # noqa: C419 - each one has to be checked to show its errors
        figures.problem, figures.status = _("Please correct the errors in the filter."), 400
    else:
        try:
            _ask(figures, summary.totals, unique)
        except BackendError as error:
            figures.problem, figures.status = str(error), 503
        except (StatisticsError, ValueError) as error:
            figures.problem, figures.status = str(error), 400


def _ask(figures: Figures, totals: Totals, unique: str) -> None:
    form, values = figures.form, figures.values_form
    queries = figures.conditions.queries if figures.conditions else []
    statistics = RecordStatistics(figures.recordtype, *form.bounds, queries=queries, reports="all")
    named = form.cleaned_data["interval"] or (form.named.interval if form.named else "")
    interval = INTERVALS[named] if named else statistics.best_interval(totals)
    figures.survey = survey(
        statistics,
        interval,
        known=totals,
        field=(values.cleaned_data["field"] if values else "") or None,
        unique=unique or None,
        split=bool(values and values.cleaned_data["split"]),
    )
    compared = form.cleaned_data["compare"] or "before"
    if compared != "none":
        histogram = figures.survey.histogram
        figures.earlier = compare(statistics, histogram, compared, queries)


def _usage_settings(recordtype: type[RecordType]) -> UsageSettings:
    """Return which fields tell items and sessions; empty where they can't be counted."""
    try:
        said = usage_settings_of(recordtype)
    except ConfigurationError:  # a check says so
        return UsageSettings()
    known = countable_fields(recordtype)
    item, unique = (name if name in known else "" for name in (said.item, said.unique))
    return UsageSettings(item=item, unique=unique)


def _first_range(totals: Totals | None, query: Mapping[str, str]) -> dict[str, str]:
    """Return the range of time to show before one was chosen."""
    if kept(query, *RANGE_NAMES) or totals is None or totals.newest is None:
        return {}
    if totals.records <= ALL_AT_FIRST:
        return {}
    end = INTERVALS["day"].next(INTERVALS["day"].floor(totals.newest))
    start = end - datetime.timedelta(days=_FIRST_DAYS)
    return {"since": url_text(start), "to": inclusive_text(end)}
