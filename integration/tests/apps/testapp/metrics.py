"""The record types of the app: one for each imp that a run is about."""

from __future__ import annotations

from django.conf import settings
from django.utils.module_loading import import_string


def _declare(imp_name: str) -> type:
    """Return a record type of an imp; all of them have the same body."""
    event_record = import_string(f"{imp_name}.EventRecord")
    class_name = f"{imp_name.rpartition('.')[2].capitalize()}Usage"
    body = {"__module__": __name__, "__annotations__": {"item_id": int}}
    return type(event_record)(class_name, (event_record,), body)


RECORDTYPES = [_declare(imp_name) for imp_name in settings.TESTAPP_IMPS]
