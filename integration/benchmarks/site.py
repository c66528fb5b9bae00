"""The site whose records are measured."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any

import django
from django.conf import settings as django_settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from djelme_testing import Cluster

__all__ = ("APP", "AWAY", "FIELDS", "clean", "configure", "event_type", "records", "sources")

APP = "benchmark"
#: Nothing listens there.
AWAY = "http://127.0.0.1:1"
IMP = "elasticsearch_metrics.imps.elastic8"
FIELDS: dict[str, Any] = {
    "item_id": 7,
    "path": "/articles/7/download",
    "agent": "Mozilla/5.0 (X11; Linux x86_64)",
    "milliseconds": 12.5,
}
_ONE_SHARD = {"number_of_shards": 1, "number_of_replicas": 0}
_START = datetime.datetime(2026, 11, 23, tzinfo=datetime.timezone.utc)


def configure(cluster: Cluster, spools: Path) -> None:
    """Set Django up with a backend for each delivery, the cluster up and away."""
    backends: dict[str, Any] = {}
    for delivery in ("direct", "buffered", "durable"):
        for suffix, hosts in (("", cluster.client_options["hosts"]), ("-away", AWAY)):
            name = f"{delivery}{suffix}"
            options = {
                "hosts": hosts,
                "djelme_delivery": delivery,
                "djelme_spool_dir": str(spools / name),
            }
            backends[name] = {IMP: options}
    django_settings.configure(
        INSTALLED_APPS=["elasticsearch_metrics", "elasticsearch_metrics.migration"],
        DJELME_BACKENDS=backends,
    )
    django.setup()

    from elasticsearch_metrics.delivery.submission import observers

    observers.clear()  # Only the site of benchmarks.migration migrates.


def event_type(
    name: str = "Event", *, settings: Mapping[str, int] = _ONE_SHARD, **meta: Any
) -> Any:
    """Declare and set up a record type with a few fields, as most sites have them."""
    from elasticsearch_metrics.imps.elastic8 import EventRecord

    body = {
        "__module__": __name__,
        "__annotations__": {"item_id": int, "path": str, "agent": str, "milliseconds": float},
        "Meta": type("Meta", (), {"app_label": APP, **meta}),
        "Index": type(
            "Index",
            (),
            {"using": "direct", "settings": dict(settings)},
        ),
    }
    metaclass: Any = type(EventRecord)
    recordtype = metaclass(name, (EventRecord,), body)
    recordtype.sync_index_template()
    return recordtype


def clean(recordtype: Any) -> None:
    """Delete a record type's indexes."""
    names = [index.name for index in recordtype.each_existing_index()]
    recordtype.get_backend().delete_indexes(names)


def records(count: int) -> Iterator[dict[str, Any]]:
    """Yield records as a site makes them."""
    for number in range(count):
        yield {
            **FIELDS,
            "item_id": number % 1_000,
            "timestamp": _START + datetime.timedelta(milliseconds=number),
        }


def sources(count: int) -> Iterator[dict[str, Any]]:
    """Yield the same records as documents that need nothing more."""
    for record in records(count):
        stamp = record["timestamp"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
        yield {**record, "timestamp": stamp}
