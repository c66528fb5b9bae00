"""The record types of the app; the imps that a run is about decide which there are."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string


def _declare(name: str, imp_name: str) -> type:
    """Return a record type of an imp, all of them with the same body."""
    event_record = import_string(f"{imp_name}.EventRecord")
    class_name = f"{name.capitalize()}Usage"
    body = {"__module__": __name__, "__annotations__": {"item_id": int}}
    return type(event_record)(class_name, (event_record,), body)


_DECLARED = [
    _declare(name, imp_name)
    for name, backend in settings.DJELME_BACKENDS.items()
    for imp_name in backend
]
