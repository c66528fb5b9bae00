"""Record types in every state that a page has to show, for each imp."""

from __future__ import annotations

import datetime
from typing import Any

from django.conf import settings
from django.utils.module_loading import import_string


def _declare(name: str, base: Any, using: str, annotations: dict[str, Any], **meta: Any) -> Any:
    body = {
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
    _declare(
        f"{title}Download",
        of("CountedUsageRecord"),
        backend,
        {"action": str},
        timedepth=3,
        verbose_name="download of an article",
        verbose_name_plural="downloads of articles",
        labels={"item_iri": "article", "sessionhour_id": "session"},
    )
    _declare(f"{title}Away", of("EventRecord"), f"{backend}-away", {"item_id": int})
    if backend == "elastic6":
        _declare(f"{title}Metric", of("Metric"), backend, {"item_id": int, "path": str})


for _backend, _imp_name in settings.IMPS.items():
    _declare_all(_backend, _imp_name)
