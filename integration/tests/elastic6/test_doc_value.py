"""Records without ``_source``: what searches give back of them, and what they say of the rest."""

from __future__ import annotations

import datetime
import enum
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import RecordTypeError
from elasticsearch_metrics.imps.elastic6 import (
    Boolean,
    Date,
    Double,
    EventRecord,
    Float,
    GeoPoint,
    InnerDoc,
    Integer,
    Ip,
    Keyword,
    Long,
    MetaField,
    Metric,
    Nested,
    Object,
    Text,
    mapped_field,
)

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

UTC = datetime.timezone.utc


class Place(InnerDoc):  # type: ignore[misc] # untyped
    city = Keyword()
    zip = Integer()


class Colour(enum.Enum):
    RED = "red"


def _stored(recordtype: Any, **values: Any) -> Any:
    """Store a record and return it as a search gives it."""
    recordtype.sync_index_template()
    recordtype.record(**values)
    recordtype.refresh()
    (found,) = recordtype.search()
    return found


def test_every_kind_of_value(site: Site) -> None:
    @site.inherit(Metric)
    class Sample:
        word = Keyword()
        words = Keyword(multi=True)
        number = Long()
        numbers = Integer(multi=True)
        double = Double()
        single = Float()
        truth = Boolean()
        moment = Date()
        moments = Date(multi=True)
        address = Ip()
        place = Object(Place)
        point = GeoPoint()
        day: datetime.date
        colour: Colour
        annotated: list[str] = mapped_field(Keyword())

    when = datetime.datetime(1969, 7, 20, 20, 17, 40, 123_000, tzinfo=UTC)
    found = _stored(
        Sample,
        timestamp=when,
        word="a",
        words=["b", "a", "b"],
        number=2**63 - 1,
        numbers=[3, 1, 3],
        double=0.1,
        single=0.5,
        truth=False,
        moment=when,
        moments=[when, datetime.datetime(9999, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC)],
        address="10.0.0.1",
        place={"city": "Rome", "zip": 3},
        point={"lat": 1.5, "lon": 2.5},
        day=datetime.date(2020, 2, 29),
        colour=Colour.RED,
        annotated=["x"],
    )
    assert found.timestamp == when
    assert found.word == "a"
    assert found.words == ["a", "b"]  # sorted, each once
    assert found.number == 2**63 - 1
    assert found.numbers == [1, 3, 3]  # sorted
    assert found.double == 0.1
    assert found.single == 0.5
    assert found.truth is False
    assert found.moment == when
    assert found.moments[0] == when
    assert found.moments[1].year == 9999
    assert str(found.address) == "10.0.0.1"
    assert found.place.to_dict() == {"city": "Rome", "zip": 3}
    assert found.point.lat == pytest.approx(1.5)
    assert found.day == datetime.date(2020, 2, 29)
    assert found.colour is Colour.RED
    assert found.annotated == ["x"]
    assert Sample.lost_fields() == ()  # type: ignore[attr-defined]


def test_what_has_no_doc_values_is_named(site: Site) -> None:
    @site.inherit(Metric)
    class Sample:
        title = Text()
        bare = Keyword(doc_values=False)
        place = Object(Place)
        places = Nested(Place)
        listed = Object(Place, multi=True)

    sample: Any = Sample
    assert sample.lost_fields() == ("title", "bare", "places", "listed")
    found = _stored(
        sample, title="x", bare="y", place={"zip": 1}, places=[{"zip": 2}], listed=[{"zip": 3}]
    )
    assert (found.title, found.bare) == (None, None)
    assert found.place.zip == 1
    assert sample.search().query("match", title="x").count() == 1


def test_a_record_is_got_by_its_id_at_once(site: Site) -> None:
    @site.inherit(Metric)
    class Sample:
        word = Keyword()

    sample: Any = Sample
    sample.sync_index_template()
    stored = sample.record(word="a")
    assert sample.get(stored.meta.id, index=stored.meta.index).word == "a"
    assert sample.get(stored.meta.id).word == "a"  # was refreshed by the first


def test_annotated_types_can_do_without_source_too(site: Site) -> None:
    @site.inherit(EventRecord)
    class Sample:
        word: str
        words: list[str]

        class Meta:
            source = MetaField(enabled=False)

    found = _stored(Sample, word="a", words=["c", "b"])
    assert (found.word, found.words) == ("a", ["b", "c"])


def test_what_a_source_leaves_out_comes_from_doc_values(site: Site) -> None:
    @site.inherit(EventRecord)
    class Sample:
        words: list[str]
        place: Place | None
        extra: list[str]
        title: str | None = mapped_field(Text())

        class Meta:
            source = MetaField(excludes=["place.zip", "extra", "title"])

    sample: Any = Sample
    found = _stored(
        sample, words=["b", "a"], extra=["b", "a"], place={"city": "c", "zip": 3}, title="x"
    )
    assert (found.words, found.extra) == (["b", "a"], ["a", "b"])
    assert found.place.to_dict() == {"city": "c", "zip": 3}
    assert sample.lost_fields() == ("title",)


def test_a_hit_is_never_silently_empty(site: Site) -> None:
    @site.inherit(Metric)
    class Sample:
        word = Keyword()

    _stored(Sample, word="a")
    search = Sample.search().extra(docvalue_fields=[])  # type: ignore[attr-defined]
    with pytest.raises(RecordTypeError, match=r"no _source, and this search asked for no doc"):
        list(search)


def _wide(site: Site, count: int, settings: dict[str, Any]) -> Any:
    body = type("Wide", (), {f"n{number}": Integer() for number in range(count)})
    body.Index = type("Index", (), {"settings": settings})  # type: ignore[attr-defined]
    return site.declare(body, Metric)


def test_more_fields_than_a_search_gives(site: Site) -> None:
    wide = _wide(site, 100, {})  # and the timestamp
    wide.sync_index_template()
    wide.record(n0=5)
    wide.refresh()
    assert len(wide.lost_fields()) == 101
    assert wide.search().count() == 1
    assert wide.search().extra(size=0).execute().hits.total == 1
    with pytest.raises(RecordTypeError, match="at most 100 fields and the type has 101; raise max"):
        list(wide.search())


@pytest.mark.parametrize(
    "settings", [{}, {"index": {"max_docvalue_fields_search": 101}}], ids=["default", "raised"]
)
def test_as_many_fields_as_a_search_gives(site: Site, settings: dict[str, Any]) -> None:
    wide = _wide(site, 100 if settings else 99, settings)
    assert wide.lost_fields() == ()
    assert _stored(wide, n0=5).n0 == 5
