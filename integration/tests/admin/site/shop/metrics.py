"""Record types in every state that a page has to show, for each imp."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string

from elasticsearch_metrics.report import Count


def _declare(
    name: str,
    base: Any,
    using: str,
    annotations: dict[str, Any],
    attributes: dict[str, Any] | None = None,
    **meta: Any,
) -> Any:
    body = {
        **(attributes or {}),
        "__module__": __name__,
        "__annotations__": annotations,
        "Index": type(
            "Index",
            (),
            {"using": using, "settings": {"number_of_shards": 1, "number_of_replicas": 0}},
        ),
        "Meta": type("Meta", (), meta),
    }
    return type(base)(name, (base,), body)


def _declare_report(
    name: str, base: Any, using: str, source: Any, group: tuple[str, type] = ("item_id", int)
) -> None:
    field, kind = group
    report = {"source": source, "group_by": (field,), "number": Count()}
    attributes = {
        "CYCLE_TIMEDEPTH": 2,
        "UNIQUE_TOGETHER_FIELDS": ("cycle_coverage", field),
        "Report": type("Report", (), report),
    }
    _declare(name, base, using, {field: kind, "number": int}, attributes)


def _declare_all(backend: str, imp_name: str) -> None:
    def of(name: str) -> Any:
        return import_string(f"{imp_name}.{name}")

    title = backend.capitalize()
    fields = {
        "item_id": int,
        "path": str,
        "agent": str | None,
        "tags": list[str],
        "paid": bool | None,
    }
    month = datetime.timedelta(days=30)
    _declare(f"{title}View", of("EventRecord"), backend, fields, timedepth=2, expiration=month)
    _declare(f"{title}Visit", of("EventRecord"), backend, {"item_id": int})
    _declare(f"{title}New", of("EventRecord"), backend, {"item_id": int})
    _declare(f"{title}Drifted", of("EventRecord"), backend, {"item_id": int})
    _declare(f"{title}Plain", of("SimpleRecord"), backend, {"name": str})
    downloads = _declare(
        f"{title}Download",
        of("CountedUsageRecord"),
        backend,
        {"action": str},
        timedepth=3,
        verbose_name="download of an article",
        verbose_name_plural="downloads of articles",
        labels={"item_iri": "article", "sessionhour_id": "session"},
    )
    cyclic = of("CyclicReport")
    _declare_report(f"{title}Monthly", cyclic, backend, downloads, ("item_iri", str))
    rental = {"timedepth": 2, "expiration": month}
    rentals = _declare(f"{title}Rental", of("EventRecord"), backend, {"item_id": int}, **rental)
    _declare_report(f"{title}RentalMonthly", cyclic, backend, rentals)
    away = _declare(f"{title}Away", of("EventRecord"), f"{backend}-away", {"item_id": int})
    _declare_report(f"{title}AwayMonthly", cyclic, backend, away)
    if backend == "elastic6":
        _declare(f"{title}Metric", of("Metric"), backend, {"item_id": int, "path": str})


for _backend, _imp_name in settings.IMPS.items():
    _declare_all(_backend, _imp_name)
