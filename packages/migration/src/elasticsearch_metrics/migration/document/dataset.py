"""All documents of one side of a migration."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from elasticsearch_metrics.backend.connection import IGNORE_MISSING
from elasticsearch_metrics.migration.backend import rest_backend
from elasticsearch_metrics.migration.document.layout import read_layout
from elasticsearch_metrics.migration.document.reader import IndexReader
from elasticsearch_metrics.migration.errors import MigrationError
from elasticsearch_metrics.migration.time_slice import MILLISECOND, TimeSlice, time_query
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.state.search import count, path_of, search

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from elasticsearch_metrics.migration.document.layout import IndexLayout
    from elasticsearch_metrics.migration.document.reader import Read
    from elasticsearch_metrics.migration.specification import MigrationSpecification
    from elasticsearch_metrics.migration.time_slice import Interval

__all__ = ("Dataset", "DatasetIndex")

#: How many bytes of documents a page should have about, and bounds of their number.
_PAGE_BYTES = 2 * 1024 * 1024
_PAGE_LEAST, _PAGE_MOST = 50, 2_000
_IDS_AT_ONCE = 1_000
_INDEXES_AT_MOST = 10_000
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)


@dataclass(frozen=True)
class DatasetIndex:
    """One index.

    Attributes:
        name: its name.
        documents: number of its documents within the migration's bounds.
        bytes: size of its primary shards on disk, in bytes.
        interval: first moment and the one after the last, None if no document has a time.
        untimed: number of documents without a time.
        reader: reads it.
        page_size: how many documents to read at once.
    """

    name: str
    documents: int
    bytes: int
    interval: Interval | None
    untimed: int
    reader: IndexReader
    page_size: int


class Dataset:
    """The documents of a migration's source or target, within its bounds.

    Args:
        migration: the migration.
        recordtype: its source or its target.
    """

    def __init__(self, migration: type[MigrationSpecification], recordtype: type[Any]) -> None:
        self._migration = migration
        self.recordtype = recordtype
        self.placement = djelme_registry.placement(recordtype)
        self.backend = rest_backend(migration, recordtype)
        self.time_field: str | None = recordtype.TIME_FIELD
        self.indexes: dict[str, DatasetIndex] = {}

    def load(self) -> dict[str, DatasetIndex]:
        """Look at what is there now: indexes by name, oldest first.

        Raises:
            MigrationError: if an index is closed, so that it can't be read.
            djelme.errors.BackendError: if the cluster doesn't answer.
        """
        self._require_open()
        self.require_available()
        # Without this, documents that were stored a moment ago would not be seen.
        self.refresh()
        metrics = self._metrics()
        found = {}
        for status in self.recordtype.each_existing_index():
            layout = read_layout(self.backend, status.name)
            if layout is None:
                continue  # deleted just now
            documents, untimed, interval = metrics.get(status.name, (0, 0, None))
            size = status.bytes / status.documents if status.documents else _PAGE_BYTES
            found[status.name] = DatasetIndex(
                status.name,
                documents,
                status.bytes,
                interval,
                untimed,
                IndexReader(self.backend, self.recordtype, layout),
                min(_PAGE_MOST, max(_PAGE_LEAST, int(_PAGE_BYTES / max(size, 1)))),
            )
        self.indexes = found
        return found

    def _metrics(self) -> dict[str, tuple[int, int, Interval | None]]:
        """Return number of documents, of those without time, and bounds of time, by index."""
        inner: dict[str, Any] = {}
        if self.time_field is not None:
            inner = {
                "first": {"min": {"field": self.time_field}},
                "last": {"max": {"field": self.time_field}},
                "untimed": {"missing": {"field": self.time_field}},
            }
        terms = {"terms": {"field": "_index", "size": _INDEXES_AT_MOST}, "aggs": inner}
        found = {}
        answer = self.aggregate({"match_all": {}}, {"by_index": terms})
        for bucket in answer.get("by_index", {}).get("buckets", ()):
            documents = bucket["doc_count"]
            interval, untimed = None, documents
            if self.time_field is not None:
                untimed = bucket["untimed"]["doc_count"]
                first, last = (bucket[name]["value"] for name in ("first", "last"))
                if first is not None:
                    interval = _moment(first), _moment(last) + MILLISECOND
            found[bucket["key"]] = documents, untimed, interval
        return found

    def require_available(self) -> None:
        """Check that no primary shard of all indexes is away.

        Raises:
            djelme.errors.IncompleteAnswerError: if one is.
        """
        self.backend.require_available(self.placement.all_indexes())

    def refresh(self) -> None:
        """Make all that was stored visible."""
        self.backend.refresh(self.placement.all_indexes())

    @property
    def interval(self) -> Interval | None:
        """First moment of all documents and the one after the last; None if there are none."""
        intervals = [index.interval for index in self.indexes.values() if index.interval]
        if not intervals:
            return None
        return min(start for start, _ in intervals), max(end for _, end in intervals)

    def within(self, *queries: Mapping[str, Any]) -> dict[str, Any]:
        """Return the query for documents that match all queries and the migration's bounds."""
        start, end = self._migration.bounds()
        filters: list[Any] = [*queries]
        if not self._is_unbounded and self.time_field is not None:
            filters.append(time_query(self.time_field, start, end))
        return {"bool": {"filter": filters}}

    @property
    def _is_unbounded(self) -> bool:
        return self.time_field is None or self._migration.bounds() == (None, None)

    def query(self, part: TimeSlice) -> dict[str, Any]:
        """Return the query for the documents of a part of time, within the migration's bounds."""
        return self.within(part.query(self.time_field))

    def count_part(self, part: TimeSlice) -> int:
        """Return how many documents of all indexes are of a part of time."""
        return self.count(part.query(self.time_field))

    def count(self, query: Mapping[str, Any]) -> int:
        """Return how many documents of all indexes match a query."""
        return count(
            self.backend, self.placement.all_indexes(), self.within(query), params=IGNORE_MISSING
        )

    def aggregate(self, query: Mapping[str, Any], aggregations: Mapping[str, Any]) -> Any:
        """Return the results of aggregations over all indexes; none where there is no index."""
        return search(
            self.backend,
            self.placement.all_indexes(),
            {"size": 0, "query": self.within(query), "aggs": aggregations},
            params=IGNORE_MISSING,
        ).get("aggregations", {})

    def pages(self, part: TimeSlice, *, with_version: bool = False) -> Iterator[list[Read]]:
        """Yield the documents of a part of time, in pages."""
        for index in self.overlapping(part):
            yield from index.reader.pages(
                self.query(part), index.page_size, with_version=with_version
            )

    def overlapping(self, part: TimeSlice) -> Iterator[DatasetIndex]:
        """Yield the indexes that have documents of a part of time."""
        interval = part.interval
        for index in self.indexes.values():
            if interval is None:
                if index.untimed:
                    yield index
            elif index.interval is not None and (
                index.interval[0] < interval[1] and interval[0] < index.interval[1]
            ):
                yield index

    def by_ids(
        self, keys: Iterable[tuple[str, str]], *, with_version: bool = False
    ) -> dict[tuple[str, str], Read]:
        """Return those of some documents that are there, by index and id."""
        by_index: dict[str, list[str]] = {}
        for index, id in keys:  # noqa: A001 - its name in Elasticsearch
            by_index.setdefault(index, []).append(id)
        found = {}
        for index, ids in by_index.items():
            reader = self._reader(index)
            if reader is None:
                continue
            for start in range(0, len(ids), _IDS_AT_ONCE):
                some = ids[start : start + _IDS_AT_ONCE]
                for read in reader.by_ids(some, with_version=with_version):
                    found[read.index, read.id] = read
        return found

    def layout(self, index: str) -> IndexLayout:
        """Return what an index keeps.

        Raises:
            MigrationError: if it is gone.
        """
        reader = self._reader(index)
        if reader is None:
            msg = f"index {index} is gone; run the command again"
            raise MigrationError(msg, migration=self._migration.name)
        return reader.layout

    def _reader(self, index: str) -> IndexReader | None:
        known = self.indexes.get(index)
        if known is not None:
            return known.reader
        layout = read_layout(self.backend, index)  # made since `load`
        return None if layout is None else IndexReader(self.backend, self.recordtype, layout)

    def _require_open(self) -> None:
        rows: Sequence[Mapping[str, str]] = self.backend.request(
            "GET",
            path_of("_cat", "indices", ",".join(self.placement.all_indexes())),
            params={"format": "json", "h": "index,status"},
        )
        closed = [row["index"] for row in rows if row["status"] == "close"]
        if closed:
            msg = (
                f"index {closed[0]} of {self.recordtype.djelme.label} is closed, so its documents "
                f"can't be read; open or delete it"
            )
            raise MigrationError(msg, migration=self._migration.name)


def _moment(milliseconds: float) -> datetime.datetime:
    return _EPOCH + datetime.timedelta(milliseconds=round(milliseconds))
