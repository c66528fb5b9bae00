"""Ask Elasticsearch for the figures: each set of them by one search with aggregations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.flights.summary import Destination, FlightSummary, VisitSummary
from demo.imp import MONTHLY

if TYPE_CHECKING:
    from elasticsearch8.dsl import Search

__all__ = ("summarise_flights", "summarise_reports", "summarise_visits")

#: More than there are destinations, carriers or paths, so that no bucket is missing.
ALL = 2_000


def summarise_flights(search: Search[Any]) -> FlightSummary:
    """Return the figures of a search over flights."""
    search = search.extra(size=0)
    aggregations = search.aggs
    aggregations.metric("flights", "value_count", field="timestamp")
    aggregations.metric("cancelled", "missing", field="departure_delay")
    aggregations.metric("miles", "sum", field="distance")
    aggregations.metric("departure_delay", "sum", field="departure_delay")
    aggregations.bucket("months", "date_histogram", field="timestamp", format="yyyy-MM", **MONTHLY)
    aggregations.bucket("carriers", "terms", field="carrier", size=ALL)
    destinations = aggregations.bucket("destinations", "terms", field="destination", size=ALL)
    destinations.metric("miles", "sum", field="distance")
    destinations.metric("arrivals", "value_count", field="arrival_delay")
    destinations.metric("delay", "sum", field="arrival_delay")
    found: Any = search.execute().aggregations
    if "flights" not in found:  # no index of the range exists, so nothing was aggregated
        return FlightSummary()
    return FlightSummary(
        flights=found.flights.value,
        cancelled=found.cancelled.doc_count,
        miles=int(found.miles.value),
        departure_delay=int(found.departure_delay.value),
        months={bucket.key_as_string: bucket.doc_count for bucket in found.months.buckets},
        destinations=[
            Destination(
                code=bucket.key,
                flights=bucket.doc_count,
                miles=int(bucket.miles.value),
                arrivals=bucket.arrivals.value,
                delay=int(bucket.delay.value),
            )
            for bucket in found.destinations.buckets
        ],
        carriers={bucket.key: bucket.doc_count for bucket in found.carriers.buckets},
    )


def summarise_reports(search: Search[Any]) -> FlightSummary:
    """Return the figures of a search over monthly reports of flights."""
    search = search.extra(size=0)
    for name in ("flights", "cancelled", "miles", "departure_delay"):
        search.aggs.metric(name, "sum", field=name)
    months = search.aggs.bucket(
        "months", "date_histogram", field="timeseries_start", format="yyyy-MM", **MONTHLY
    )
    carriers = search.aggs.bucket("carriers", "terms", field="carrier", size=ALL)
    destinations = search.aggs.bucket("destinations", "terms", field="destination", size=ALL)
    for buckets in (months, carriers, destinations):
        buckets.metric("flights", "sum", field="flights")
    for name in ("miles", "arrivals", "arrival_delay"):
        destinations.metric(name, "sum", field=name)
    found: Any = search.execute().aggregations
    if "flights" not in found:  # no report is built
        return FlightSummary()
    by_carrier = [(each.key, int(each.flights.value)) for each in found.carriers.buckets]
    by_destination = [
        Destination(
            code=bucket.key,
            flights=int(bucket.flights.value),
            miles=int(bucket.miles.value),
            arrivals=int(bucket.arrivals.value),
            delay=int(bucket.arrival_delay.value),
        )
        for bucket in found.destinations.buckets
    ]
    return FlightSummary(
        flights=int(found.flights.value),
        cancelled=int(found.cancelled.value),
        miles=int(found.miles.value),
        departure_delay=int(found.departure_delay.value),
        months={each.key_as_string: int(each.flights.value) for each in found.months.buckets},
        destinations=sorted(by_destination, key=lambda each: (-each.flights, each.code)),
        carriers=dict(sorted(by_carrier, key=lambda each: (-each[1], each[0]))),
    )


def summarise_visits(search: Search[Any]) -> VisitSummary:
    """Return the figures of a search over visits."""
    search = search.extra(size=0)
    search.aggs.metric("visits", "value_count", field="timestamp")
    search.aggs.metric("mean", "avg", field="duration_ms")
    paths = search.aggs.bucket("paths", "terms", field="path", size=ALL)
    paths.bucket("statuses", "terms", field="status", size=100)
    found: Any = search.execute().aggregations
    if "visits" not in found:  # as above
        return VisitSummary()
    return VisitSummary(
        visits=found.visits.value,
        by_path={
            (path.key, int(status.key)): status.doc_count
            for path in found.paths.buckets
            for status in path.statuses.buckets
        },
        mean_ms=found.mean.value,
    )
