from __future__ import annotations

import datetime
import enum
import pickle
from decimal import Decimal
from typing import Any, ClassVar, Literal

import pytest
from elasticsearch8.dsl import Integer, Keyword, Object

from djelme.errors import RecordTypeError, RecordValidationError
from elasticsearch_metrics.imps.elastic8 import (
    CountedUsageRecord,
    EventRecord,
    InnerDoc,
    mapped_field,
)

UTC = datetime.timezone.utc


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Place(InnerDoc):
    city = Keyword()


def properties(recordtype: Any) -> dict[str, Any]:
    body = recordtype.get_timeseries_template().to_dict()
    found: dict[str, Any] = body["template"]["mappings"]["properties"]
    return found


def test_annotations_become_a_mapping() -> None:
    class Usage(EventRecord):
        name: str
        count: int
        share: float
        good: bool
        when: datetime.datetime
        day: datetime.date
        maybe: str | None
        tags: list[str]
        kind: Literal["view", "download"]
        colour: Colour
        number: int = mapped_field(Integer())
        nothing: ClassVar[str] = "of a record"
        place: Place | None = mapped_field(Object(Place))

        class Meta:
            app_label = "shop"

    found = {name: field["type"] for name, field in properties(Usage).items()}
    assert found == {
        "timestamp": "date",
        "name": "keyword",
        "count": "long",
        "share": "double",
        "good": "boolean",
        "when": "date",
        "day": "date",
        "maybe": "keyword",
        "tags": "keyword",
        "kind": "keyword",
        "colour": "keyword",
        "number": "integer",
        "place": "object",
    }
    assert properties(Usage)["day"]["format"] == "strict_date"


def test_mappings_are_strict_and_templates_before_those_of_elastic() -> None:
    class Usage(EventRecord):
        class Meta:
            app_label = "shop"

    body = Usage.get_timeseries_template().to_dict()
    assert body["index_patterns"] == ["shop_usage_*"]
    assert body["template"]["mappings"]["dynamic"] == "strict"
    assert body["priority"] > 200
    assert body["allow_auto_create"] is True


def test_options_of_class_meta_and_index() -> None:
    class Usage(EventRecord):
        class Index:
            settings: ClassVar[Any] = {"number_of_shards": 2}

        class Meta:
            app_label = "shop"
            template_name = "shop_views"
            dynamic = "false"
            source = False

    body = Usage.get_timeseries_template().to_dict()
    assert Usage.get_timeseries_template_name() == "shop_views"
    assert body["template"]["settings"] == {"number_of_shards": 2}
    assert body["template"]["mappings"]["dynamic"] == "false"
    assert body["template"]["mappings"]["_source"] == {"enabled": False}


@pytest.mark.parametrize("annotation", [Decimal, int | str, bytes, complex, dict])
def test_what_cant_be_stored_is_refused_when_the_class_is_made(annotation: Any) -> None:
    body = {
        "__module__": __name__,
        "__annotations__": {"amount": annotation},
        "Meta": type("Meta", (), {"app_label": "shop"}),
    }
    with pytest.raises(RecordTypeError, match="amount"):
        type(EventRecord)("Usage", (EventRecord,), body)


@pytest.mark.parametrize("name", ["save", "search", "meta", "_hidden", "to_dict"])
def test_names_that_every_record_has_are_refused(name: str) -> None:
    body = {
        "__module__": __name__,
        "__annotations__": {name: int},
        "Meta": type("Meta", (), {"app_label": "shop"}),
    }
    with pytest.raises(RecordTypeError, match=name):
        type(EventRecord)("Usage", (EventRecord,), body)


def test_a_type_outside_of_apps_has_to_say_its_app() -> None:
    with pytest.raises(RecordTypeError, match="app_label"):

        class Usage(EventRecord):
            item_id: int


def test_fields_are_inherited_from_abstract_types() -> None:
    class Base(EventRecord):
        item_id: int

        class Meta:
            abstract = True

    class Usage(Base):
        name: str = "none"

        class Meta:
            app_label = "shop"

    assert list(Usage.djelme.fields) == ["timestamp", "item_id", "name"]
    assert set(properties(Usage)) == {"timestamp", "item_id", "name"}
    with pytest.raises(RecordTypeError, match="abstract"):
        Base.record(item_id=7)


def test_fields_of_a_mixin_come_first_and_can_be_declared_anew() -> None:
    class Download(CountedUsageRecord):
        item_iri: str = mapped_field(Keyword(ignore_above=100))
        size: int

        class Meta:
            app_label = "shop"

    assert list(Download.djelme.fields) == [
        "timestamp",
        "platform_iri",
        "database_iri",
        "item_iri",
        "sessionhour_id",
        "within_iris",
        "is_robot",
        "size",
    ]
    assert Download.djelme.fields["within_iris"].multi
    assert properties(Download)["item_iri"] == {"type": "keyword", "ignore_above": 100}
    assert properties(Download)["is_robot"] == {"type": "boolean"}


def test_instances_show_their_values_and_survive_pickling() -> None:
    class Usage(EventRecord):
        item_id: int
        name: str | None

        class Meta:
            app_label = "shop"

    Usage.__qualname__ = "Usage"
    globals()["Usage"] = Usage
    when = datetime.datetime(2026, 11, 23, tzinfo=UTC)
    usage = Usage(item_id=7, timestamp=when)
    assert repr(usage) == f"Usage(timestamp={when!r}, item_id=7)"
    assert (usage.item_id, usage.name) == (7, None)
    again = pickle.loads(pickle.dumps(usage))  # noqa: S301 - our own
    assert (again.item_id, again.timestamp) == (7, when)


def test_defaults_are_filled_in_even_false_ones() -> None:
    class Usage(EventRecord):
        count: int = 0
        names: list[str] = mapped_field(default_factory=list)
        flag: bool = False

        class Meta:
            app_label = "shop"

    usage = Usage()
    assert (usage.count, list(usage.names), usage.flag) == (0, [], False)


def test_hits_become_instances() -> None:
    class Usage(EventRecord):
        colour: Colour
        tags: list[str]
        place: Place | None = mapped_field(Object(Place))

        class Meta:
            app_label = "shop"

    hit = {
        "_index": "shop_usage_2026.11.23",
        "_id": "1",
        "_source": {
            "timestamp": "2026-11-23T04:05:06.789Z",
            "colour": "red",
            "tags": "one",
            "place": {"city": "Bern"},
        },
    }
    usage = Usage.from_es(hit)
    assert usage.timestamp == datetime.datetime(2026, 11, 23, 4, 5, 6, 789_000, UTC)
    assert (usage.colour, list(usage.tags)) == (Colour.RED, ["one"])
    assert usage.place is not None
    assert usage.place.city == "Bern"
    assert (usage.meta.id, usage.meta.index) == ("1", "shop_usage_2026.11.23")


def test_explicit_fields_without_annotation_are_checked_too() -> None:
    class Usage(EventRecord):
        name = Keyword(required=True)
        count = Integer()

        class Meta:
            app_label = "shop"

    Usage.djelme.validator.clean({"name": "a"})
    with pytest.raises(RecordValidationError, match="count"):
        Usage.djelme.validator.clean({"name": "a", "count": 2**31})
    with pytest.raises(RecordValidationError, match="name"):
        Usage.djelme.validator.clean({"count": 1})
