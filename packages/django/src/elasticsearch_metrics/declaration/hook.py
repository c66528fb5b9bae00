"""Methods that a site overrides in its record types: found once, and always honoured.

Most types override none of them, and their records take a short way that makes no instance. The
records of the others are made by their constructor and stored by their ``save()``, at the price of
its speed.
"""

from __future__ import annotations

from typing import Any

from djelme.errors import RecordTypeError

__all__ = ("own_hooks",)

#: What storing one record calls.
_HOOKS = ("__init__", "asave", "clean_fields", "full_clean", "save")
#: What nothing calls, by name: what to write instead.
_IGNORED = {
    "_get_unique_together_values": "name properties in `UNIQUE_TOGETHER_FIELDS`",
    "_populate_unique_id": "name properties in `UNIQUE_TOGETHER_FIELDS`, or define unique_id()",
    "delete_index": "indexes are deleted by the command djelme_indexes",
    "get_cycle_timepart_strat": "override format_cycle(when)",
    "get_index_name_prefix": "`index_name_prefix` in `class Meta` begins names",
    "get_timepart_strat": "return a tuple, a date, a datetime or a str from "
    "get_timeseries_timeparts() of a TimeseriesRecord",
    "get_timeseries_index_expiration": "`expiration` in `class Meta` says it",
    "get_timeseries_index_timedepth": "`timedepth` in `class Meta` says it",
    "get_timeseries_recordtype_name": "`recordtype_name` in `class Meta` says it",
    "get_timeseries_template_name": "`template_name` in `class Meta` says it",
    "parse_timeseries_index_name": "`date_formats()` says how other indexes are named",
    "require_been_setup": "override check_djelme_setup()",
    "timeseries_index_naming": "`template_name` and `timedepth` in `class Meta` name indexes",
    "timeseries_index_range_pattern": "override search_timeseries_range()",
    "timeseries_index_wildcard": "`template` in `class Meta` says it",
    "djelme_index_name": "`template_name` and `timedepth` in `class Meta` name indexes",
    "to_dict": "change values in `clean()`, and give the method another name if it is for others",
}
_OWN_TIME = "get_timeseries_timeparts"


def own_hooks(recordtype: type[Any], library: frozenset[str]) -> frozenset[str]:
    """Return the names of the methods that a record type overrides and that storing calls.

    Args:
        recordtype: the record type.
        library: top-level packages whose classes are not the site's: djelme's and the DSL's.

    Raises:
        RecordTypeError: if it overrides a method that nothing would call.
    """
    overridden = {
        name
        for name in (*_HOOKS, *_IGNORED, _OWN_TIME)
        if _package_of(recordtype, name) not in {*library, None}
    }
    for name, instead in _IGNORED.items():
        if name in overridden:
            msg = f"it overrides {name}(), which nothing calls; {instead}"
            raise RecordTypeError(msg, recordtype=recordtype.__name__)
    if _OWN_TIME in overridden and recordtype.TIME_FIELD != "timeseries_start":
        msg = (
            f"it overrides {_OWN_TIME}(), but its time is its field {recordtype.TIME_FIELD!r}; "
            f"inherit from TimeseriesRecord to choose another time"
        )
        raise RecordTypeError(msg, recordtype=recordtype.__name__)
    return frozenset(overridden.intersection(_HOOKS))


def _package_of(recordtype: type[Any], name: str) -> str | None:
    """Return the top-level package of the class that defines a method; None where none does."""
    for cls in recordtype.__mro__:
        if name in vars(cls) and cls is not object:
            return cls.__module__.partition(".")[0]
    return None
