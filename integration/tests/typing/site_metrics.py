"""Record types and their use as a site writes them; only type checkers read this.

A line with ``type: ignore`` is a mistake that has to be found: an ignore that isn't needed is an
error in both type checkers.
"""

from __future__ import annotations

import datetime
import enum
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from typing_extensions import assert_type

from djelme import BulkResult, IndexStatus
from elasticsearch_metrics.exceptions import RecordValidationError
from elasticsearch_metrics.imps.elastic8 import (
    CountedUsageRecord,
    CyclicReport,
    EventRecord,
    MetaField,
    mapped_field,
)
from elasticsearch_metrics.report import (
    BuildResult,
    Count,
    CountDistinct,
    Cumulative,
    CycleState,
    CycleStatus,
    Min,
    read_status,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


class Source(enum.Enum):
    WEB = "web"
    API = "api"


class SiteRecord(EventRecord):
    """What all records of the site have."""

    path: str

    class Meta:
        abstract = True


class UsageRecord(SiteRecord):
    item_id: int
    kind: Literal["view", "download"] = "view"
    source: Source = Source.WEB
    referrer: str | None = None
    tags: list[str] = mapped_field(default_factory=list)
    first_seen: datetime.date | None = mapped_field(default=None)
    label: ClassVar[str] = "usage"

    UNIQUE_TOGETHER_FIELDS = ("item_id", "timestamp")

    class Index:
        using = "main"
        settings: ClassVar[dict[str, Any]] = {"number_of_shards": 2}

    class Meta(SiteRecord.Meta):
        app_label = "shop"
        timedepth = 2
        expiration = datetime.timedelta(days=90)
        source = MetaField(enabled=True)

    def is_download(self) -> bool:
        return self.kind == "download"


class DownloadRecord(CountedUsageRecord):
    size: int

    class Meta:
        app_label = "shop"


class MonthlyReport(CyclicReport):
    CYCLE_TIMEDEPTH = 2
    downloads: int

    class Meta:
        app_label = "shop"


class ItemReport(CyclicReport):
    """What is counted of the records."""

    CYCLE_TIMEDEPTH = 2
    UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "item_id", "kind")
    item_id: int
    kind: str
    usages: int
    web: int
    paths: int
    first: datetime.datetime
    so_far: int

    class Report:
        source = UsageRecord
        group_by = ("item_id", "kind")
        exclude: ClassVar[dict[str, Any]] = {"term": {"path": "/robots.txt"}}
        usages = Count()
        web = Count(filter={"term": {"source": "web"}})
        paths = CountDistinct("path")
        first = Min("timestamp")
        so_far = Cumulative("usages")

    class Meta:
        app_label = "shop"


class AccountReport(CyclicReport):
    CYCLE_TIMEDEPTH = 1
    accounts: int

    class Report:
        def rows(self, cycle: str) -> Iterator[dict[str, Any]]:
            yield {"accounts": len(cycle)}

    class Meta:
        app_label = "shop"


def build() -> None:
    result = ItemReport.build("2026-10", progress=lambda progress: progress.counted)
    assert_type(result, BuildResult)
    assert_type(result.created, int)
    for report in ItemReport.totals("2026", "2027", item_id=7, kind="view", fill=True):
        assert_type(report, ItemReport)
        assert_type(report.so_far, int)
    for status in read_status(ItemReport, (2026, 1), "2026-02"):
        assert_type(status, CycleStatus)
        assert_type(status.is_due, bool)
        assert_type(status.state, CycleState)
    AccountReport.last_cycles(12).count()


def store() -> None:
    record = UsageRecord.record(item_id=5, path="/")
    assert_type(record, UsageRecord)
    assert_type(record.item_id, int)
    assert_type(record.timestamp, datetime.datetime)
    assert_type(record.referrer, str | None)
    assert_type(record.tags, list[str])
    assert_type(record.is_download(), bool)
    instance = UsageRecord(
        item_id=5, path="/", tags=["a"], timestamp=datetime.datetime.now(datetime.timezone.utc)
    )
    assert_type(instance.save(), str)
    assert_type(instance.djelme_index_name(), str)


def load(rows: Iterator[dict[str, Any]]) -> None:
    result = UsageRecord.bulk_record(rows, chunk_size=500, raise_on_error=False)
    assert_type(result, BulkResult)
    assert_type(result.created, int)
    UsageRecord.bulk_record(UsageRecord(item_id=number, path="/") for number in range(5))


def read() -> None:
    for hit in UsageRecord.search():
        assert_type(hit, UsageRecord)
        assert_type(hit.source, Source)
    for hit in UsageRecord.search_timeseries_range((2026, 1), "2026-02").filter("term", item_id=5):
        assert_type(hit, UsageRecord)
    assert_type(UsageRecord.search().count(), int)
    assert_type(UsageRecord.get("an-id"), UsageRecord)
    for index in UsageRecord.each_existing_index():
        assert_type(index, IndexStatus)
    UsageRecord.refresh()


def count() -> None:
    download = DownloadRecord(size=5, item_iri="urn:item", sessionhour_id="an-id")
    assert_type(download.item_iri, str | None)
    assert_type(download.within_iris, list[str])
    assert_type(download.is_robot, bool | None)
    assert_type(download.timestamp, datetime.datetime)
    report = MonthlyReport(cycle_coverage="2026.11", downloads=7)
    assert_type(report.created, datetime.datetime)
    assert_type(report.timeseries_start, datetime.datetime | None)
    for hit in MonthlyReport.search_timeseries_range((2026, 1), "2026-02"):
        assert_type(hit, MonthlyReport)


def set_up() -> None:
    assert_type(UsageRecord.sync_index_template(), bool)
    assert_type(UsageRecord.get_timeseries_template_name(), str)
    UsageRecord.check_djelme_setup()


def handle() -> str:
    try:
        UsageRecord.record(item_id="five")
    except RecordValidationError as error:
        return f"{error.field}: {error.expected}"
    return ""


def mistakes() -> None:
    UsageRecord(item_id="five", path="/")  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    UsageRecord.get("an-id").itemid = 5  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    UsageRecord(path="/")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    UsageRecord(item_id=5, path="/", itemid=5)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    UsageRecord.search_range()  # type: ignore[attr-defined] # pyright: ignore[reportAttributeAccessIssue]
    DownloadRecord(size=5, item_iri=7)  # type: ignore[arg-type] # pyright: ignore[reportArgumentType]
    DownloadRecord(size=5, itemiri="urn:item")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    MonthlyReport(downloads=7)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    CountDistinct()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    Count("item_id")  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    ItemReport.build()  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
    ItemReport.build("2026-10", parts=True)  # type: ignore[call-arg] # pyright: ignore[reportCallIssue]
