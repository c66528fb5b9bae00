"""What django-elasticsearch-metrics 2026.0.6 stored, read by the classes that its users wrote.

Templates, indexes and documents have the forms that this version was seen to send. Its field type
``version`` is not in every distribution of Elasticsearch, so the indexes here have ``keyword`` in
its place; the times are chosen so that both sort alike.
"""

from __future__ import annotations

import datetime
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings
from elasticsearch8 import dsl as esdsl

from djelme.errors import RecordTypeError
from djelme_testing.conformance import Site
from elasticsearch_metrics import MONTHLY
from elasticsearch_metrics.imps import elastic8 as djelme
from elasticsearch_metrics.imps.elastic8 import opaque_key

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.cluster import Cluster

UTC = datetime.timezone.utc
IMP = "elasticsearch_metrics.imps.elastic8"
VERSION = {"type": "keyword"}  # stands for "version"
DATE = {"type": "date"}
INTEGER = {"type": "integer"}
KEYWORD = {"type": "keyword"}
WHEN = datetime.datetime(2026, 2, 14, 9, 30, tzinfo=UTC)

PROPERTIES: dict[str, dict[str, Any]] = {
    "visit": {"page_id": INTEGER, "timestamp": DATE, "timeseries_timeparts": VERSION},
    "sale": {
        "order_id": KEYWORD,
        "channel": KEYWORD,
        "timestamp": DATE,
        "timeseries_timeparts": VERSION,
    },
    "salesreport": {
        "order_id": KEYWORD,
        "sold": INTEGER,
        "created": DATE,
        "cycle_coverage": VERSION,
        "timeseries_timeparts": VERSION,
    },
    "reading": {"when": KEYWORD, "timeseries_timeparts": VERSION},
    "use": {
        "action_labels": KEYWORD,
        "database_iri": KEYWORD,
        "sessionhour_id": KEYWORD,
        "item_iri": KEYWORD,
        "platform_iri": KEYWORD,
        "within_iris": KEYWORD,
        "timestamp": DATE,
        "timeseries_timeparts": VERSION,
    },
}
KEY = opaque_key(["k"])
DOCUMENTS: list[tuple[str, str, dict[str, Any]]] = [
    (
        "visit_2026.2.14.",
        "VBeEDKIBQoJC29rYHpeP",
        {
            "page_id": 1,
            "timestamp": "2026-02-14T09:30:15.123456+00:00",
            "timeseries_timeparts": "2026.2.14.9.30.15",
        },
    ),
    (
        "visit_2026.11.3.",
        "VReEDKIBQoJC29rYH5dm",
        {
            "page_id": 2,
            "timestamp": "2026-11-03T00:00:00+00:00",
            "timeseries_timeparts": "2026.11.3.0.0.0",
        },
    ),
    (
        "sale_2026.2.",
        "VheEDKIBQoJC29rYIZca",
        {
            "order_id": "a",
            "timestamp": "2026-02-14T00:00:00+00:00",
            "timeseries_timeparts": "2026.2.14.0.0.0",
        },
    ),
    (
        "salesreport_2026.",
        opaque_key(["2026.2", "a"]),
        {
            "cycle_coverage": "2026.2",
            "order_id": "a",
            "sold": 1,
            "created": "2026-11-24T07:45:16.308123+00:00",
            "timeseries_timeparts": "2026.2",
        },
    ),
    (
        "salesreport_2026.",
        opaque_key(["2026.9", "a"]),
        {
            "cycle_coverage": "2026.9",
            "order_id": "a",
            "sold": 2,
            "created": "2026-11-24T07:45:16.683123+00:00",
            "timeseries_timeparts": "2026.9",
        },
    ),
    (
        "reading_2026.2.14.",
        "WReEDKIBQoJC29rYJpfq",
        {"when": "2026.2.14", "timeseries_timeparts": "2026.2.14"},
    ),
    (
        "use_2026.2.",
        "WBeEDKIBQoJC29rYJJcC",
        {
            "item_iri": "urn:i",
            "platform_iri": "urn:p",
            "database_iri": "urn:d",
            "action_labels": ["view"],
            "timestamp": "2026-02-14T09:30:00+00:00",
            "sessionhour_id": opaque_key(["alice", "2026-02-14", 9]),
            "timeseries_timeparts": "2026.2.14.9.30.0",
        },
    ),
]


RANGES: list[tuple[str, Any, Any, int]] = [
    ("Visit", (2026,), (2027,), 2),
    ("Visit", datetime.date(2026, 2, 14), datetime.date(2026, 2, 15), 1),
    ("Visit", (2026, 2, 14, 9, 30, 15), (2026, 2, 14, 9, 30, 16), 1),
    ("Visit", (2026, 2, 14, 9, 30, 16), (2026, 11), 0),
    ("Visit", (2026, 11), (2026, 12), 1),
    ("Order", "2026-02-14", "2026-02-15", 1),
    ("Order", "2026-02-15", "2026-03", 0),
    ("SalesReport", (2026, 2), (2026, 3), 1),
    ("SalesReport", (2026, 3), (2027,), 1),
    ("SalesReport", (2026,), (2027,), 2),
    ("SalesReport", (2026, 2, 2), (2026, 9), 0),
    ("Reading", (2026, 2, 14), (2026, 2, 15), 1),
    ("Reading", (2026, 2, 14, 1), (2026, 3), 0),
    ("Use", (2026, 2, 14, 9), (2026, 2, 14, 10), 1),
]


