"""What the parts of djelme expect of each other.

An *imp* is an importable module for one version of a search engine; it makes *backends*, one for
each entry of ``DJELME_BACKENDS``; *record types* are the classes that a site declares.

It is long, as it documents each method that an imp has to have.
"""

from __future__ import annotations

import asyncio
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from djelme.delivery import Delivery, DeliveryOptions, DirectDelivery

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from djelme.delivery import DeliveryStats
    from djelme.difference import Difference
    from djelme.errors import RecordNotFoundError
    from djelme.naming import Period
    from djelme.operation import Operation, Outcome

__all__ = ("Aggregated", "Backend", "Imp", "IndexStatus", "RecordType", "TemplateOverride")


@dataclass(frozen=True)
class Aggregated:
    """What aggregations gave.

    Attributes:
        total: number of documents that the query matched.
        results: by name of the aggregation, as the server gave them.
        problem: why some indexes are not in it, in the server's words; empty if all are.
    """

    total: int
    results: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""


@dataclass(frozen=True)
class IndexStatus:
    """One index that exists.

    Attributes:
        name: the index's name.
        documents: number of documents that searches can see.
        bytes: size of its primary shards on disk, in bytes.
        shards: number of its primary shards.
        period: the time that its name stands for, half-open in UTC; None for an index without time.
        alias: the alias that has one of the type's names, where the index itself has another name,
            as after a reindexing; empty otherwise.
    """

    name: str
    documents: int
    bytes: int
    shards: int = 1
    period: Period | None = None
    alias: str = ""

    @property
    def index_name(self) -> str:
        """The index's name, as django-elasticsearch-metrics 2026.0 called it."""
        return self.name

    def for_period(self, period: Period, *, alias: str = "") -> IndexStatus:
        """Return the same status with the time that its name, or an alias, stands for."""
        return replace(self, period=period, alias=alias)


@dataclass(frozen=True)
class TemplateOverride:
    """What other index templates make of an index.

    Attributes:
        templates: their names, the one that counts most first.
        differences: what the index would have in place of what its own template says.
    """

    templates: tuple[str, ...]
    differences: tuple[Difference, ...]


