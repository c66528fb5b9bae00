"""The outbox: by its fixture, its mixin, and the factories that fill it."""

from __future__ import annotations

import asyncio
import datetime
import enum
import io
import socket
import unittest
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, override_settings
from django.utils.module_loading import import_string

from djelme.errors import BackendRefusedError, RecordValidationError
from djelme_testing.conformance import Site
from djelme_testing.conformance.site import Body
from djelme_testing.memory import (
    DjelmeOutboxMixin,
    MemoryServer,
    NotInMemoryError,
    Outbox,
    RecordFactory,
    client_options,
    make_record,
    open_outbox,
)
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator


def _usage(imp_name: str) -> Any:
    """Return the record type of the tests' app that is for an imp."""
    return djelme_registry.get_recordtype(
        "testapp", f"{imp_name.rpartition('.')[2].capitalize()}Usage"
    )


def _configured() -> dict[str, Any]:
    backends: dict[str, Any] = getattr(settings, "DJELME_BACKENDS")  # noqa: B009 - for mypy
    return backends


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: Any) -> None:
        pytest.fail("a unit test opened a connection")

    monkeypatch.setattr(socket.socket, "connect", refuse)


@pytest.fixture
def site(imp_name: str) -> Iterator[Site]:
    major = 8 if imp_name.endswith("8") else 6
    with Site.opened(imp_name, client_options(MemoryServer(major))) as site:
        yield site


def test_what_was_recorded_is_there(djelme_outbox: Outbox, imp_name: str) -> None:
    usage = _usage(imp_name)
    assert list(djelme_outbox) == []
    first = usage.record(item_id=1)
    usage(item_id=2).save()
    usage.bulk_record([{"item_id": 3}, {"item_id": 4}])
    assert [record.item_id for record in djelme_outbox] == [1, 2, 3, 4]
    assert len(djelme_outbox) == 4
    assert type(djelme_outbox[0]) is usage
    assert djelme_outbox[0].meta.id == first.meta.id
    assert djelme_outbox[0].meta.index == first.meta.index
    assert djelme_outbox[0].timestamp == first.timestamp
    assert [record.item_id for record in djelme_outbox[-2:]] == [3, 4]
    assert usage.search_timeseries_range("2026", "2126").count() == 4
    djelme_outbox.clear()
    assert not djelme_outbox
    assert usage.search().count() == 0


def test_it_is_told_by_type(djelme_outbox: Outbox) -> None:
    types = [_usage(imp) for entry in _configured().values() for imp in entry]
    for number, usage in enumerate(types):
        usage.record(item_id=number)
    assert [record.item_id for usage in types for record in djelme_outbox.of(usage)] == list(
        range(len(types))
    )


def test_nothing_is_left_for_the_next_test(imp_name: str) -> None:
    usage = _usage(imp_name)
    before = _configured()
    for _ in range(2):
        with open_outbox() as outbox:
            usage.record(item_id=1)
            assert len(outbox) == 1
    assert _configured() == before


def test_wrong_values_are_refused(djelme_outbox: Outbox, imp_name: str) -> None:
    with pytest.raises(RecordValidationError, match="item_id"):
        _usage(imp_name).record(item_id="my.item.id")
    assert not djelme_outbox


def test_delivery_is_direct_whatever_the_settings_say(imp_name: str) -> None:
    entry = {
        "hosts": "http://production.example:9200",
        "djelme_delivery": "durable",
        "djelme_spool_dir": "/nonexistent",
        "djelme_default_index_name_prefix": "ours_",
    }
    with override_settings(DJELME_BACKENDS={"main": {imp_name: entry}}), open_outbox() as outbox:
        record = _usage(imp_name).record(item_id=1)
        assert record.meta.index.startswith("ours_testapp_")
        assert [one.meta.index for one in outbox] == [record.meta.index]


def test_it_works_on_event_loops(djelme_outbox: Outbox, imp_name: str) -> None:
    usage = _usage(imp_name)

    async def record() -> None:
        await usage.arecord(item_id=1)
        await usage(item_id=2).asave()

    asyncio.run(record())
    assert [record.item_id for record in djelme_outbox] == [1, 2]


def test_commands_find_it_set_up(djelme_outbox: Outbox, imp_name: str) -> None:
    _usage(imp_name).record(item_id=1)
    said = io.StringIO()
    call_command("djelme_backend_check", "testapp", stdout=said)
    assert "testapp" in said.getvalue()
    recordtype = f"testapp.{_usage(imp_name).__name__}"
    for command, name in (("indexes", "testapp"), ("stats", recordtype)):
        with pytest.raises(CommandError, match="use a cluster, by the fixture djelme_set_up_back"):
            call_command(f"djelme_{command}", name, stdout=said)


def test_django_test_cases_have_it(imp_name: str) -> None:
    usage = _usage(imp_name)

    class UsageTest(DjelmeOutboxMixin, SimpleTestCase):
        def setUp(self) -> None:
            super().setUp()
            usage.record(item_id=1)

        def test_one(self) -> None:
            usage.record(item_id=2)
            assert [record.item_id for record in self.djelme_outbox.of(usage)] == [1, 2]

        def test_other(self) -> None:
            assert len(self.djelme_outbox) == 1

    result = unittest.TestResult()
    unittest.defaultTestLoader.loadTestsFromTestCase(UsageTest).run(result)
    assert result.wasSuccessful(), result.errors + result.failures
    assert result.testsRun == 2


