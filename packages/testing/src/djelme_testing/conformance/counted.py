"""Usage as COUNTER counts it.

It is long, as one class is one part of the suite.
"""

from __future__ import annotations

import asyncio
import datetime
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from django.test import override_settings

from djelme.errors import RecordTypeError, RecordValidationError
from djelme_testing.conformance.capability import Capability, needs
from elasticsearch_metrics import signals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance.site import Site

__all__ = ("CountedTests",)

_START = datetime.datetime(2026, 11, 23, 10, 1, tzinfo=datetime.timezone.utc)
_IDENTITY = {
    "user_id": "alice@example.org",
    "client_session_id": "cookie-3b1f",
    "request_host": "192.0.2.77",
    "request_useragent": "SecretBrowser/9",
}
_SECRET = "the secret of the tests"  # noqa: S105 - no real one
_ITEM = "https://example.org/item"


def _at(second: float) -> datetime.datetime:
    return _START + datetime.timedelta(seconds=second)


def _dsl_class(site: Site, name: str) -> Any:
    """Return the DSL's class for the fields of a type."""
    return site.imp.EventRecord.field_class.get_dsl_class(name)


class CountedTests:
    """What `CountedUsageRecord` does."""

    @pytest.fixture
    def usage(self, site: Site) -> Iterator[Any]:
        """A type of usage."""

        class Usage:
            pass

        with override_settings(DJELME_SESSION_SECRET=_SECRET):
            recordtype = site.declare(Usage, site.imp.CountedUsageRecord)
            recordtype.sync_index_template()
            yield recordtype

    @staticmethod
    def seconds(usage: Any) -> list[float]:
        """Return when the clicks were that are left."""
        usage.refresh()
        found = usage.search().sort("timestamp").extra(size=100)
        return [(hit.timestamp - _START).total_seconds() for hit in found]

    @needs(Capability.DSL)
    def test_nothing_of_an_identity_is_stored(self, site: Site, usage: Any) -> None:
        """Neither as a value nor as a name, whichever way usage is stored."""
        fields = {"item_iri": _ITEM, "within_iris": ["urn:journal"], **_IDENTITY}
        usage.record(**fields, timestamp=_at(0))
        usage(**fields, timestamp=_at(60)).save()
        usage.bulk_record([{**fields, "timestamp": _at(120)}])
        asyncio.run(usage.arecord(**fields, timestamp=_at(180)))
        usage.refresh()
        hits = usage.search().execute().to_dict()["hits"]["hits"]
        assert len(hits) == 4
        assert len({hit["_source"]["sessionhour_id"] for hit in hits}) == 1
        backend: Any = site.backend
        mapping = backend.get_mapping(hits[0]["_index"])
        for text in (str(hits), str(mapping)):
            assert not [part for part in (*_IDENTITY, *_IDENTITY.values()) if part in text]

    def test_nothing_of_an_identity_is_dispatched(self, usage: Any) -> None:
        """Receivers of signals don't learn it either."""
        seen: list[Any] = []

        def note(instance: Any, **_kwargs: Any) -> None:
            seen.append((repr(instance), vars(instance), instance.to_dict()))

        for signal in (signals.pre_save, signals.post_save):
            signal.connect(note, sender=usage)
        usage.record(item_iri=_ITEM, **_IDENTITY)
        usage.bulk_record([{"item_iri": _ITEM, **_IDENTITY}])
        usage(item_iri=_ITEM, **_IDENTITY).save()
        assert len(seen) == 6
        assert not [value for value in _IDENTITY.values() if value in str(seen)]

    def test_an_instance_knows_no_identity(self, usage: Any) -> None:
        """From the beginning, and whoever wants to change that."""
        record = usage(item_iri=_ITEM, **_IDENTITY)
        assert record.sessionhour_id
        assert not [value for value in _IDENTITY.values() if value in f"{record!r}{vars(record)}"]
        with pytest.raises(RecordTypeError, match="user_id"):
            record.user_id = "alice"

    @needs(Capability.DSL, Capability.QUERY_ENGINE)
    def test_sessions_can_be_counted(self, usage: Any) -> None:
        """COUNTER's unique items: a session-hour counts an item once."""
        for user, second in [("a", 0), ("a", 60), ("a", 3_600), ("b", 0)]:
            usage.record(item_iri=_ITEM, user_id=user, timestamp=_at(second))
        usage.refresh()
        search = usage.search().extra(size=0)
        search.aggs.metric("sessions", "cardinality", field="sessionhour_id")
        found = search.execute()
        assert usage.search().count() == 4
        assert found.aggregations.sessions.value == 3

    @needs(Capability.DSL)
    @pytest.mark.parametrize(
        ("seconds", "left"),
        [
            ([0, 29], [29]),
            ([0, 35], [0, 35]),
            ([20, 50], [50]),
            ([20, 50.001], [20, 50.001]),
            ([0, 20, 40, 60, 80], [80]),
            ([29, 31], [31]),
            ([31, 29], [31]),
            ([59, 89, 120], [89, 120]),
        ],
        ids=str,
    )
    def test_double_clicks_count_once(
        self, usage: Any, seconds: list[float], left: list[float]
    ) -> None:
        """The first of two is removed and the second retained."""
        for second in seconds:
            usage.record(item_iri=_ITEM, user_id="a", timestamp=_at(second))
        assert self.seconds(usage) == left
        assert usage.filter_double_clicks("2026", "2027") == 0

    @pytest.mark.parametrize("way", ["save", "async", "signals"])
    def test_double_clicks_count_once_in_every_way(self, usage: Any, way: str) -> None:
        """Across the border of two half minutes."""
        fields = {"item_iri": _ITEM, "user_id": "a"}

        def nothing(**_kwargs: Any) -> None:
            pass

        if way == "signals":
            signals.post_save.connect(nothing, sender=usage)
        for second in (29, 31):
            if way == "save":
                usage(**fields, timestamp=_at(second)).save()
            elif way == "async":
                asyncio.run(usage.arecord(**fields, timestamp=_at(second)))
            else:
                usage.record(**fields, timestamp=_at(second))
        assert self.seconds(usage) == [31]

    def test_double_clicks_at_the_same_time(self, usage: Any) -> None:
        """Of many clicks at once, in several threads, the last one is left."""
        usage.record(item_iri=_ITEM, user_id="a", timestamp=_at(-600))

        def click(number: int) -> None:
            usage.record(item_iri=_ITEM, user_id="a", timestamp=_at(29 + number / 4))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(click, range(16)))
        assert self.seconds(usage) == [-600, 32.75]

    def test_clicks_by_others_or_on_others_are_no_double_clicks(self, usage: Any) -> None:
        """Only one person's on one thing are."""
        for fields in (
            {"item_iri": _ITEM, "user_id": "a"},
            {"item_iri": _ITEM, "user_id": "b"},
            {"item_iri": "urn:other", "user_id": "a"},
            {"item_iri": _ITEM, "user_id": "a", "platform_iri": "urn:platform"},
            {"platform_iri": "urn:platform", "user_id": "a"},
            {"platform_iri": "urn:platform", "user_id": "a"},
        ):
            usage.record(**fields, timestamp=_at(0))
        assert len(self.seconds(usage)) == 6

    @needs(Capability.DSL)
    def test_double_clicks_of_a_bulk_are_filtered(self, usage: Any) -> None:
        """Afterwards; filtering again finds nothing more."""
        records = [
            {"item_iri": f"urn:{item}", "user_id": "a", "timestamp": _at(second)}
            for item in range(3)
            for second in (0, 20, 40, 60, 91)
        ]
        usage.bulk_record(records)
        with_doubles = len(self.seconds(usage))
        assert with_doubles == 15  # each may link others in a series
        assert usage.filter_double_clicks(_at(1_000), _at(2_000)) == 0
        assert usage.filter_double_clicks(_START, _at(91)) == 9
        assert self.seconds(usage) == [60] * 3 + [91] * 3
        assert usage.filter_double_clicks("2026", "2027") == 0

    @needs(Capability.DSL)
    @pytest.mark.parametrize("seconds", [[10, 35, 58], [10, 39, 44, 61], [58, 10, 35]], ids=str)
    @pytest.mark.parametrize("way", ["dicts", "instances", "direct"])
    def test_a_series_leaves_its_last_click(
        self, usage: Any, seconds: list[float], way: str
    ) -> None:
        """Also where only a click that a later one of its half minute follows links the others."""
        records = [
            {"item_iri": _ITEM, "user_id": "a", "timestamp": _at(second)} for second in seconds
        ]
        if way == "dicts":
            usage.bulk_record(records)
        elif way == "instances":
            usage.bulk_record(usage(**record) for record in records)
        else:
            for record in sorted(records, key=lambda record: str(record["timestamp"])):
                usage.record(**record)
        usage.filter_double_clicks("2026", "2027")
        assert self.seconds(usage) == [max(seconds)]
        assert usage.filter_double_clicks("2026", "2027") == 0

    @needs(Capability.DSL)
    @pytest.mark.parametrize(
        "parameters",
        [
            {"ignore_above": 12},
            {"doc_values": False},
            {"index": False},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("name", ["item_iri", "sessionhour_id", "action"])
    def test_what_was_stored_tells_clicks_apart(
        self, site: Site, parameters: dict[str, Any], name: str
    ) -> None:
        """Not what was indexed of it."""

        class Usage:
            DOUBLE_CLICK_FIELDS = ("item_iri", "action")
            action: str = ""

        keyword = _dsl_class(site, "keyword")(**parameters)
        setattr(Usage, name, site.imp.mapped_field(keyword, default=""))
        Usage.__annotations__ = {**Usage.__annotations__, name: str}
        recordtype = site.declare(Usage, site.imp.CountedUsageRecord)
        recordtype.sync_index_template()
        fields = {"item_iri": _ITEM, "sessionhour_id": "s" * 24, "action": "view"}
        records = [
            {**fields, name: value, "timestamp": _at(second)}
            for value in (f"{_ITEM}/abc", f"{_ITEM}/aBc", f"{_ITEM}/abd")
            for second in (5, 6, 40)
        ]
        recordtype.bulk_record(records)
        assert recordtype.filter_double_clicks("2026", "2027") == 3
        assert self.seconds(recordtype) == [6] * 3 + [40] * 3

    @needs(Capability.DSL, Capability.QUERY_ENGINE)
    def test_clicks_that_sort_the_same_are_all_seen(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Documents of several shards can have the same time and sequence number."""
        monkeypatch.setattr("elasticsearch_metrics.counter.double_click._PAGE", 1)

        class Usage:
            class Index:
                settings: ClassVar[dict[str, int]] = {"number_of_shards": 5}

        usage = site.declare(Usage, site.imp.CountedUsageRecord)
        usage.sync_index_template()
        usage.bulk_record(
            {"item_iri": f"urn:{item}", "sessionhour_id": "s", "timestamp": _at(second)}
            for second in (29, 31)
            for item in range(12)
        )
        assert usage.filter_double_clicks("2026", "2027") == 12
        assert self.seconds(usage) == [31] * 12

    @pytest.mark.parametrize("name", ["text", "object", "nested", "geo_point"])
    def test_what_can_not_be_compared_is_refused(self, site: Site, name: str) -> None:
        """As a part of what was clicked on."""

        class Usage:
            DOUBLE_CLICK_FIELDS = ("item_iri", "place")

        Usage.place = _dsl_class(site, name)()  # type: ignore[attr-defined]
        with pytest.raises(RecordTypeError, match="DOUBLE_CLICK_FIELDS names 'place'"):
            site.declare(Usage, site.imp.CountedUsageRecord)

    @needs(Capability.DSL)
    @pytest.mark.parametrize(
        "source", [{"enabled": False}, {"excludes": ["item_iri"]}, {"includes": ["timestamp"]}]
    )
    def test_what_is_not_in_the_source_is_refused(self, site: Site, source: dict[str, Any]) -> None:
        """Since it can't be read again; without double-clicks it need not be."""

        class Usage:
            class Meta:
                source = None

        class All(Usage):
            DOUBLE_CLICK_FIELDS = ()

        Usage.Meta.source = site.imp.MetaField(**source)
        with pytest.raises(RecordTypeError, match="_source"):
            site.declare(Usage, site.imp.CountedUsageRecord)
        All.Meta = Usage.Meta  # type: ignore[misc]
        site.declare(All, site.imp.CountedUsageRecord)

    @needs(Capability.DSL)
    def test_a_click_just_after_a_range_counts_for_it(self, usage: Any) -> None:
        """The first of a double-click is in the range, the second isn't."""
        usage.bulk_record(
            [{"item_iri": _ITEM, "user_id": "a", "timestamp": _at(second)} for second in (29, 31)]
        )
        assert usage.filter_double_clicks(_START, _at(30)) == 1
        assert self.seconds(usage) == [31]

    @needs(Capability.DSL, Capability.QUERY_ENGINE)
    def test_many_clicks_are_filtered_in_pages(
        self, usage: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nothing is overlooked where one page ends and the next one begins."""
        monkeypatch.setattr("elasticsearch_metrics.counter.double_click._PAGE", 7)
        records = [
            {"item_iri": f"urn:{item}", "user_id": "a", "timestamp": _at(second)}
            for item in range(10)
            for second in (0, 30, 60)
        ]
        usage.bulk_record(records)
        assert usage.filter_double_clicks("2026", "2027") == 20
        assert self.seconds(usage) == [60] * 10

    @needs(Capability.DSL, Capability.QUERY_ENGINE)
    def test_defaults_tell_actions_apart_too(
        self, site: Site, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A field that is left out is as one that has its default."""

        class Action:
            DOUBLE_CLICK_FIELDS = ("item_iri", "action", "place")
            action: str = "view"
            place: str | None

        recordtype = site.declare(Action, site.imp.CountedUsageRecord)
        recordtype.sync_index_template()
        fields = {"item_iri": _ITEM, "sessionhour_id": "s"}
        recordtype.record(**fields, timestamp=_at(28))
        recordtype.record(**fields, action="view", place=None, timestamp=_at(29))
        recordtype.record(**fields, timestamp=_at(31))
        recordtype.record(**fields, action="download", timestamp=_at(31.5))
        assert self.seconds(recordtype) == [31, 31.5]
        monkeypatch.setattr("elasticsearch_metrics.counter.double_click._PAGE", 1)
        assert recordtype.filter_double_clicks("2026", "2027") == 0
        recordtype.bulk_record([{**fields, "timestamp": _at(second)} for second in (89, 91)])
        assert recordtype.filter_double_clicks("2026", "2027") == 1
        assert self.seconds(recordtype) == [31, 31.5, 91]

    def test_every_click_can_be_kept(self, site: Site) -> None:
        """A type may want them all."""

        class All:
            DOUBLE_CLICK_FIELDS = ()

        recordtype = site.declare(All, site.imp.CountedUsageRecord)
        recordtype.sync_index_template()
        for _ in range(2):
            recordtype.record(item_iri=_ITEM, sessionhour_id="s", timestamp=_at(0))
        recordtype.refresh()
        assert recordtype.search().count() == 2
        assert recordtype.filter_double_clicks("2026", "2027") == 0

    def test_a_record_that_was_read_stays_itself(self, usage: Any) -> None:
        """Also one whose id isn't that of its click, as from before clicks had ids."""
        record = usage(meta={"id": "old"}, item_iri=_ITEM, sessionhour_id="s", timestamp=_at(0))
        record.save()
        found = usage.get("old", index=record.meta.index)
        found.platform_iri = "urn:platform"
        found.save()
        usage.refresh()
        assert [hit.meta.id for hit in usage.search()] == ["old"]

    def test_usage_of_nobody_is_refused(self, usage: Any) -> None:
        """There has to be something that tells the session."""
        with pytest.raises(RecordValidationError) as caught:
            usage.record(item_iri=_ITEM)
        assert caught.value.field == "sessionhour_id"
