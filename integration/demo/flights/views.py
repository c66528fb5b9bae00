"""The pages: the year, an airport, and the figures for other programs."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from demo.dataset import airport_names, carrier_names
from demo.flights.chart import column_chart, rows
from demo.flights.figure import summarise_flights, summarise_visits
from demo.flights.metrics import Flight, Visit
from elasticsearch_metrics.recordtype.timeseries import utcnow

if TYPE_CHECKING:
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
        search = flights_of(request)
    except ValueError as error:
        return message(request, "That is no range of time", str(error), status=400)
    summary = summarise_flights(search)
    visits = visits_of_a_day()
    context = {
        "summary": summary,
        "destination_count": len(summary.destinations),
        "chart": column_chart(summary.months),
        "destinations": rows(map(destination_row, summary.destinations[:TOP])),
        "carriers": carrier_rows(summary),
        "visits": visits,
        "from_month": request.GET.get("from") or FROM,
        "until_month": request.GET.get("until") or UNTIL,
    }
    return render(request, "flights/overview.html", context)


@require_safe
def airport(request: HttpRequest, code: str) -> HttpResponse:
    """Show the flights to one airport."""
    summary = summarise_flights(
        Flight.search_timeseries_range(FROM, UNTIL).filter("term", destination=code)
    )
    name = airport_names().get(code, code)
    if not summary.destinations:
        msg = f"No flight left New York for {name} in 2013."
        raise Http404(msg)
    context = {
        "code": code,
        "name": name,
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


def flights_of(request: HttpRequest) -> Search[Flight]:
    """Return the search for the range of time that the query asks for.

    Raises:
        ValueError: if it is no range.
    """
    try:
        return Flight.search_timeseries_range(
            request.GET.get("from") or FROM, request.GET.get("until") or UNTIL
        )
    except ValueError as error:  # with the names that the query has
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
