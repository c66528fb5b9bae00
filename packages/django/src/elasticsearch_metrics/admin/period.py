"""The periods of a histogram in words: how they are called, what cuts them off, their numbers."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _

from elasticsearch_metrics.admin.cell import Cell
from elasticsearch_metrics.admin.moment import period_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from elasticsearch_metrics.statistics.query import Bucket, Histogram
    from elasticsearch_metrics.statistics.survey import Survey

__all__ = ("PeriodRow", "change_text", "number_text", "partial_note", "period_rows")

_MILLISECOND = datetime.timedelta(milliseconds=1)


@dataclass(frozen=True)
class PeriodRow:
    """A period and its numbers.

    Attributes:
        name: of the period.
        note: what cuts it off; empty for a whole one.
        records: number of its records.
        numbers: what is shown beside it: names and numbers; None where there is none.
        url: of its records; empty for none.
    """

    name: str
    note: str
    records: int
    numbers: tuple[tuple[str, int | None], ...] = ()
    url: str = ""

    @property
    def text(self) -> str:
        """All of it in a line."""
        note = f" ({self.note})" if self.note else ""
        beside = "".join(
            f"; {name}: {number_text(number)}"
            for name, number in self.numbers
            if number is not None
        )
        return f"{self.name}: {number_text(self.records)}{note}{beside}"


def period_rows(
    survey: Survey,
    earlier: Mapping[datetime.datetime, int] | None,
    link: Callable[[datetime.datetime], str] | None,
) -> list[PeriodRow]:
    """Return the periods of a histogram in their order.

    Args:
        survey: what was found.
        earlier: numbers of records by period of an earlier range, if they were asked for.
        link: gives the address of a period's records, by its first moment.
    """
    histogram, rows = survey.histogram, []
    for bucket in histogram.buckets:
        numbers: list[tuple[str, int | None]] = []
        if survey.unique_series is not None:
            numbers.append((_("unique"), survey.unique_series.numbers.get(bucket.start, 0)))
        numbers += [
            (Cell.of(series.value).text, series.numbers.get(bucket.start, 0))
            for series in survey.series
        ]
        if earlier:
            numbers.append((_("earlier"), earlier.get(bucket.start)))
        name = period_text(histogram.interval, bucket.start)
        url = link(bucket.start) if link else ""
        note = partial_note(histogram, bucket)
        rows.append(PeriodRow(name, note, bucket.records, tuple(numbers), url))
    return rows


def partial_note(histogram: Histogram, bucket: Bucket) -> str:
    """Return what cuts a period off, as in "from 1 Nov, so far"; empty for a whole one."""
    if not bucket.is_partial:
        return ""
    notes = []
    end = histogram.interval.next(bucket.start)
    if histogram.start is not None and bucket.start < histogram.start:
        notes.append(_("from %(moment)s") % {"moment": _short(histogram.start)})
    asked, now = histogram.end, histogram.as_of
    if now is not None and now < end and (asked is None or now < asked):
        notes.append(_("so far"))
    elif asked is not None and asked < end:
        notes.append(_("to %(moment)s") % {"moment": _short(asked, is_end=True)})
    return ", ".join(notes)


def number_text(number: int) -> str:
    """Return a number as people of the active language write it."""
    return str(number_format(number, 0, use_l10n=True, force_grouping=True))


def change_text(percent: float | None) -> str:
    """Return by how much a number is more or less than an earlier one, in percent."""
    if percent is None:
        return "\N{EN DASH}"
    sign = "+" if percent > 0 else "\N{MINUS SIGN}" if percent < 0 else "\N{PLUS-MINUS SIGN}"
    number = number_format(abs(percent), 1, use_l10n=True, force_grouping=True)
    return f"{sign}{number}\N{NO-BREAK SPACE}%"


def _short(moment: datetime.datetime, *, is_end: bool = False) -> str:
    if moment.time() == datetime.time():
        return date_format(moment - _MILLISECOND if is_end else moment, "j M")
    return date_format(moment, "j M H:i")
