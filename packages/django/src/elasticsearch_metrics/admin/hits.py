"""Search records of a type for the page that shows them."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from djelme.errors import ConfigurationError
from elasticsearch_metrics.admin.cell import Cell, is_number
from elasticsearch_metrics.admin.moment import local_text
from elasticsearch_metrics.backend.completeness import incompleteness
from elasticsearch_metrics.backend.connection import IGNORE_MISSING
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.declaration.doc_value import merged, nested
from elasticsearch_metrics.recordtype.timeseries import TimestampedRecord
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.state.search import path_of, scroll

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping, Sequence

    from elasticsearch_metrics.admin.condition import Condition
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = (
    "MAX_HITS",
    "PAGE_SIZE",
    "Column",
    "FoundRecord",
    "Hits",
    "each_page",
    "search_records",
)

PAGE_SIZE = 50
#: How far a search can be paged; Elasticsearch's own default, and a clear end.
MAX_HITS = 10_000
#: Records that are read at a time for a download.
_SCROLLED = 1_000
_BEGINNING = datetime.datetime.min.replace(tzinfo=datetime.timezone.utc)
_FOREVER = datetime.datetime.max.replace(tzinfo=datetime.timezone.utc)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
_MILLISECOND = datetime.timedelta(milliseconds=1)


@dataclass(frozen=True)
class Column:
    """A field.

    Attributes:
        name: of the field.
        is_number: whether its values are numbers.
        label: what it is called.
    """

    name: str
    is_number: bool = False
    label: str = ""


@dataclass(frozen=True)
class FoundRecord:
    """A record that was found.

    Attributes:
        id: its document id.
        index: name of its index.
        cells: its values, in the order of the columns.
    """

    id: str
    index: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Hits:
    """One page of what was found.

    Attributes:
        columns: the fields.
        records: of the page.
        total: number of records that were found; `MAX_HITS` if there are more.
        is_more: whether there are more than `total`.
        page: number of the page, from 1.
        resume: first moment after the last record of the last page that can be reached; None if
            that is the last one of all, or not known.
        incomplete: why some records may be missing, in the server's words; empty if none is.
    """

    columns: Sequence[Column] = ()
    records: Sequence[FoundRecord] = ()
    total: int = 0
    is_more: bool = False
    page: int = 1
    resume: datetime.datetime | None = field(default=None)
    incomplete: str = ""

    @property
    def reachable(self) -> int:
        """Number of records that the pages show."""
        return min(self.total, MAX_HITS)


def search_records(
    recordtype: type[RecordType],
    conditions: Sequence[Condition],
    *,
    since: datetime.datetime | None = None,
    before: datetime.datetime | None = None,
    page: int = 1,
    timeout: float = 10.0,
) -> Hits:
    """Return a page of records, newest first, by one search.

    Args:
        recordtype: the record type.
        conditions: all of which hold for the records.
        since: first moment, in UTC.
        before: first moment after the range, in UTC.
        page: number of the page, from 1; beyond the last one that can be reached, that one.
        timeout: how long the server may search, in seconds.

    Raises:
        ConfigurationError: if the backend is missing or of a kind that can't be searched.
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    backend, expressions, asked = _search(recordtype, conditions, since, before)
    page = max(1, min(page, MAX_HITS // PAGE_SIZE))
    body: dict[str, Any] = {
        **asked,
        "from": (page - 1) * PAGE_SIZE,
        "size": PAGE_SIZE,
        "timeout": f"{timeout:g}s",
        "track_total_hits": MAX_HITS if backend.features.counts_partly else True,
    }
    answer = backend.request(
        "POST", path_of(",".join(expressions), "_search"), params=IGNORE_MISSING, body=body
    )
    return _hits(recordtype, answer, page)


def each_page(
    recordtype: type[RecordType],
    conditions: Sequence[Condition],
    *,
    since: datetime.datetime | None = None,
    before: datetime.datetime | None = None,
) -> Generator[list[dict[str, Any]]]:
    """Yield the values of all records that a search finds, newest first, in pages.

    Args:
        recordtype: the record type.
        conditions: all of which hold for the records.
        since: first moment, in UTC.
        before: first moment after the range, in UTC.

    Raises:
        ConfigurationError: if the backend is missing or of a kind that can't be searched.
        djelme.errors.BackendError: if the cluster can't be reached, refuses, or gives a part of the
            answer only.
    """
    backend, expressions, asked = _search(recordtype, conditions, since, before)
    decode = recordtype.djelme.decoder.decode
    pages = scroll(backend, expressions, asked, page_size=_SCROLLED, params=IGNORE_MISSING)
    for found in pages:
        yield [decode(_values(recordtype, hit)) for hit in found]


def _search(
    recordtype: type[RecordType],
    conditions: Sequence[Condition],
    since: datetime.datetime | None,
    before: datetime.datetime | None,
) -> tuple[RestBackend, Sequence[str], dict[str, Any]]:
    """Return whom to ask for records, in which indexes, and how.

    Raises:
        ConfigurationError: if the backend is missing or of a kind that can't be searched.
    """
    placement = djelme_registry.placement(recordtype)
    backend = placement.backend
    if not isinstance(backend, RestBackend):
        msg = f"backend {backend.name!r} can't be searched from here"
        raise ConfigurationError(msg)
    expressions = placement.all_indexes()
    filters = [condition.query for condition in conditions if not condition.negated]
    if (since or before) and issubclass(recordtype, TimestampedRecord):
        start, end = since or _BEGINNING, before or _FOREVER
        expressions = placement.cover(start, end)
        filters.append(recordtype.time_query(start, end))
    negated = [condition.query for condition in conditions if condition.negated]
    doc_values = recordtype._doc_values.requested  # type: ignore[attr-defined]
    body = {
        "query": recordtype.visible_query({"bool": {"filter": filters, "must_not": negated}}),
        "sort": _order(recordtype),
        **({"docvalue_fields": list(doc_values)} if doc_values else {}),
    }
    return backend, expressions, body


def _order(recordtype: type[RecordType]) -> list[Any]:
    time_field = recordtype.TIME_FIELD
    if time_field is None:
        return ["_doc"]
    # Indexes that others made may have no such field.
    return [{time_field: {"order": "desc", "unmapped_type": "date"}}]


def _hits(recordtype: type[RecordType], answer: Mapping[str, Any], page: int) -> Hits:
    total = answer["hits"]["total"]
    number = total["value"] if isinstance(total, dict) else total
    is_more = isinstance(total, dict) and total["relation"] != "eq"
    found = answer["hits"]["hits"]
    values = [_values(recordtype, hit) for hit in found]
    columns = _columns(recordtype, values)
    return Hits(
        columns,
        [
            FoundRecord(
                hit["_id"],
                hit["_index"],
                [_cell(recordtype, of_hit, column.name) for column in columns],
            )
            for hit, of_hit in zip(found, values, strict=True)
        ],
        number,
        is_more,
        page,
        _resume(recordtype, found) if is_more or number > MAX_HITS else None,
        incompleteness(answer),
    )


def _cell(recordtype: type[RecordType], values: Mapping[str, Any], name: str) -> Cell:
    cell = Cell.of(values.get(name))
    if name != recordtype.TIME_FIELD:
        return cell
    moment = recordtype.djelme.decoder.decode({name: values.get(name)})[name]
    is_moment = isinstance(moment, datetime.datetime)
    return replace(cell, local=local_text(moment, to_second=True) if is_moment else "")


def _values(recordtype: type[RecordType], hit: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Elasticsearch gives back of a record, as it was stored where that is kept."""
    source: dict[str, Any] = hit.get("_source") or {}
    if "fields" not in hit:
        return source
    decoded = nested(recordtype.djelme.decoder.decode_doc_values(hit["fields"]))
    return merged(source, decoded)


def _columns(recordtype: type[RecordType], values: Sequence[Mapping[str, Any]]) -> list[Column]:
    """Return the type's fields, its time first, and what else the records have."""
    time_field = recordtype.TIME_FIELD
    first = [] if time_field is None else [time_field]
    others = (name for of_record in values for name in sorted(of_record))
    names = dict.fromkeys([*first, *recordtype.djelme.fields, *others])
    return [
        Column(
            name,
            is_number(next((found for of in values if (found := of.get(name))), None)),
            recordtype.djelme.field_label(name),
        )
        for name in names
    ]


def _resume(
    recordtype: type[RecordType], found: Sequence[Mapping[str, Any]]
) -> datetime.datetime | None:
    if recordtype.TIME_FIELD is None or not found:
        return None
    milliseconds = found[-1]["sort"][0]
    try:
        # Records of the same moment may be on both sides of the border.
        return _EPOCH + datetime.timedelta(milliseconds=milliseconds) + _MILLISECOND
    except (OverflowError, TypeError):
        return None  # of an index without the field, or by somebody else
