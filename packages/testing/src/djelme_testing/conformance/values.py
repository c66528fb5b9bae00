"""What is stored comes back."""

from __future__ import annotations

import datetime
import math
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.sample import Color, Level, set_up_sample
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("ValueTests",)

_UTC = datetime.timezone.utc
_TEXTS = [
    "",
    " ",
    "/a/b?c=d&e=%20#f",
    'quote " backslash \\ slash /',
    "tab\tline\nreturn\rnull\x00escape\x1bdelete\x7f",
    "\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}\N{NEXT LINE}",
    "\N{LATIN SMALL LETTER E WITH ACUTE} e\N{COMBINING ACUTE ACCENT} \N{PILE OF POO}",
    "\N{ARABIC LETTER ALEF}\N{HEBREW LETTER ALEF}\N{CJK UNIFIED IDEOGRAPH-4E2D}\ufeff\uffff",
    "null",
    "{item_id}",
]
_TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
_MOMENT = st.datetimes(
    min_value=datetime.datetime(1, 1, 2),  # noqa: DTZ001 - hypothesis wants it naive
    max_value=datetime.datetime(9999, 12, 30),  # noqa: DTZ001
    timezones=st.sampled_from(
        [datetime.timezone(datetime.timedelta(hours=hours)) for hours in (0, 5.5, -11)]
    ),
)
_INTEGER = st.integers(-(2**63), 2**63 - 1)
_FLOAT = st.floats(allow_nan=False, allow_infinity=False)


