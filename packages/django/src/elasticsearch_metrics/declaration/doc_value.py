"""Give values back where Elasticsearch keeps no ``_source``: from doc values.

Doc values are what sorting and aggregations work on. They are not what was stored, but near to it:

- keywords of one field are sorted, and given once each; other values are sorted;
- ``text``, ``completion``, ranges, ``nested`` objects and lists of objects have none, and neither
  has a field with ``doc_values=False``: their values can't be given back;
- a keyword longer than its ``ignore_above`` isn't there, a normalised one comes normalised, floats
  and geo-points come with the precision of their field;
- a search gives those of at most 100 fields (``index.max_docvalue_fields_search``).
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from djelme.difference import flatten
from djelme.errors import RecordTypeError
from elasticsearch_metrics.declaration.field_type import DOC_VALUE_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ("DocValues",)

#: Elasticsearch's own limit of fields a search, unless a type's index settings have another.
_FIELDS_A_SEARCH = 100


@dataclass(frozen=True)
class DocValues:
    """The fields of a record type that its ``_source`` doesn't give back.

    Attributes:
        requested: what a search has to ask for, as ``docvalue_fields``.
        lost: dotted names of the fields that have no doc values either.
        problem: why nothing is requested although a part of the ``_source`` is missing, in words.
        missing: names of all fields of which a part isn't in the ``_source``.
    """

    requested: tuple[Mapping[str, str] | str, ...] = ()
    lost: tuple[str, ...] = ()
    problem: str = ""
    missing: frozenset[str] = frozenset()

    @classmethod
    def of(cls, mapping: Any, settings: Mapping[str, Any]) -> DocValues:
        """Work out what has to be requested.

        Args:
            mapping: a DSL's mapping of the record type.
            settings: the record type's settings of indexes.
        """
        source = mapping._meta.get("_source", {})
        missing = [
            (path, field)
            for name in mapping
            for path, field in _leaves(name, mapping[name])
            if not _is_in_source(path, source)
        ]
        requested = {path: _request(path, field) for path, field in missing if _has_values(field)}
        lost = tuple(path for path, _ in missing if path not in requested)
        names = frozenset(path.partition(".")[0] for path, _ in missing)
        if missing and not requested:
            return cls(lost=lost, problem="none of its fields has doc values", missing=names)
        limit = _limit(settings)
        if len(requested) > limit:
            problem = (
                f"a search gives the doc values of at most {limit} fields and the type has "
                f"{len(requested)}; raise max_docvalue_fields_search in its Index.settings"
            )
            return cls(lost=(*requested, *lost), problem=problem, missing=names)
        return cls(tuple(requested.values()), lost, missing=names)

    def require(self, recordtype: str, hit: Mapping[str, Any]) -> None:
        """Check that a hit tells something of its record, so that no instance is silently empty.

        Raises:
            RecordTypeError: if a hit has neither ``_source`` nor doc values.
        """
        if "_source" in hit or "fields" in hit:
            return
        problem = self.problem or (
            "this search asked for no doc values; use the record type's own search() or get()"
            if self.requested
            else "this search asked to leave it out"
        )
        msg = (
            f"hit {hit.get('_id')!r} can't be given back as a record: it has no _source, and "
            f"{problem} (or let the type keep it: Meta.source = MetaField(enabled=True))"
        )
        raise RecordTypeError(msg, recordtype=recordtype)


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values of dotted names as values of objects.

    >>> nested({"name": "a", "place.city": "b", "place.zip": 3})
    {'name': 'a', 'place': {'city': 'b', 'zip': 3}}
    """
    tree: dict[str, Any] = {}
    for path, value in values.items():
        *parents, name = path.split(".")
        inner = tree
        for parent in parents:
            inner = inner.setdefault(parent, {})
        inner[name] = value
    return tree


def merged(source: Mapping[str, Any], doc_values: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a ``_source`` has, and of doc values what it lacks.

    >>> merged({"tags": ["b", "a"], "place": {"zip": 3}}, {"tags": ["a", "b"], "place": {"no": 7}})
    {'tags': ['b', 'a'], 'place': {'no': 7, 'zip': 3}}
    """
    values = {**doc_values, **source}
    for name in doc_values.keys() & source.keys():
        if isinstance(doc_values[name], dict) and isinstance(source[name], dict):
            values[name] = merged(source[name], doc_values[name])
    return values


def _leaves(path: str, field: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields whose values can be given back one by one."""
    inner = list(field._mapping) if field.name == "object" and not field._multi else []
    if not inner:
        yield path, field
    for name in inner:
        yield from _leaves(f"{path}.{name}", field[name])


def _has_values(field: Any) -> bool:
    return field.name in DOC_VALUE_TYPES and field.to_dict().get("doc_values", True) is not False


def _request(path: str, field: Any) -> Mapping[str, str] | str:
    if field.name not in {"date", "date_nanos"}:
        return path
    # Without a format, version 6 gives dates in the format of their field and warns of it.
    is_date = field.to_dict().get("format") == "strict_date"
    return {"field": path, "format": "strict_date" if is_date else "strict_date_time"}


def _is_in_source(path: str, source: Mapping[str, Any]) -> bool:
    """Return whether a mapping's ``_source`` keeps a field."""
    if source.get("enabled", True) in {False, "false"}:
        return False
    includes, excludes = source.get("includes"), source.get("excludes", ())
    included = not includes or any(_matches(path, pattern) for pattern in includes)
    return included and not any(_matches(path, pattern) for pattern in excludes)


def _matches(path: str, pattern: str) -> bool:
    return fnmatchcase(path, pattern) or fnmatchcase(path, f"{pattern}.*")


def _limit(settings: Mapping[str, Any]) -> int:
    flat = {path.removeprefix("index."): leaf for path, leaf in flatten(settings).items()}
    return int(flat.get("max_docvalue_fields_search", _FIELDS_A_SEARCH))