@pytest.fixture
def prefix(elasticsearch8_cluster: Cluster) -> Iterator[str]:
    """The prefix of names on a cluster that the published library has worked on."""
    with Site.opened(IMP, elasticsearch8_cluster.client_options) as site:
        backend: Any = site.backend
        templates = {name: f"{site.prefix}shop_{name}__template" for name in PROPERTIES}
        for name, template in templates.items():
            mappings = {"properties": PROPERTIES[name]}
            patterns = [f"{site.prefix}shop_{name}_*"]
            body = {"index_patterns": patterns, "template": {"mappings": mappings}}
            backend.put_template(template, body)
        setting = {"key": KEYWORD, "val": INTEGER}
        path = f"/{site.prefix}shop_setting"
        backend.request("PUT", path, body={"mappings": {"properties": setting}})
        documents = [*DOCUMENTS, ("setting", KEY, {"key": "k", "val": 1})]
        lines = [
            line
            for index, id_, source in documents
            for line in (
                {"index": {"_index": f"{site.prefix}shop_{index}", "_id": id_}},
                source,
            )
        ]
        body = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
        answer = backend.request("POST", "/_bulk", params={"refresh": "true"}, body=body)
        assert not answer["errors"], answer
        yield site.prefix
        for template in templates.values():
            backend.delete_template(template)
            backend.delete_template(f"{template}_kept")


@pytest.fixture
def shop(prefix: str, elasticsearch8_cluster: Cluster) -> Iterator[type]:
    """The classes of a site that used the published library, as they stood in its metrics.py."""
    site = Site(IMP, elasticsearch8_cluster.client_options, prefix)
    with site.entered(), override_settings(DJELME_SESSION_SECRET="the secret of the tests"):

        class Visit(djelme.EventRecord):
            page_id: int

            class Meta:
                app_label = "shop"

        class Order(djelme.EventRecord):
            order_id: str = ""
            channel: str | None = None
            remark: str | None = esdsl.mapped_field(esdsl.Text(), default=None)

            class Index:
                settings = {"refresh_interval": "-1"}  # noqa: RUF012 - as users write it

            class Meta:
                app_label = "shop"
                timeseries_recordtype_name = "sale"
                timeseries_index_timedepth = MONTHLY
                timeseries_index_expiration = datetime.timedelta(days=90)

        class SalesReport(djelme.CyclicReport):
            CYCLE_TIMEDEPTH = MONTHLY
            UNIQUE_TOGETHER_FIELDS = ("cycle_coverage", "order_id")

            order_id: str
            sold: int

            class Meta:
                app_label = "shop"
                timeseries_index_timedepth = 1

        class Reading(djelme.TimeseriesRecord):
            when: str

            class Meta:
                app_label = "shop"

            def get_timeseries_timeparts(self) -> Any:
                return self.when

        class Setting(djelme.SimpleRecord):
            UNIQUE_TOGETHER_FIELDS = ("key",)
            key: str
            val: int

            class Meta:
                app_label = "shop"

            @classmethod
            def unique_id(cls, values: Any) -> str:
                return opaque_key([values["key"]])

        class BaseUse(djelme.CountedUsageRecord):
            action_labels: list[str]

            class Meta:
                abstract = True
                app_label = "shop"

        class Use(BaseUse):
            class Meta:
                timeseries_index_timedepth = 2

        types = (Visit, Order, SalesReport, Reading, Setting, Use)
        for recordtype in types:
            recordtype.init()
        yield type("shop", (), {recordtype.__name__: recordtype for recordtype in types})
        for recordtype in types:
            site.backend.delete_template(recordtype.get_timeseries_template_name())


def names_of(recordtype: Any, prefix: str) -> list[str]:
    return [status.name.removeprefix(prefix) for status in recordtype.each_existing_index()]


def test_indexes_are_found(shop: Any, prefix: str) -> None:
    assert names_of(shop.Visit, prefix) == ["shop_visit_2026.2.14.", "shop_visit_2026.11.3."]
    assert names_of(shop.Order, prefix) == ["shop_sale_2026.2."]
    assert names_of(shop.SalesReport, prefix) == ["shop_salesreport_2026."]
    assert names_of(shop.Reading, prefix) == ["shop_reading_2026.2.14."]
    assert names_of(shop.Setting, prefix) == ["shop_setting"]
    assert names_of(shop.Use, prefix) == ["shop_use_2026.2."]


