"""System checks of what surrounds record types: sessions, recorded views, and risky settings.

No check connects to a cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import checks

from djelme.errors import ConfigurationError, DjelmeError
from elasticsearch_metrics.counter.session_salt import salt_cache, session_secret
from elasticsearch_metrics.counter.usage import IDENTITY_NAMES, CountedUsage
from elasticsearch_metrics.middleware import recorded_views
from elasticsearch_metrics.report.source import ReportSource
from elasticsearch_metrics.view_record import error_policy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from elasticsearch_metrics.conf import BackendSettings
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("check_delivery", "check_recordtypes")

#: What a person waits for without wondering, in seconds; also the default of the clients.
_LONGEST_TIMEOUT = 10.0
_TIMEOUT_NAMES = ("request_timeout", "timeout")
_PRIVATE_CACHES = (
    "django.core.cache.backends.dummy.DummyCache",
    "django.core.cache.backends.locmem.LocMemCache",
)


def check_recordtypes(recordtypes: Iterable[type[RecordType]]) -> Iterator[Any]:
    """Yield what is wrong with settings that concern some record types."""
    given = list(recordtypes)
    yield from _check_views()
    if any(issubclass(recordtype, CountedUsage) for recordtype in given):
        yield from _check_sessions()
    if not settings.DEBUG:
        for recordtype in given:
            yield from _check_replicas(recordtype)
    for recordtype in given:
        yield from _check_groups(recordtype)


def check_delivery(backend: BackendSettings) -> Iterator[Any]:
    """Yield a warning if requests of the site may wait long for Elasticsearch."""
    if backend.options.get("djelme_delivery", "direct") != "direct":
        return
    for name in _TIMEOUT_NAMES:
        timeout = backend.options.get(name)
        if isinstance(timeout, (int, float)) and timeout > _LONGEST_TIMEOUT:
            yield checks.Warning(
                f"backend {backend.name!r} delivers directly and waits up to {name}={timeout:g} "
                f"seconds: record() in a view may hold up the response for as long",
                hint=f"Set djelme_delivery to 'durable' or 'buffered', or lower {name}.",
                obj=backend.name,
                id="djelme.W021",
            )


def _check_replicas(recordtype: type[RecordType]) -> Iterator[Any]:
    stated = recordtype.djelme.options.index.get("settings") or {}
    nested = stated.get("index")
    flat = {**stated, **(nested if isinstance(nested, dict) else {})}
    replicas = flat.get("number_of_replicas", flat.get("index.number_of_replicas"))
    if str(replicas) == "0":
        label = recordtype.djelme.label
        yield checks.Warning(
            f"{label} has number_of_replicas = 0: when a node of the cluster is lost, so are its "
            f"records",
            hint="Leave it out, or set it to 1 at least; 0 is for development.",
            obj=label,
            id="djelme.W020",
        )


def _check_groups(recordtype: type[RecordType]) -> Iterator[Any]:
    definition = getattr(recordtype, "report_definition", None)
    if definition is None or definition.source is None:
        return
    try:
        problem = ReportSource(definition).why_inexact()
    except DjelmeError:
        return  # the check of the backend, or of the source, reports it
    if problem:
        yield checks.Error(
            f"{definition.label}: {problem}",
            hint="Make it a list of keywords, or count on a later version.",
            obj=definition.label,
            id="djelme.E026",
        )


def _check_sessions() -> Iterator[Any]:
    try:
        alias = salt_cache()
        if alias is None:
            session_secret()
    except ConfigurationError as error:
        hint = "By default, salts are derived from SECRET_KEY."
        yield checks.Error(str(error), hint=hint, id="djelme.E020")
        return
    if alias is not None and settings.CACHES[alias]["BACKEND"] in _PRIVATE_CACHES:
        yield checks.Warning(
            f"DJELME_SESSION_SALT_CACHE names {alias!r}, a cache that each process has for "
            f"itself: a session counts once in each of them",
            hint="Name a cache that all processes and hosts share.",
            id="djelme.W022",
        )
    insecure = settings.SECRET_KEY.startswith("django-insecure-")
    if alias is None and insecure and getattr(settings, "DJELME_SESSION_SECRET", None) is None:
        yield checks.Warning(
            "the salts of session ids are derived from a SECRET_KEY that Django generated for "
            "development and that others may know: session ids can be traced back with it",
            hint="Set your own SECRET_KEY, DJELME_SESSION_SECRET or DJELME_SESSION_SALT_CACHE.",
            id="djelme.W023",
        )


def _check_views() -> Iterator[Any]:
    try:
        error_policy()
        views = recorded_views()
    except ConfigurationError as error:
        hint = "See the page about recording views."
        yield checks.Error(str(error), hint=hint, id="djelme.E021")
        return
    for name, record in views.items():
        where = f"DJELME_RECORDED_VIEWS[{name!r}]"
        try:
            recordtype = record.recordtype
        except LookupError as error:
            hint = f"Correct the label {record.label!r}, or the app's metrics.py."
            yield checks.Error(f"{where}: {error.args[0]}", hint=hint, id="djelme.E022")
            continue
        known = {*recordtype.djelme.fields}
        if issubclass(recordtype, CountedUsage):
            known |= {*IDENTITY_NAMES}
        unknown = record.field_names - known
        if unknown:
            yield checks.Error(
                f"{where}: {record.label} has no field {min(unknown)!r}",
                hint=f"Its fields are {', '.join(recordtype.djelme.fields)}.",
                id="djelme.E022",
            )