def test_backends_of_other_engines_are_refused() -> None:
    with (
        override_settings(DJELME_BACKENDS={"other": {"no.such.engine": {}}}),
        pytest.raises(NotInMemoryError, match="'other'"),
        open_outbox(),
    ):
        pass


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ({"query": {"fuzzy": {"path": "x"}}}, "the query 'fuzzy'"),
        ({"query": {"match": {"path": "x"}}}, "the query 'match'"),
        ({"query": {"prefix": {"path": "x"}}}, "the query 'prefix'"),
        ({"query": {"bool": {"must": [{"wildcard": {"path": "x*"}}]}}}, "the query 'wildcard'"),
        ({"query": {"term": {"path": {"value": "x", "case_insensitive": True}}}}, "insensitive"),
        ({"query": {"range": {"timestamp": {"gte": "now-1d"}}}}, "'now-1d'"),
        ({"aggs": {"of": {"percentiles": {"field": "item_id"}}}}, "the aggregation 'percent"),
        ({"aggs": {"of": {"terms": {"field": "path"}}}}, "the aggregation 'terms'"),
        ({"aggs": {"of": {"sum": {"field": "item_id"}}}}, "the aggregation 'sum'"),
        ({"collapse": {"field": "path"}}, "'collapse'"),
        ({"sort": [{"path": {"nested": {}}}]}, "sort of a search with 'nested'"),
    ],
    ids=str,
)
def test_what_it_can_not_do_it_says(site: Site, body: dict[str, Any], what: str) -> None:
    @site.set_up
    class UsageRecord(Body):
        item_id: int
        path: str

    UsageRecord.record(item_id=1, path="/")
    with pytest.raises(NotInMemoryError, match=what) as caught:
        UsageRecord.search().update_from_dict(body).execute()
    assert "djelme_set_up_backends" in str(caught.value)


def test_it_says_so_also_while_there_is_nothing_to_find(site: Site) -> None:
    @site.set_up
    class UsageRecord(Body):
        path: str

    fuzzy = UsageRecord.search().query("fuzzy", path="x")
    for ask in (fuzzy.execute, fuzzy.count):
        with pytest.raises(NotInMemoryError, match="fuzzy"):
            ask()
    with pytest.raises(NotInMemoryError, match="_search"):
        list(UsageRecord.search().scan())
    ranks = UsageRecord.search()
    ranks.aggs.metric("of", "percentiles", field="path")
    with pytest.raises(NotInMemoryError, match="percentiles"):
        ranks.execute()


def test_requests_it_does_not_know_are_told(site: Site) -> None:
    backend: Any = site.backend
    with pytest.raises(NotInMemoryError, match="POST /_reindex"):
        backend.request("POST", "/_reindex", body={})
    with pytest.raises(BackendRefusedError) as caught:
        backend.request("PUT", "/Not a Name")
    assert caught.value.status == 400


class Size(enum.Enum):
    SMALL = "s"
    LARGE = "l"


def test_factories_fill_what_is_required(site: Site) -> None:
    @site.set_up
    class UsageRecord(Body):
        item_id: int
        path: str
        ratio: float
        active: bool
        seen: datetime.datetime
        day: datetime.date
        size: Size
        tags: list[str]
        note: str | None
        kind: str = "view"

    factory = RecordFactory(UsageRecord, note=lambda number: f"note {number}")
    first, second = factory.record(), factory.record(path="/here")
    assert (first.item_id, first.path, first.ratio, first.active) == (1, "path-1", 1.0, True)
    assert (first.day, first.size, first.kind) == (datetime.date(2026, 1, 1), Size.SMALL, "view")
    assert (second.item_id, second.path, second.size) == (2, "/here", Size.LARGE)
    assert second.note == "note 2"
    assert UsageRecord.search().count() == 2
    built = factory.build(item_id=9)
    assert (built.item_id, built.path) == (9, "path-3")
    assert UsageRecord.search().count() == 2
    assert make_record(UsageRecord).item_id == 1
    assert [one.item_id for one in RecordFactory(UsageRecord).record_many(3)] == [1, 2, 3]
    with pytest.raises(RecordValidationError, match="item_id"):
        factory.record(item_id="x")


def test_factories_know_the_further_types(site: Site) -> None:
    report = site.declare(type("Report", (), {"CYCLE_TIMEDEPTH": 2}), site.imp.CyclicReport)
    counted = site.declare(type("Counted", (), {}), site.imp.CountedUsageRecord)
    simple = site.declare(
        type("Setting", (), {"__annotations__": {"name": str}, "__module__": __name__}),
        site.imp.SimpleRecord,
    )
    for recordtype in (report, counted, simple):
        recordtype.sync_index_template()
        RecordFactory(recordtype).record_many(3)
        assert recordtype.search().count() == 3


def test_factories_say_what_they_can_not_guess(site: Site) -> None:
    class Place(Body):
        point = site.imp.mapped_field(import_string(f"{_dsl(site)}.GeoPoint")(required=True))

    Place.__annotations__["point"] = dict
    recordtype = site.declare(Place)
    with pytest.raises(ValueError, match=r"Place\.point is required"):
        RecordFactory(recordtype).values()
    assert RecordFactory(recordtype, point="1,2").values()["point"] == "1,2"


def _dsl(site: Site) -> str:
    return "elasticsearch8.dsl" if site.imp_name.endswith("8") else "elasticsearch6_dsl"
