"""Say what of a record type a server doesn't know: field types, analyzers and parts of these.

Minimal distributions lack many. Elasticsearch names the first one that it misses, in words that
differ between versions, and not always the field.
"""

from __future__ import annotations

import re
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from djelme.errors import BackendRefusedError, UnsupportedFeatureError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from elasticsearch_metrics.index.placement import Placement

__all__ = ("put_template",)

#: How Elasticsearch 6 to 9 say it, and what it is that they miss.
_SAYINGS = (
    (r"(?:mapper type|handler for type) \[(?P<name>[^]]+)\] declared on field", "field type"),
    (r"Unknown (?P<kind>\w+) type \[(?P<name>[^]]+)\]", ""),
    (r"failed to find (?P<kind>\w+) under name \[(?P<name>[^]]+)\]", ""),
    (r"analyzer \[(?P<name>[^]]+)\] (?:has not been configured|not found)", "analyzer"),
    (r"(?P<name>normalizer)s require analysis-common", "kind of analysis"),
)
_ANALYSIS_OPTIONS = ("analyzer", "search_analyzer", "search_quote_analyzer", "normalizer")


def put_template(placement: Placement, body: Mapping[str, Any]) -> None:
    """Create or replace a record type's index template.

    Raises:
        djelme.errors.UnsupportedFeatureError: if the server lacks a feature that it needs.
        djelme.errors.BackendError: if the cluster can't be reached or refuses it otherwise.
    """
    try:
        placement.backend.put_template(placement.naming.template_name, body)
    except BackendRefusedError as error:
        missing = _missing_feature(error, placement.recordtype.djelme.label, body)
        if missing is None:
            raise
        raise missing from error


def _missing_feature(
    error: BackendRefusedError, recordtype: str, body: Mapping[str, Any]
) -> UnsupportedFeatureError | None:
    """Return the error for a feature that a server lacks; None if it refuses something else."""
    if error.status not in {HTTPStatus.BAD_REQUEST, HTTPStatus.INTERNAL_SERVER_ERROR}:
        return None
    for saying, kind in _SAYINGS:
        found = re.search(saying, error.reason)
        if found is not None:
            feature = found["name"]
            return UnsupportedFeatureError(
                recordtype=recordtype,
                fields=sorted(_fields_with(feature, body)),
                feature=f"{kind or found['kind']} {feature!r}",
                backend=error.backend,
                status=error.status,
                reason=error.reason,
            )
    return None


def _fields_with(feature: str, body: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dotted paths of fields that need a feature."""
    parts = body.get("template", body)
    settings = parts.get("settings") or {}
    analysis = settings.get("analysis") or settings.get("index", {}).get("analysis") or {}
    names = _dependents(feature, analysis)
    mappings = parts.get("mappings") or {}
    # A legacy template has the mapping below the name of its type.
    mapping = mappings if "properties" in mappings else next(iter(mappings.values()), {})
    for path, field in _leaves("", mapping.get("properties", {})):
        used = {field.get(option) for option in _ANALYSIS_OPTIONS}
        if field.get("type") == feature or used & names or (field.get(feature)):
            yield path


def _dependents(feature: str, analysis: Mapping[str, Any]) -> set[str]:
    """Return a feature's name, and those of everything in the analysis that is made of it."""
    names = {feature}
    while True:
        further = {
            name
            for part in analysis.values()
            for name, made_of in part.items()
            if name not in names and names & _mentioned(made_of)
        }
        if not further:
            return names
        names |= further


def _mentioned(made_of: Mapping[str, Any]) -> set[str]:
    values: set[str] = set()
    for value in made_of.values():
        values |= set(value) if isinstance(value, (list, tuple)) else {str(value)}
    return values


def _leaves(prefix: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, field in properties.items():
        path = f"{prefix}{name}"
        yield path, field
        yield from _leaves(f"{path}.", field.get("properties", {}))
        yield from _leaves(f"{path}.", field.get("fields", {}))