class Backend(ABC):
    """A cluster as one imp talks to it.

    Every method that asks the cluster raises `djelme.errors.BackendUnreachableError` when no answer
    comes and `djelme.errors.BackendRefusedError` when the answer is an error. Making a backend
    opens no connection. Safe to share between threads, and usable after a fork.

    Args:
        name: the backend's key in ``DJELME_BACKENDS``.
        default_index_name_prefix: put before the names of the types that have no prefix of their
            own.
        delivery_options: how records are delivered; directly by default.

    Attributes:
        delivery: takes single records on their way here. Whoever makes the backend known to a site
            puts the delivery in place that `delivery_options` ask for.
    """

    def __init__(
        self,
        name: str,
        *,
        default_index_name_prefix: str = "",
        delivery_options: DeliveryOptions | None = None,
    ) -> None:
        self.name = name
        self.default_index_name_prefix = default_index_name_prefix
        self.delivery_options = delivery_options or DeliveryOptions()
        self.delivery: Delivery = DirectDelivery(self)

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__name__} {self.name!r}>"

    def check_client(self) -> None:  # noqa: B027 - for backends whose options say it all
        """Find out, without connecting, whether a client can be made.

        Raises:
            djelme.errors.ConfigurationError: if the client refuses its options.
        """

    def flush(self, timeout: float | None = None) -> bool:
        """Send the records that wait, and return whether none waits any more.

        Args:
            timeout: how long to wait for that, in seconds; None for ever.
        """
        return self.delivery.flush(timeout)

    def stats(self) -> DeliveryStats:
        """Return what has become of the records that this process has recorded."""
        return self.delivery.stats()

    @abstractmethod
    def close(self) -> None:
        """Close connections; the next use opens new ones."""

    @abstractmethod
    def server_version(self, *, timeout: float) -> str:
        """Return the version of the server, such as ``8.19.3``.

        Args:
            timeout: how long to wait for the answer, in seconds.
        """

    @abstractmethod
    def get_template(self, name: str) -> Mapping[str, Any] | None:
        """Return the body of an index template, None if it doesn't exist."""

    def find_override(self, template: str, index: str) -> TemplateOverride | None:  # noqa: ARG002
        """Return what other index templates would make of an index that is made now.

        Args:
            template: name of the index template that the index should be made by.
            index: name of the index; whether it exists makes no difference.

        Returns:
            None if it would be made as that template says; also by default, for backends in which
            an index has one template.
        """
        return None

    @abstractmethod
    def put_template(self, name: str, body: Mapping[str, Any]) -> None:
        """Create or replace an index template."""

    @abstractmethod
    def delete_template(self, name: str) -> None:
        """Delete an index template; one that doesn't exist is no error."""

    @abstractmethod
    def flatten_template(self, body: Mapping[str, Any]) -> dict[str, str]:
        """Return what djelme declares of a template, as `djelme.difference.flatten` does.

        Bodies of the same meaning give equal mappings.
        """

    @abstractmethod
    def store(self, operation: Operation) -> Outcome:
        """Store one document; return when the cluster has it.

        A document to be created whose id is there already counts as stored.
        """

    @abstractmethod
    def store_many(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Store documents in one request; return one outcome each, in the same order."""

    async def astore(self, operation: Operation) -> Outcome:
        """Do the same as `store` without blocking the event loop; by default in a thread."""
        return await asyncio.to_thread(self.store, operation)

    async def astore_many(self, operations: Sequence[Operation]) -> list[Outcome]:
        """Do the same as `store_many` without blocking the event loop; by default in a thread."""
        return await asyncio.to_thread(self.store_many, operations)

    @abstractmethod
    def get_document(
        self,
        expressions: Sequence[str],
        id: str,  # noqa: A002 - its name in Elasticsearch
        *,
        realtime: bool,
        doc_values: Sequence[object] = (),
    ) -> Mapping[str, Any] | None:
        """Return a hit for a document id, None if there is none.

        Args:
            expressions: names and patterns of indexes; exactly one name if `realtime`.
            id: the document id.
            realtime: find it as soon as it is stored, in place of after the next refresh.
            doc_values: fields whose doc values are wanted, as a search names them.
        """

    def not_found(self, error: RecordNotFoundError) -> RecordNotFoundError:
        """Return the error for a missing record as the backend's users may want to catch it."""
        return error

    @abstractmethod
    def refresh(self, expressions: Iterable[str]) -> None:
        """Make what was stored visible to searches, in indexes named by names and patterns."""

    @abstractmethod
    def list_indexes(self, expressions: Iterable[str]) -> list[IndexStatus]:
        """Return the existing indexes that names and patterns match, ordered by name."""

    def list_aliases(self, indexes: Sequence[str]) -> Mapping[str, Sequence[str]]:  # noqa: ARG002 - there are none
        """Return the aliases of indexes, by the index's name; without those that have a filter.

        Engines without aliases keep this one, which finds none.

        Args:
            indexes: exact names.
        """
        return {}

    @abstractmethod
    def aggregate(
        self,
        expressions: Sequence[str],
        aggregations: Mapping[str, Any],
        *,
        query: Mapping[str, Any] | None = None,
        exact: bool = False,
        timeout: float | None = None,
    ) -> Aggregated:
        """Count documents, and aggregate them, in one search that returns none of them.

        Args:
            expressions: names and patterns of indexes; those that match nothing are no error.
            aggregations: by name, in the server's own language; intervals of the calendar are
                ``calendar_interval`` on every version.
            query: which documents, in the server's own language; all by default.
            exact: whether every expression is the name of an index that exists and can be read; if
                not, that is an error.
            timeout: how long to wait for the answer, in seconds; None for the client's own time.
        """

    @abstractmethod
    def get_documents(self, index: str, ids: Sequence[str]) -> list[Mapping[str, Any]]:
        """Return hits for some document ids of one index, as soon as they are stored.

        Those that don't exist are left out. Hits have ``_seq_no`` and ``_primary_term``, too.
        """

    @abstractmethod
    def delete_documents(self, hits: Sequence[Mapping[str, Any]]) -> int:
        """Delete documents, unless they were changed since; return how many were deleted.

        Args:
            hits: as `get_documents` returns them, or a search that was asked for sequence numbers.
        """

    def require_available(self, expressions: Iterable[str]) -> None:  # noqa: B027 - most need none
        """Check that all documents of the indexes that there are can be read.

        Backends whose answers are always complete keep this one, which finds nothing.

        Raises:
            djelme.errors.IncompleteAnswerError: if a part of an index is away.
        """

    @abstractmethod
    def get_mapping(self, index: str) -> Mapping[str, Any] | None:
        """Return the mapping of one index, None if it doesn't exist."""

    @abstractmethod
    def put_mapping(self, index: str, mapping: Mapping[str, Any]) -> None:
        """Add fields to the mapping of one index."""

    @abstractmethod
    def delete_indexes(self, names: Sequence[str]) -> None:
        """Delete indexes by their exact names; names that don't exist are no error."""


@runtime_checkable
class Imp(Protocol):
    """What an imp's module offers."""

    def djelme_backend(self, backend_name: str, imp_kwargs: Mapping[str, Any]) -> Backend:
        """Make a backend without connecting to it.

        Args:
            backend_name: key in ``DJELME_BACKENDS``.
            imp_kwargs: the client's options, and djelme's own, which begin with ``djelme_``.

        Raises:
            djelme.errors.ConfigurationError: if an option is unknown or wrong.
        """

    def djelme_option_names(self) -> frozenset[str]:
        """Return the names of all options that `djelme_backend` takes."""


class RecordType(Protocol):
    """What commands and backends use of a record type, whichever imp it comes from."""

    @classmethod
    def check_djelme_setup(cls, using: str | None = None, index: str | None = None) -> None:
        """Raise `djelme.errors.DjelmeSetupError` unless the index template is in sync."""

    @classmethod
    def sync_index_template(cls, using: str | None = None) -> bool:
        """Create or update the index template; return whether anything was changed."""

    @classmethod
    def get_timeseries_template_name(cls) -> str:
        """Return the index template's name."""

    @classmethod
    def each_existing_index(cls, using: str | None = None) -> Iterable[IndexStatus]:
        """Return the type's own indexes, oldest first."""
