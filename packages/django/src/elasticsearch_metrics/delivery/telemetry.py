"""Metrics and spans of delivery for OpenTelemetry, by the optional package opentelemetry-api.

They are made if ``DJELME_TELEMETRY`` is on; where they go is the business of whatever SDK the site
configures, and without one they go nowhere. No attribute ever holds a value of a record.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from opentelemetry import metrics, trace
from opentelemetry.trace import SpanKind, Status, StatusCode

from djelme import __version__
from djelme.delivery import DirectDelivery
from djelme.errors import BackendError, ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from opentelemetry.metrics import CallbackOptions, Observation
    from opentelemetry.trace import Span

    from djelme.contracts import Backend
    from djelme.delivery import DeliveryStats
    from djelme.operation import Operation, Outcome
    from elasticsearch_metrics.backend.handler import BackendHandler

__all__ = ("TracedDirectDelivery", "start_telemetry", "traced_store_many")

_SCOPE = "djelme"
_RECORDS = "{record}"

#: Name, what it tells, its unit and where it is in `DeliveryStats`: what goes up and down.
_GAUGES = (
    ("djelme.delivery.queued", "Records that wait in memory", _RECORDS, "queued"),
    ("djelme.delivery.spooled", "Records that wait in the spool", _RECORDS, "spooled"),
    ("djelme.delivery.lag", "How long the oldest waiting record has been waiting", "s", "lag"),
)
#: What only goes up.
_COUNTERS = (
    ("djelme.delivery.sent", "Records that are in the backend", _RECORDS, "sent"),
    ("djelme.delivery.dead", "Records that the backend refused for good", _RECORDS, "dead"),
    ("djelme.delivery.dropped", "Records that were dropped for want of room", _RECORDS, "dropped"),
)


def start_telemetry(backends: BackendHandler) -> None:
    """Offer the metrics of this process's deliveries. Making them opens no connection.

    Args:
        backends: those of the site.
    """
    meter = metrics.get_meter(_SCOPE, __version__)
    for name, description, unit, attribute in _GAUGES:
        meter.create_observable_gauge(name, [_observer(backends, attribute)], unit, description)
    for name, description, unit, attribute in _COUNTERS:
        meter.create_observable_counter(name, [_observer(backends, attribute)], unit, description)


def _observer(
    backends: BackendHandler, attribute: str
) -> Callable[[CallbackOptions], list[Observation]]:
    def observe(_options: CallbackOptions) -> list[Observation]:
        return [
            metrics.Observation(getattr(stats, attribute), {"djelme.backend": name})
            for name, stats in _each_stats(backends)
        ]

    return observe


def _each_stats(backends: BackendHandler) -> Iterator[tuple[str, DeliveryStats]]:
    try:
        names = list(backends)
    except ConfigurationError:
        return  # the system checks report it
    for name in names:
        try:
            stats = backends[name].stats()
        except ConfigurationError:
            continue
        yield name, stats


class TracedDirectDelivery(DirectDelivery):
    """Stores each record before `submit` returns, and tells how that went by a span."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self._backend = backend

    def submit(self, operation: Operation) -> Outcome:
        """Store one record and return its outcome."""
        with _delivering(self._backend, 1):
            return super().submit(operation)


def traced_store_many(
    backend: Backend, store_many: Callable[[Sequence[Operation]], list[Outcome]]
) -> Callable[[Sequence[Operation]], list[Outcome]]:
    """Return what stores batches as another function does, and tells how that went by a span."""

    def store(operations: Sequence[Operation]) -> list[Outcome]:
        with _delivering(backend, len(operations)) as span:
            outcomes = store_many(operations)
            refused = sum(outcome.reason is not None for outcome in outcomes)
            span.set_attribute("djelme.refused", refused)
            if refused:
                span.set_status(Status(StatusCode.ERROR, f"{refused} records were refused"))
            return outcomes

    return store


@contextmanager
def _delivering(backend: Backend, records: int) -> Iterator[Span]:
    """Make a span around a request with records.

    An error is told by its class and status only: its message may quote what was sent.
    """
    with trace.get_tracer(_SCOPE, __version__).start_as_current_span(
        "djelme.deliver",
        kind=SpanKind.CLIENT,
        attributes={
            "db.system.name": "elasticsearch",
            "djelme.backend": backend.name,
            "djelme.delivery": backend.delivery_options.mode,
            "djelme.records": records,
        },
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield span
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            if isinstance(error, BackendError):
                status = getattr(error, "status", None)
                if status is not None:
                    span.set_attribute("http.response.status_code", status)
            span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise
