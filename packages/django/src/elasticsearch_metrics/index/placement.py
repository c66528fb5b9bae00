"""Where the records of a type go: the backend that keeps them, and the names of their indexes."""

from __future__ import annotations

import contextlib
import datetime
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from djelme.cover import MAX_BYTES, all_indexes, cover
from djelme.errors import RecordTypeError
from djelme.naming import base_name
from elasticsearch_metrics import conf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from djelme.contracts import Backend
    from djelme.naming import IndexNaming
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("Placement", "make_placement")


@dataclass(frozen=True, eq=False)
class Placement:
    """One record type in one backend.

    Attributes:
        recordtype: the record type.
        naming: the names of its indexes and of its index template.
        pattern: the pattern of its index template.
        prefix: what all these names begin with.
        longer_bases: beginnings of names that other types of the site have and that begin like
            this type's, so that its patterns might match theirs.
        published_base: what django-elasticsearch-metrics 2026.0 began the type's names with.
        is_published_base_taken: whether another type of the site has these names.
        in_bulk: whether the records come in a bulk.
    """

    recordtype: type[RecordType]
    naming: IndexNaming
    pattern: str
    prefix: str
    longer_bases: tuple[str, ...]
    published_base: str
    is_published_base_taken: bool
    _get_backend: Callable[[], Backend]
    in_bulk: bool = False

    @cached_property
    def backend(self) -> Backend:
        """The backend.

        Raises:
            djelme.errors.ConfigurationError: if there is none, or several to choose from.
        """
        return self._get_backend()

    @property
    def present_index(self) -> str:
        """The name of the index for the present moment."""
        return self.naming.index_name(datetime.datetime.now(datetime.timezone.utc))

    @property
    def published_template_name(self) -> str:
        """The name that django-elasticsearch-metrics 2026.0 gave the type's index template."""
        return f"{self.published_base}__template"

    @property
    def kept_template_name(self) -> str:
        """The name of the copy of that template; see `elasticsearch_metrics.index.published`."""
        return f"{self.published_template_name}_kept"

    def for_bulk(self) -> Placement:
        """Return the same place for the records of a bulk."""
        return replace(self, in_bulk=True)

    def all_indexes(self) -> tuple[str, ...]:
        """Return patterns that match all indexes of the type and no other type's."""
        return (*all_indexes(self.naming), *self._exclusions())

    def cover(self, start: datetime.datetime, end: datetime.datetime) -> tuple[str, ...]:
        """Return names and patterns of the indexes that can hold a part of a range of time.

        Args:
            start: first moment, in UTC.
            end: first moment after the range, in UTC.
        """
        # An empty list of indexes would mean all of them: an empty range still names the type's.
        exclusions = self._exclusions()
        left = MAX_BYTES - sum(len(name.encode()) + 1 for name in exclusions)
        covering = cover(self.naming, start, end, max_bytes=left) or all_indexes(self.naming)
        return (*covering, *exclusions)

    def _exclusions(self) -> tuple[str, ...]:
        return tuple(f"-{base}_*" for base in self.longer_bases)


def make_placement(
    recordtype: type[RecordType],
    prefix: str,
    others: Iterable[tuple[type[RecordType], str]],
    get_backend: Callable[[], Backend],
) -> Placement:
    """Work out names from the record type's options, its backend's and the settings.

    Args:
        recordtype: the type.
        prefix: what the names of its indexes and templates begin with, before everything else.
        others: the other record types of the site, with their prefixes.
        get_backend: returns the backend. It isn't called yet, as names don't need one.

    Raises:
        RecordTypeError: if the type is abstract, or if Elasticsearch would refuse its names.
    """
    recordtype.require_concrete()
    options = recordtype.djelme.options
    base = _base(recordtype, prefix)
    naming = recordtype.make_naming(base, options.timedepth or conf.default_timedepth())
    definition = recordtype.djelme
    published = _published_base(
        definition.app_label, options.recordtype_name or definition.name, prefix
    )
    other_bases = tuple(_bases(others))
    return Placement(
        recordtype,
        naming,
        f"{prefix}{options.template}" if options.template else naming.pattern,
        prefix,
        tuple(other for other in other_bases if other.startswith(f"{base}_")),
        published,
        published in other_bases,
        get_backend,
    )


def _base(recordtype: type[RecordType], prefix: str) -> str:
    definition = recordtype.djelme
    try:
        return base_name(
            definition.app_label,
            definition.options.recordtype_name or definition.name,
            prefix=prefix,
            template_name=definition.options.template_name,
        )
    except ValueError as error:
        raise RecordTypeError(str(error), recordtype=definition.label) from error


def _published_base(app_label: str, recordtype_name: str, prefix: str) -> str:
    """Return what django-elasticsearch-metrics 2026.0 began the names of a record type with."""
    parts = (part.replace("_", "").lower() for part in (app_label, recordtype_name))
    return f"{prefix}{'_'.join(parts)}"


def _bases(recordtypes: Iterable[tuple[type[RecordType], str]]) -> Iterator[str]:
    for recordtype, prefix in recordtypes:
        with contextlib.suppress(RecordTypeError):  # the system checks report it
            yield _base(recordtype, prefix)