def _to_millisecond(moment: datetime.datetime) -> datetime.datetime:
    moment = moment.astimezone(_UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


class ValueTests:
    """Round trips, by id and by search."""

    @pytest.fixture(params=["record", "save", "bulk", "bulk of instances"])
    def store(self, request: pytest.FixtureRequest) -> Any:
        """Each way to store the fields of a record; it returns nothing."""

        def store(recordtype: Any, fields: dict[str, Any]) -> None:
            if request.param == "record":
                recordtype.record(**fields)
            elif request.param == "save":
                recordtype(**fields).save()
            elif request.param == "bulk":
                recordtype.bulk_record([fields])
            else:
                recordtype.bulk_record([recordtype(**fields)])

        return store

    @needs(Capability.SOURCE)
    def test_all_kinds_of_values_come_back(self, site: Site, store: Any) -> None:
        sample = set_up_sample(site)
        fields = {
            "timestamp": datetime.datetime(2026, 2, 4, 5, 6, 7, 89_000, tzinfo=_UTC),
            "item_id": -(2**63),
            "path": "".join(_TEXTS),
            "ratio": 0.1,
            "active": False,
            "seen": datetime.datetime(1999, 12, 31, 23, 59, 59, 999_000, tzinfo=_UTC),
            "day": datetime.date(2024, 2, 29),
            "kind": "download",
            "color": Color.BLUE,
            "level": Level.HIGH,
            "tags": ["b", "a", "b", ""],
            "counts": [3, 1, 2**63 - 1, 1],
            "ratios": [0.5, -0.0, 1e308, 5e-324],
            "colors": [Color.BLUE, Color.RED, Color.BLUE],
            "days": [datetime.date(1, 1, 1), datetime.date(9999, 12, 31)],
        }
        store(sample, dict(fields))
        sample.refresh()
        (hit,) = sample.search()
        for record in (hit, sample.get(hit.meta.id), sample.get(hit.meta.id, index=hit.meta.index)):
            assert {name: getattr(record, name) for name in fields} == fields
            assert type(record) is sample
            assert type(record.day) is datetime.date
            assert record.color is Color.BLUE
            assert record.level is Level.HIGH
            assert math.copysign(1, record.ratios[1]) == -1

    def test_what_is_left_out_or_none_is_none_or_empty(self, site: Site, store: Any) -> None:
        sample = set_up_sample(site)
        absent = {"ratio", "active", "seen", "day", "kind", "color", "level"}
        lists = ("tags", "counts", "colors", "days")
        when = datetime.datetime(2026, 2, 4, tzinfo=_UTC)
        store(sample, {"timestamp": when, "item_id": 1, "path": "left out"})
        store(
            sample,
            {"timestamp": when, "item_id": 2, "path": "none"}
            | dict.fromkeys(absent)
            | {"ratios": None}
            | {name: [] for name in lists},
        )
        sample.refresh()
        hits = list(sample.search())
        assert sorted(hit.item_id for hit in hits) == [1, 2]
        for hit in hits:
            assert {getattr(hit, name) for name in absent} == {None}
            assert [list(getattr(hit, name)) for name in (*lists, "ratios")] == [[]] * 5

    @needs(Capability.SOURCE)
    def test_any_text_and_number_comes_back(self, site: Site) -> None:
        @site.set_up
        class Anything(Body):
            text: str
            number: int
            ratio: float
            texts: list[str]
            ratios: list[float]

            class Meta:
                timedepth = 1

        when = datetime.datetime(2026, 2, 4, tzinfo=_UTC)

        @settings(max_examples=80, deadline=None, database=None)
        @given(
            st.fixed_dictionaries(
                {
                    "text": _TEXT | st.sampled_from(_TEXTS),
                    "number": _INTEGER,
                    "ratio": _FLOAT,
                    "texts": st.lists(_TEXT, max_size=4),
                    "ratios": st.lists(_FLOAT, max_size=4),
                }
            )
        )
        def check(fields: dict[str, Any]) -> None:
            record = Anything.record(timestamp=when, **fields)
            found = Anything.get(record.meta.id, index=record.meta.index)
            assert {name: getattr(found, name) for name in fields} == fields

        check()

    def test_any_moment_comes_back_to_the_millisecond(self, site: Site) -> None:
        @site.set_up
        class Moments(Body):
            seen: datetime.datetime

            class Meta:
                timedepth = 1

        when = datetime.datetime(2026, 2, 4, tzinfo=_UTC)

        @settings(max_examples=10, deadline=None, database=None)
        @given(st.lists(_MOMENT, min_size=1, max_size=20))
        def check(moments: list[datetime.datetime]) -> None:
            records = [Moments(timestamp=when, seen=moment) for moment in moments]
            Moments.bulk_record(records)
            Moments.refresh()
            ids = [record.meta.id for record in records]
            hits = Moments.search().query("ids", values=ids)[: len(ids)]
            found = {hit.meta.id: hit.seen for hit in hits}
            assert [found[id_] for id_ in ids] == [_to_millisecond(moment) for moment in moments]
            for moment, seen in zip(moments, found.values(), strict=True):
                assert seen.utcoffset() == datetime.timedelta(), moment

        check()

    def test_ints_and_the_like_are_taken_for_floats(self, site: Site) -> None:
        sample = set_up_sample(site)
        record = sample.record(item_id=1, path="/", ratio=3, ratios=[1, 2.5])
        assert record.ratio == 3.0
        assert type(record.ratio) is float
        found = sample.get(record.meta.id, index=record.meta.index)
        assert found.ratio == 3.0

    def test_values_of_an_enumeration_are_taken_for_its_members(self, site: Site) -> None:
        sample = set_up_sample(site)
        record = sample.record(item_id=1, path="/", color="red", level=1, colors=["blue"])
        assert (record.color, record.level, record.colors) == (Color.RED, Level.LOW, [Color.BLUE])
        sample.bulk_record([{"item_id": 2, "path": "/", "color": "red", "level": Level.LOW}])

    def test_a_record_shows_its_values(self, site: Site) -> None:
        sample = set_up_sample(site)
        record = sample.record(
            item_id=1, path="/", color="red", timestamp=datetime.datetime(2026, 2, 4, tzinfo=_UTC)
        )
        shown = repr(record)
        assert shown.startswith(f"Sample(id={record.meta.id!r}, ")
        assert "item_id=1" in shown
        assert "color=<Color.RED: 'red'>" in shown
