"""The pages: the year, an airport, and the figures for other programs."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demo.dataset import airport_names, carrier_names
from demo.flights.chart import column_chart, rows
from demo.flights.figure import summarise_flights, summarise_reports, summarise_visits
from demo.flights.metrics import Flight, MonthlyFlights, Visit
from djelme.timeparts import parse_range
from elasticsearch_metrics.recordtype.timeseries import utcnow

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elasticsearch8.dsl import Search

    from demo.flights.summary import Destination, FlightSummary, VisitSummary

__all__ = ("FROM", "UNTIL", "airport", "flights_json", "not_found", "overview")

#: The year in New York goes some hours into January 2014, since times are UTC.
FROM, UNTIL = "2013-01", "2014-02"
TOP = 10


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show the flights of a range of time."""
    try:
        reports = reports_of(request)
        summary = (
            summarise_flights(flights_of(request))
            if reports is None
            else summarise_reports(reports)
        )
    except ValueError as error:
        return message(request, "That is no range of time", str(error), status=400)
    visits = visits_of_a_day()
    context = {
        "summary": summary,
        "destination_count": len(summary.destinations),
        "chart": column_chart(summary.months),
        "destinations": rows(map(destination_row, summary.destinations[:TOP])),
        "carriers": carrier_rows(summary),
        "visits": visits,
        "from_reports": reports is not None,
        "kept_range": kept_range(request),
        "from_month": request.GET.get("from") or FROM,
        "until_month": request.GET.get("until") or UNTIL,
    }
    return render(request, "flights/overview.html", context)


@require_safe
def airport(request: HttpRequest, code: str) -> HttpResponse:
    """Show the flights to one airport."""
    try:
        search = flights_of(request)
    except ValueError as error:
        return message(request, "That is no range of time", str(error), status=400)
    summary = summarise_flights(search.filter("term", destination=code))
    name = airport_names().get(code, code)
    kept = kept_range(request)
    if not summary.destinations:
        when = "in that range of time" if kept else "in 2013"
        msg = f"No flight left New York for {name} {when}."
        raise Http404(msg)
    context = {
        "code": code,
        "name": name,
        "kept_range": kept,
        "from_month": request.GET.get("from") or FROM,
        "until_month": request.GET.get("until") or UNTIL,
        "summary": summary,
        "destination": summary.destinations[0],
        "chart": column_chart(summary.months),
        "carriers": carrier_rows(summary),
    }
    return render(request, "flights/airport.html", context)


@require_safe
def flights_json(request: HttpRequest) -> HttpResponse:
    """Return the figures of a range of time as JSON."""
    try:
        search = flights_of(request)
    except ValueError as error:
        return JsonResponse({"error": str(error)}, status=400)
    return JsonResponse(asdict(summarise_flights(search)))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Show what isn't there."""
    reason = exception.args[0] if exception.args else ""
    text = reason if isinstance(reason, str) else f"There is nothing at {request.path}."
    return message(request, "This page doesn't exist", text, status=404)


def message(request: HttpRequest, title: str, text: str, *, status: int) -> HttpResponse:
    """Show a page of one sentence."""
    return render(request, "flights/message.html", {"title": title, "message": text}, status=status)


def kept_range(request: HttpRequest) -> str:
    """Return the query that keeps the chosen range on the next page; empty for the whole year."""
    chosen = {name: request.GET[name] for name in ("from", "until") if request.GET.get(name)}
    return f"?{urlencode(chosen)}" if chosen else ""


def reports_of(request: HttpRequest) -> Search[MonthlyFlights] | None:
    """Return the search for the reports on what the query asks for; None for parts of months.

    Raises:
        ValueError: if it is no range of time.
    """
    with in_terms_of_query():
        bounds = parse_range(request.GET.get("from") or FROM, request.GET.get("until") or UNTIL)
        starts = [datetime(bound.year, bound.month, 1, tzinfo=timezone.utc) for bound in bounds]
        if list(bounds) != starts:
            return None
        return MonthlyFlights.search_timeseries_range(*bounds)


def flights_of(request: HttpRequest) -> Search[Flight]:
    """Return the search for the range of time that the query asks for.

    Raises:
        ValueError: if it is no range.
    """
    with in_terms_of_query():
        return Flight.search_timeseries_range(
            request.GET.get("from") or FROM, request.GET.get("until") or UNTIL
        )


@contextmanager
def in_terms_of_query() -> Iterator[None]:
    """Let errors name the bounds of a range as the query does.

    Raises:
        ValueError: in place of the one that names the arguments.
    """
    try:
        yield
    except ValueError as error:
        reason = str(error).replace("from_when", "from").replace("until_when", "until")
        raise ValueError(reason) from error


def visits_of_a_day() -> VisitSummary:
    """Return the visits to this site in the last 24 hours."""
    now = utcnow()
    return summarise_visits(Visit.search_timeseries_range(now - timedelta(days=1), now))


def destination_row(destination: Destination) -> tuple[str, str, int, str]:
    """Return what the ranking shows of a destination."""
    delay = destination.mean_delay
    note = "none arrived" if delay is None else f"{delay:+.1f} min"
    name = airport_names().get(destination.code, destination.code)
    return destination.code, name, destination.flights, note


def carrier_rows(summary: FlightSummary) -> list[Any]:
    """Return the ranking of airlines."""
    names = carrier_names()
    return rows(
        (code, names.get(code, code), count, "") for code, count in summary.carriers.items()
    )[:TOP]