def test_records_are_read(shop: Any) -> None:
    visits = {visit.page_id: visit for visit in shop.Visit.search()}
    assert visits[1].timestamp == datetime.datetime(2026, 2, 14, 9, 30, 15, 123_000, UTC)
    assert visits[1].timeseries_timeparts == "2026.2.14.9.30.15"
    reports = list(shop.SalesReport.search().sort("sold"))
    assert [report.cycle_coverage for report in reports] == ["2026.02", "2026.09"]
    assert reports[0].timeseries_start == datetime.datetime(2026, 2, 1, tzinfo=UTC)
    (reading,) = shop.Reading.search()
    assert (reading.when, reading.timeseries_start.day) == ("2026.2.14", 14)
    (setting,) = shop.Setting.search()
    assert (setting.key, setting.val) == ("k", 1)
    (use,) = shop.Use.search()
    assert use.sessionhour_id == opaque_key(["alice", "2026-02-14", 9])


def test_ranges(shop: Any) -> None:
    for name, from_when, until_when, count in RANGES:
        found = getattr(shop, name).search_timeseries_range(from_when, until_when)
        assert found.count() == count, (name, from_when, until_when)


def test_new_records_stand_beside_the_old_ones(shop: Any, prefix: str) -> None:
    shop.Visit.record(page_id=3, timestamp=WHEN)
    shop.Order.record(order_id="b", timestamp=WHEN)
    shop.SalesReport.record(cycle_coverage="2026.10", order_id="a", sold=3)
    shop.Reading.record(when="2026.2.14.12")
    shop.Use.record(item_iri="urn:i", user_id="alice", action_labels=["view"], timestamp=WHEN)
    for name, count in [("Visit", 3), ("Order", 2), ("SalesReport", 3), ("Reading", 2), ("Use", 2)]:
        recordtype = getattr(shop, name)
        recordtype.refresh()
        assert recordtype.search().count() == count
        assert recordtype.search_timeseries_range((2026,), (2027,)).count() == count
    assert names_of(shop.Visit, prefix) == [
        "shop_visit_2026.02.14",
        "shop_visit_2026.2.14.",
        "shop_visit_2026.11.3.",
    ]
    found = shop.Reading.search_timeseries_range((2026, 2, 14, 12), (2026, 3))
    assert [reading.when for reading in found] == ["2026.2.14.12"]


def test_a_record_that_was_read_can_be_changed(shop: Any) -> None:
    for name, field, value in [
        ("Visit", "page_id", 7),
        ("SalesReport", "sold", 7),
        ("Reading", "when", "2026.2.14"),
        ("Use", "item_iri", "urn:j"),
        ("Setting", "val", 7),
    ]:
        recordtype = getattr(shop, name)
        before = recordtype.search().count()
        old = recordtype.search().execute()[0]
        setattr(old, field, value)
        if name == "SalesReport":
            continue  # its id follows from its fields by now, see the next test
        old.save()
        recordtype.refresh()
        assert recordtype.search().count() == before
        found = recordtype.get(old.meta.id, index=old.meta.index)
        assert getattr(found, field) == value


def test_what_is_unique_can_stay_so(shop: Any) -> None:
    """With the ids of the published library, as the table says; reports have another index."""
    shop.Setting.record(key="k", val=2)
    shop.Setting.record(key="l", val=3)
    shop.Setting.refresh()
    assert {setting.key: setting.val for setting in shop.Setting.search()} == {"k": 2, "l": 3}
    shop.SalesReport.record(cycle_coverage="2026.2", order_id="a", sold=9)
    shop.SalesReport.refresh()
    found = shop.SalesReport.search_timeseries_range((2026, 2), (2026, 3))
    assert sorted(report.sold for report in found) == [1, 9]


def test_what_the_table_says_is_refused(shop: Any) -> None:
    with pytest.raises(RecordTypeError, match="blargl"):

        class Odd(djelme.EventRecord):
            class Meta:
                app_label = "shop"
                blargl = 5

    with pytest.raises(RecordTypeError, match="CYCLE_TIMEDEPTH"):

        class Lengthless(djelme.CyclicReport):
            class Meta:
                app_label = "shop"

    with pytest.raises(RecordTypeError, match="already has a record type"):

        class Visit(djelme.EventRecord):
            class Meta:
                app_label = "shop"


@pytest.mark.parametrize("form", ["2026.2", "2026.02"])
def test_cycles_are_found_by_either_form(shop: Any, form: str) -> None:
    shop.SalesReport.record(cycle_coverage=form, order_id="b", sold=3)
    shop.SalesReport.refresh()
    assert djelme.serialize_timeparts((2026, 2)) == "2026.02"
    queries = (
        {"term": {"cycle_coverage": form}},
        {"terms": {"cycle_coverage": [form]}},
        {"match": {"cycle_coverage": form}},
        {"range": {"cycle_coverage": {"gte": form, "lt": "2026.3"}}},
    )
    for query in queries:
        found = [report.order_id for report in shop.SalesReport.search().filter(query)]
        assert sorted(found) == ["a", "b"], query


def test_the_old_field_of_time_finds_new_records_too(shop: Any) -> None:
    shop.Visit.record(timestamp=datetime.datetime(2026, 2, 14, 12, tzinfo=UTC), page_id=3)
    shop.Visit.refresh()
    bounds = {"gte": "2026.2", "lt": "2026.3"}
    search = shop.Visit.search().filter("range", timeseries_timeparts=bounds)
    assert sorted(visit.page_id for visit in search) == [1, 3]
