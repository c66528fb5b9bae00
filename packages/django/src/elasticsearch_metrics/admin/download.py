"""The figures of a record type as files: CSV, JSON, and a workbook where it can be written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from elasticsearch_metrics.admin.conditions import value_text
from elasticsearch_metrics.statistics.document import (
    figures_document,
    histogram_document,
    json_value,
    range_document,
    top_document,
)
from elasticsearch_metrics.statistics.sheet import (
    file_name,
    histogram_table,
    table_text,
    top_table,
)
from elasticsearch_metrics.statistics.workbook import can_write_workbooks, workbook

if TYPE_CHECKING:
    import datetime
    from collections.abc import Mapping

    from elasticsearch_metrics.admin.figures import Figures
    from elasticsearch_metrics.admin.summary import TypeSummary
    from elasticsearch_metrics.statistics.survey import Survey

_Response = TypeVar("_Response", bound=HttpResponseBase)

__all__ = ("DOWNLOADS", "attachment", "download")

#: Kinds of files by the parameter ``format``.
DOWNLOADS = ("csv", "json", "xlsx")
_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_VALUES = "values"


def download(kind: str, table: str, summary: TypeSummary, figures: Figures) -> HttpResponse:
    """Return figures as a file.

    Args:
        kind: one of `DOWNLOADS`.
        table: ``"values"`` for the CSV of values; periods otherwise.
        summary: of the record type.
        figures: what was found.
    """
    found = figures.survey
    problem, status = figures.problem, figures.status
    if found is not None and kind == "csv" and table == _VALUES and found.top is None:
        found, problem, status = None, _("Choose a field whose values are counted."), 400
    if kind == "xlsx" and not can_write_workbooks():
        found, status = None, 501
        problem = _("The site can't write XLSX: it needs the extra “xlsx”.")
    if found is None:
        if kind == "json":
            return JsonResponse({"error": problem}, status=status)
        return HttpResponse(problem, status=status, content_type="text/plain; charset=utf-8")
    label, histogram = summary.label, found.histogram
    name = file_name(label, histogram, kind)
    if kind == "json":
        return attachment(JsonResponse(_document(label, figures, found)), name)
    if kind == "xlsx":
        tables = {"periods": histogram_table(histogram, _beside(figures, found))}
        if found.top is not None:
            tables[_VALUES] = top_table(found.top)
        return attachment(HttpResponse(workbook(tables), content_type=_XLSX), name)
    rows = histogram_table(histogram, _beside(figures, found))
    if table == _VALUES and found.top is not None:
        rows = top_table(found.top)
        name = file_name(label, histogram, kind, field=found.top.field)
    return attachment(HttpResponse(table_text(rows), content_type="text/csv; charset=utf-8"), name)


def attachment(response: _Response, name: str) -> _Response:
    """Return a response with the name that its file gets."""
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _beside(figures: Figures, found: Survey) -> list[tuple[str, Mapping[datetime.datetime, int]]]:
    """Return the columns beside the numbers of records."""
    columns = [(value_text(series.value), series.numbers) for series in found.series]
    if found.unique_series is not None:
        columns.insert(0, ("unique", found.unique_series.numbers))
    if figures.line is not None:
        columns.append(("earlier", figures.line.numbers))
    return columns


def _document(label: str, figures: Figures, found: Survey) -> dict[str, Any]:
    """Return figures in the form that ``djelme_stats --format json`` has."""
    histogram, bounds = found.histogram, (found.histogram.start, found.histogram.end)
    return {
        **figures_document(label, found.totals, bounds, histogram.as_of),
        "unique": found.unique,
        "histogram": histogram_document(histogram),
        "top": top_document(found.top, found.series) if found.top else None,
        "earlier": {
            name: {**range_document(earlier.start, earlier.end), "records": earlier.records}
            for name, earlier in figures.earlier.items()
        },
        "conditions": [
            {
                "field": form.cleaned_data["field"],
                "operator": form.cleaned_data["operator"],
                "value": json_value(form.cleaned_data["value"]),
            }
            for form in (figures.conditions.forms if figures.conditions else ())
            if form.condition is not None
        ],
    }
