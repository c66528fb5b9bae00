"""What django-elasticsearch-metrics 2026.0 called the methods of a record type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from djelme.errors import RecordTypeError
from djelme.naming import SingleIndexNaming
from djelme.timedepth import Timedepth
from djelme.timeparts import parse_range, parse_when
from elasticsearch_metrics.recordtype.argument import checked_index
from elasticsearch_metrics.recordtype.placed import PlacedRecord
from elasticsearch_metrics.util.published_name import warn_renamed

if TYPE_CHECKING:
    import datetime

    from elasticsearch_metrics.index.placement import Placement

__all__ = ("PublishedRecord", "app_label", "is_abstract")


class PublishedRecord(PlacedRecord):
    """A record type with its old names: they warn of the new ones, or say what to write instead."""

    @classmethod
    def require_been_setup(cls, using: str | None = None) -> None:
        """Check the set-up."""
        warn_renamed("require_been_setup()", "check_djelme_setup()")
        cls.check_djelme_setup(using)

    @classmethod
    def get_index_name_prefix(cls) -> str:
        """Return what the names of the type's indexes begin with, before its own name."""
        warn_renamed(
            "get_index_name_prefix()", "Meta.index_name_prefix or the backend's default prefix"
        )
        return cls._placement().prefix

    @classmethod
    def get_timeseries_recordtype_name(cls) -> str:
        """Return the name that the type has in names of indexes."""
        warn_renamed("get_timeseries_recordtype_name()", "djelme.options.recordtype_name")
        return cls.djelme.options.recordtype_name or cls.djelme.name

    @classmethod
    def get_timeseries_index_timedepth(cls) -> Timedepth:
        """Return how many parts of time are in names of indexes."""
        warn_renamed("get_timeseries_index_timedepth()", "djelme.options.timedepth")
        return cls._placement().naming.timedepth

    @classmethod
    def get_timeseries_index_expiration(cls) -> datetime.timedelta | None:
        """Return how long records are kept."""
        warn_renamed("get_timeseries_index_expiration()", "djelme.options.expiration")
        return cls.djelme.options.expiration

    @classmethod
    def timeseries_index_wildcard(cls, timeparts: tuple[int, ...] = ()) -> str:
        """Return the names and patterns, joined by commas, of all indexes or of those of a time.

        Args:
            timeparts: year, month, day and hour; as many as there are.
        """
        warn_renamed(
            "timeseries_index_wildcard()",
            "get_timeseries_template_pattern(), or search_timeseries_range() for a part of time",
        )
        placement = cls._placement()
        if not timeparts:
            return placement.naming.pattern
        parts = tuple(timeparts)[: placement.naming.timedepth]
        start = parse_when(parts)
        return ",".join(placement.cover(start, Timedepth(len(parts)).next(start)))

    @classmethod
    def timeseries_index_range_pattern(cls, from_when: object, until_when: object) -> str:
        """Return the names and patterns, joined by commas, of the indexes of a range of time."""
        warn_renamed("timeseries_index_range_pattern()", "search_timeseries_range()")
        return ",".join(cls._placement().cover(*parse_range(from_when, until_when)))

    @classmethod
    def delete_index(cls, index_name: str, using: str | None = None) -> None:
        """Delete one index of the type.

        Raises:
            ValueError: if it is none of the type's.
        """
        warn_renamed("delete_index()", "djelme_indexes --delete-expired")
        placement, name = cls._placement(using), checked_index(index_name)
        if name is None or not placement.naming.owns(name):
            msg = f"{index_name!r} is no index of {cls.djelme.label}"
            raise ValueError(msg)
        placement.backend.delete_indexes([name])

    @classmethod
    def do_teardown(cls, using: str | None = None, *, keep_templates: bool = False) -> None:
        """Delete all indexes of the type, and its index templates; for tests.

        Args:
            using: name of a backend, in place of the type's own.
            keep_templates: whether only indexes are deleted.
        """
        warn_renamed("do_teardown()", "the fixtures of djelme_testing")
        placement = cls._placement(using)
        placement.backend.delete_indexes([one.name for one in cls.each_existing_index(using)])
        if not keep_templates:
            for name in _template_names(placement):
                placement.backend.delete_template(name)

    @classmethod
    def timeseries_index_naming(cls, *_arguments: object) -> NoReturn:
        """Refuse; see `djelme_index_name`."""
        cls._refuse("timeseries_index_naming", "djelme_index_name(), or djelme.naming.IndexNaming")

    @classmethod
    def parse_timeseries_index_name(cls, *_arguments: object) -> NoReturn:
        """Refuse; see `djelme.naming.IndexNaming.parse`."""
        cls._refuse("parse_timeseries_index_name", "djelme.naming.IndexNaming.parse()")

    @classmethod
    def get_timepart_strat(cls, *_arguments: object) -> NoReturn:
        """Refuse; a tuple, a date, a datetime or a str is taken as it is."""
        cls._refuse(
            "get_timepart_strat", "the tuple, date, datetime or str itself, which is taken as it is"
        )

    @classmethod
    def get_cycle_timepart_strat(cls, *_arguments: object) -> NoReturn:
        """Refuse; see `CycleRecord.format_cycle`."""
        cls._refuse("get_cycle_timepart_strat", "format_cycle(when)")

    @classmethod
    def _refuse(cls, name: str, instead: str) -> NoReturn:
        msg = f"{name}() is gone; write instead: {instead}"
        raise RecordTypeError(msg, recordtype=cls.__name__)


def _template_names(placement: Placement) -> tuple[str, ...]:
    own = placement.naming.template_name
    if isinstance(placement.naming, SingleIndexNaming):
        return (own,)
    return own, placement.kept_template_name


def is_abstract(recordtype: Any) -> bool:
    """Return whether a type has no records of its own."""
    warn_renamed("is_abstract", "djelme.options.abstract")
    return bool(recordtype.djelme.options.abstract)


def app_label(recordtype: Any) -> str:
    """Return the label of a type's app."""
    warn_renamed("app_label", "djelme.app_label")
    label: str = recordtype.djelme.app_label
    return label
