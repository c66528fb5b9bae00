from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from djelme.errors import BackendRefusedError, BackendUnreachableError
from djelme.operation import Outcome
from elasticsearch_metrics.checks import check_djelme
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAKE_IMP = "djelme_fake_imp"


@pytest.fixture(scope="module")
def exported() -> Iterator[Any]:
    """What a site's SDK gets: spans in a list, metrics when they are asked for."""
    from opentelemetry import metrics, trace
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.metrics.export import InMemoryMetricReader
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    from elasticsearch_metrics.delivery.telemetry import start_telemetry

    class Exported:
        spans = InMemorySpanExporter()
        reader = InMemoryMetricReader()

        def metrics(self) -> dict[str, dict[str, float]]:
            """Return values by name of the metric and of the backend."""
            found = self.reader.get_metrics_data()
            return {
                metric.name: {
                    str((point.attributes or {})["djelme.backend"]): point.value  # type: ignore[union-attr]
                    for point in metric.data.data_points
                }
                for resource in (found.resource_metrics if found else ())
                for scope in resource.scope_metrics
                for metric in scope.metrics
                if scope.scope.name == "djelme"
            }

    tracers = TracerProvider(shutdown_on_exit=False)
    tracers.add_span_processor(SimpleSpanProcessor(Exported.spans))
    meters = MeterProvider([Exported.reader], shutdown_on_exit=False)
    trace.set_tracer_provider(tracers)
    metrics.set_meter_provider(meters)
    start_telemetry(djelme_registry.all_backends)
    yield Exported()
    tracers.shutdown()
    meters.shutdown()


@pytest.fixture
def on(exported: Any) -> Iterator[Any]:
    exported.spans.clear()
    with override_settings(DJELME_TELEMETRY=True):
        yield exported


def test_a_stored_record_is_a_span(on: Any, make_type: Any) -> None:
    usage = make_type()
    usage.sync_index_template()
    usage.record(item_id=7)
    (span,) = on.spans.get_finished_spans()
    assert span.name == "djelme.deliver"
    assert dict(span.attributes) == {
        "db.system.name": "elasticsearch",
        "djelme.backend": "main",
        "djelme.delivery": "direct",
        "djelme.records": 1,
    }
    assert span.status.is_ok or span.status.is_unset
    assert on.metrics()["djelme.delivery.sent"] == {"main": 1}
    assert on.metrics()["djelme.delivery.queued"] == {"main": 0}


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (BackendUnreachableError(backend="main", reason="secret value"), None),
        (BackendRefusedError(backend="main", status=400, reason="secret value"), 400),
    ],
)
def test_a_span_tells_an_error_without_quoting_it(
    on: Any, make_type: Any, error: Exception, status: int | None
) -> None:
    usage = make_type()
    usage.sync_index_template()
    usage.record(item_id=1)
    on.spans.clear()
    usage.get_backend().error = error
    with pytest.raises(type(error)):
        usage.record(item_id=7)
    (span,) = on.spans.get_finished_spans()
    assert not span.status.is_ok
    assert span.attributes["error.type"] == type(error).__name__
    assert span.attributes.get("http.response.status_code") == status
    assert "secret" not in span.to_json()
    assert on.metrics()["djelme.delivery.sent"] == {"main": 1}


def test_a_batch_is_a_span(on: Any, make_type: Any, tmp_path: Path) -> None:
    options = {
        "djelme_delivery": "durable",
        "djelme_spool_dir": str(tmp_path),
        "djelme_batch_delay": 3600,
    }
    with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: options}}):
        usage = make_type()
        usage.sync_index_template()
        for number in range(3):
            usage.record(item_id=number)
        backend = usage.get_backend()
        assert on.metrics()["djelme.delivery.spooled"] == {"main": 3}
        assert backend.flush(10)
        sent = on.metrics()
        spans = on.spans.get_finished_spans()
        backend.delivery.close()
    assert sent["djelme.delivery.sent"] == {"main": 3}
    assert sent["djelme.delivery.spooled"] == {"main": 0}
    assert sent["djelme.delivery.dead"] == {"main": 0}
    assert sent["djelme.delivery.dropped"] == {"main": 0}
    assert sum(span.attributes["djelme.records"] for span in spans) == 3
    assert {span.attributes["djelme.delivery"] for span in spans} == {"durable"}


def test_a_batch_with_refused_records_says_how_many(on: Any, make_type: Any) -> None:
    from elasticsearch_metrics.delivery.telemetry import traced_store_many

    backend = make_type().get_backend()
    outcomes = [Outcome(201), Outcome(400, "secret value", False)]
    store = traced_store_many(backend, lambda _: outcomes)
    assert store([object(), object()]) == outcomes  # type: ignore[list-item]
    (span,) = on.spans.get_finished_spans()
    assert span.attributes["djelme.refused"] == 1
    assert not span.status.is_ok
    assert "secret" not in span.to_json()


def test_metrics_outlive_wrong_settings(on: Any) -> None:
    with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: {"wrong": 1}}}):
        assert "main" not in on.metrics().get("djelme.delivery.sent", {})
    with override_settings(DJELME_BACKENDS=3):
        assert not on.metrics().get("djelme.delivery.sent")


def test_without_the_setting_there_are_no_spans(exported: Any, make_type: Any) -> None:
    exported.spans.clear()
    usage = make_type()
    usage.sync_index_template()
    usage.record(item_id=7)
    assert not exported.spans.get_finished_spans()


def test_a_wrong_setting_is_found_by_the_system_checks() -> None:
    with override_settings(DJELME_TELEMETRY="yes"):
        (found,) = [error for error in check_djelme() if error.id == "djelme.E012"]
    assert "DJELME_TELEMETRY should be True or False, not 'yes'" in found.msg


# A process of its own, since Django can be set up once only.


def test_a_site_starts_without_the_extra() -> None:
    """The check says what is missing; nothing of it is imported."""
    program = """
import sys, importlib.util
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, *a: None if name == "opentelemetry" else real(name, *a)
sys.modules["opentelemetry"] = None
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["elasticsearch_metrics"], DJELME_TELEMETRY=True)
django.setup()
from elasticsearch_metrics.checks import check_djelme
from elasticsearch_metrics.registry import djelme_registry
print([error.msg for error in check_djelme() if error.id == "djelme.E012"])
"""
    said = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert "pip install 'django-elasticsearch-metrics[otel]'" in said.stdout


def test_a_site_starts_with_it() -> None:
    program = """
import django
from django.conf import settings
settings.configure(INSTALLED_APPS=["elasticsearch_metrics"], DJELME_TELEMETRY=True)
django.setup()
import sys
print("elasticsearch_metrics.delivery.telemetry" in sys.modules)
"""
    said = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert said.stdout == "True\n"
