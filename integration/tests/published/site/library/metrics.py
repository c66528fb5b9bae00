"""Record types of a library, as the published documentation teaches to write them."""

# ruff: noqa: RUF012 - a site's class Index, as the documentation has it
import datetime
import logging

import elasticsearch8
from elasticsearch8 import dsl as esdsl

from elasticsearch_metrics import DAILY, MONTHLY, YEARLY
from elasticsearch_metrics.imps.elastic8 import (
    CountedUsageRecord,
    CyclicReport,
    EventRecord,
    SimpleRecord,
    TimeseriesRecord,
    serialize_timeparts,
)

logger = logging.getLogger(__name__)


class PageInfo(esdsl.InnerDoc):
    """Where something was seen."""

    url: str
    path: str | None = None
    seconds: int | None = None


class LibraryRecord(EventRecord):
    """What all events of the library have."""

    branch: str | None = None

    class Meta:
        abstract = True


class Loan(LibraryRecord):
    """A book goes out."""

    book_id: int
    title: str | None = None
    page: PageInfo | None = None

    class Index:
        settings = {"number_of_shards": 1, "refresh_interval": "1s"}

    class Meta:
        timeseries_index_timedepth = DAILY
        timeseries_index_expiration = datetime.timedelta(days=3650)


class Download(CountedUsageRecord):
    """A file is fetched."""

    UNIQUE_TOGETHER_FIELDS = ("timestamp_second", "item_iri", "sessionhour_id", "labels_together")

    action_labels: list[str]
    provider_id: str | None = None
    page: PageInfo | None = None

    class Meta:
        timeseries_recordtype_name = "use"
        timeseries_index_timedepth = MONTHLY

    @property
    def timestamp_second(self):
        """The second of the click: clicks of one second count once."""
        return int(self.timestamp.timestamp())

    @property
    def labels_together(self):
        """The labels in one order."""
        return ",".join(sorted(self.action_labels))

    @classmethod
    def record(cls, *, path=None, **kwargs):
        """Record a download, with the path that it was asked for by."""
        kwargs.setdefault("platform_iri", "https://library.example")
        kwargs.setdefault("database_iri", "https://library.example/files")
        if path is not None:
            kwargs["page"] = PageInfo(url=f"https://library.example{path}", path=path)
        return super().record(**kwargs)


class Visit(EventRecord):
    """Somebody comes in; a door that is closed lets nobody in."""

    door: str

    def save(self, *args, **kwargs):
        """Store the visit, unless the door is closed."""
        if self.door == "closed":
            raise ValueError("the door is closed")
        self.door = self.door.lower()
        return super().save(*args, **kwargs)


class Reading(TimeseriesRecord):
    """A reading of the counter at the door, at a time of its own."""

    read_at: str
    count: int

    def get_timeseries_timeparts(self):
        """The time of the reading."""
        return tuple(int(part) for part in self.read_at.split("-"))


class MonthlyLoans(CyclicReport):
    """Loans of one month, by branch."""

    CYCLE_TIMEDEPTH = MONTHLY
    UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "branch")

    branch: str
    loan_count: int

    class Meta:
        timeseries_index_timedepth = YEARLY

    @classmethod
    def for_month(cls, year, month):
        """The reports of a month."""
        cycle = serialize_timeparts((year, month))
        search = cls.search().filter("term", cycle_coverage=cycle).sort("branch")
        try:
            return list(search.execute())
        except elasticsearch8.NotFoundError:
            return []


class Setting(SimpleRecord):
    """What the site remembers."""

    UNIQUE_TOGETHER_FIELDS = ("key",)
    key: str
    value: int


def found_or_none(recordtype, **where):
    """Return a record, or None where there is none, as views do it."""
    try:
        return recordtype.get(**where)
    except elasticsearch8.NotFoundError:
        return None


def record_or_log(recordtype, **fields):
    """Record something in a view, which answers also when the cluster is away."""
    try:
        return recordtype.record(**fields)
    except (elasticsearch8.ApiError, elasticsearch8.TransportError):
        logger.warning("not recorded", exc_info=True)
        return None
