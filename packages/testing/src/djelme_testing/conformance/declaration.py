"""What a class body can say: explicit fields, defaults, and what it inherits.

It is long, as one class is one part of the suite.
"""

from __future__ import annotations

import datetime  # noqa: TC003 - annotations of record types are read at run time
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from djelme.errors import RecordTypeError, RecordValidationError
from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.dataset import utc
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("DeclarationTests",)


def _field(site: Site, name: str, *arguments: Any, **options: Any) -> Any:
    """Return a field of the imp's DSL, by Elasticsearch's name for its type."""
    return site.imp.EventRecord.field_class.get_dsl_class(name)(*arguments, **options)


def _mapping(site: Site, recordtype: Any) -> dict[str, str]:
    """Return the types of fields in the template that the cluster has."""
    template = site.backend.get_template(recordtype.get_timeseries_template_name())
    assert template is not None
    return {
        path.partition("properties.")[2]: leaf
        for path, leaf in site.backend.flatten_template(template).items()
        if "properties." in path
    }


class DeclarationTests:
    """Fields and options of classes."""

    def test_annotations_become_fields(self, site: Site) -> None:
        @site.set_up
        class Kinds(Body):
            text: str
            number: int
            ratio: float
            flag: bool
            moment: datetime.datetime
            numbers: list[int]
            maybe: str | None
            note: ClassVar[str] = "no field"

        mapping = _mapping(site, Kinds)
        assert {path.removesuffix(".type"): leaf for path, leaf in mapping.items()} == {
            "timestamp": "date",
            "text": "keyword",
            "number": "long",
            "ratio": "double",
            "flag": "boolean",
            "moment": "date",
            "numbers": "long",
            "maybe": "keyword",
        }
        assert Kinds.note == "no field"

    def test_defaults(self, site: Site) -> None:
        made = []

        def make() -> list[str]:
            made.append("called")
            return [f"default {len(made)}"]

        @site.set_up
        class Defaults(Body):
            size: int = 5
            note: str | None = None
            kind: str = site.imp.mapped_field(default="view")
            tags: list[str] = site.imp.mapped_field(default_factory=make)

        Defaults.bulk_record([{"timestamp": utc(2026)}])
        Defaults.record(timestamp=utc(2026))
        Defaults(timestamp=utc(2026)).save()
        Defaults.refresh()
        hits = list(Defaults.search())
        assert [(hit.size, hit.note, hit.kind) for hit in hits] == [(5, None, "view")] * 3
        assert sorted(list(hit.tags) for hit in hits) == [
            ["default 1"],
            ["default 2"],
            ["default 3"],
        ]
        with pytest.raises(RecordValidationError, match="expected an int"):
            Defaults.record(size=None)

    def test_abstract_types_are_inherited_from(self, site: Site) -> None:
        @site.declare
        class Base(Body):
            item_id: int
            path: str | None

            class Meta:
                abstract = True
                timedepth = 1

            class Index:
                settings: ClassVar = {"refresh_interval": "17s"}

            def doubled(self) -> int:
                return self.item_id * 2

        @site.inherit(Base)
        class View(Body):
            seconds: int

        @site.inherit(Base)
        class Download(Body):
            path: str

            class Meta:
                timedepth = 2

        for recordtype in (View, Download):
            recordtype.sync_index_template()
        view = View.record(item_id=4, seconds=5, timestamp=utc(2026, 2))
        download = Download.record(item_id=4, path="/", timestamp=utc(2026, 2))
        assert view.doubled() == 8
        assert view.meta.index == site.name("myapp_view_2026")
        assert download.meta.index == site.name("myapp_download_2026.02")
        assert set(View.djelme.fields) == {"timestamp", "item_id", "path", "seconds"}
        assert set(Download.djelme.fields) == {"timestamp", "item_id", "path"}
        with pytest.raises(RecordValidationError):
            Download.record(item_id=4)
        template = site.backend.get_template(site.name("myapp_view"))
        assert template is not None
        assert site.backend.flatten_template(template)["settings.refresh_interval"] == "17s"

    def test_a_class_meta_can_be_inherited_from(self, site: Site) -> None:
        @site.declare
        class Base(Body):
            class Meta:
                abstract = True
                timedepth = 2

            class Index:
                settings: ClassVar[dict[str, str]] = {"refresh_interval": "17s"}

        @site.inherit(Base)
        class View(Body):
            class Meta(Base.Meta):
                template_name = "views"

            class Index(Base.Index):
                using = "main"

        View.sync_index_template()
        record = View.record(timestamp=utc(2026))
        assert record.meta.index == site.name("views_2026.01")
        template = site.backend.get_template(site.name("views"))
        assert template is not None
        assert site.backend.flatten_template(template)["settings.refresh_interval"] == "17s"

    def test_concrete_types_can_be_inherited_from_too(self, site: Site) -> None:
        @site.set_up
        class View(Body):
            item_id: int

            class Meta:
                template_name = "views"

        @site.inherit(View)
        class LongView(Body):
            seconds: int

        LongView.sync_index_template()
        assert LongView.get_timeseries_template_name() == site.name("myapp_longview")
        View.record(item_id=1)
        LongView.record(item_id=2, seconds=60)
        for recordtype in (View, LongView):
            recordtype.refresh()
        assert [hit.item_id for hit in View.search()] == [1]
        assert [(hit.item_id, hit.seconds) for hit in LongView.search()] == [(2, 60)]

    @needs(Capability.DSL)
    def test_a_field_without_annotation_takes_one_value_or_several(self, site: Site) -> None:
        """As its mapping does, which is all that is known of it."""

        @site.set_up
        class UsageRecord(Body):
            guids = _field(site, "keyword")
            sizes = _field(site, "integer")

        UsageRecord.record(guids="a", sizes=1)
        UsageRecord.bulk_record([{"guids": ["b", "c"], "sizes": [2, 3]}])
        with pytest.raises(RecordValidationError, match="or a list of such values"):
            UsageRecord.record(guids=["d", 4], sizes=1)
        UsageRecord.refresh()
        found = [(hit.guids, hit.sizes) for hit in UsageRecord.search()]
        assert sorted(found, key=str) == [("a", 1), (["b", "c"], [2, 3])]

    @needs(Capability.DSL, Capability.QUERY_ENGINE)
    def test_explicit_fields_say_more_than_annotations(self, site: Site) -> None:
        analyzed = _field(site, "text", analyzer="simple")

        @site.set_up
        class Explicit(Body):
            title: str = site.imp.mapped_field(analyzed)
            small: int = site.imp.mapped_field(_field(site, "byte"))
            code = _field(site, "keyword", required=True)
            long_text: str = site.imp.mapped_field(_field(site, "keyword", ignore_above=20))

        mapping = _mapping(site, Explicit)
        assert mapping["title.type"] == "text"
        assert mapping["title.analyzer"] == "simple"
        assert mapping["small.type"] == "byte"
        fields = {"title": "Some Title", "small": 127, "code": "a", "long_text": "x" * 40_000}
        record = Explicit.record(**fields)
        found = Explicit.get(record.meta.id, index=record.meta.index)
        assert {name: getattr(found, name) for name in fields} == fields
        Explicit.refresh()
        assert Explicit.search().query("match", title="TITLE").count() == 1
        assert Explicit.search().query("match", title="tit").count() == 0
        for wrong in ({"small": 128}, {"code": None}, {"title": 5}):
            with pytest.raises(RecordValidationError, match=next(iter(wrong))):
                Explicit.record(**{**fields, **wrong})

    @needs(Capability.DSL, Capability.SOURCE, Capability.QUERY_ENGINE)
    def test_objects_and_nested_ones(self, site: Site) -> None:
        inner_doc = site.imp.InnerDoc
        parts = {"name": _field(site, "keyword"), "version": _field(site, "integer")}
        Agent = type(inner_doc)("Agent", (inner_doc,), parts)  # noqa: N806 - a class

        @site.set_up
        class Structured(Body):
            agent = _field(site, "object", Agent)
            places = _field(site, "nested", properties={"city": _field(site, "keyword")})

        fields = {
            "agent": {"name": "Fox", "version": 5},
            "places": [{"city": "Rome"}, {"city": "Bonn"}],
        }
        when = utc(2026)
        record = Structured.record(**fields, timestamp=when)
        other = Structured(agent=Agent(name="Cat", version=6), places=[], timestamp=when)
        other.save()
        Structured.bulk_record([{**fields, "timestamp": when}])
        Structured.refresh()
        found = Structured.get(record.meta.id)
        assert (found.agent.name, found.agent.version) == ("Fox", 5)
        assert [place.city for place in found.places] == ["Rome", "Bonn"]
        assert Structured.get(other.meta.id).agent.name == "Cat"
        assert Structured.search().filter("term", agent__name="Fox").count() == 2
        nested = Structured.search().filter(
            "nested", path="places", query={"term": {"places.city": "Bonn"}}
        )
        assert nested.count() == 2
        found.agent.version = 7
        found.save()
        again = Structured.get(record.meta.id, index=record.meta.index)
        assert (again.agent.version, len(again.places)) == (7, 2)

    @needs(Capability.DSL, Capability.SOURCE)
    def test_values_of_nested_fields_are_no_documents(self, site: Site) -> None:
        @site.set_up
        class Paper(Body):
            authors = _field(site, "nested", properties={"name": _field(site, "keyword")})

        for _ in range(2):
            Paper.record(authors=[{"name": name} for name in "abc"], timestamp=utc(2026))
        Paper.refresh()
        (index,) = Paper.each_existing_index()
        assert index.documents == Paper.search().count() == 2

    @pytest.mark.parametrize("name", ["using", "meta", "_hidden", "record"])
    def test_names_that_a_record_has_itself_are_refused(self, site: Site, name: str) -> None:
        body = type("Taken", (), {"__module__": __name__, "__annotations__": {name: int}})
        with pytest.raises(RecordTypeError, match=f"'{name}' can't have this name"):
            site.declare(body)

    def test_a_name_is_carried_through_or_refused(self, site: Site) -> None:
        """A client's DSL may have names of its own for some, such as keywords of Python."""
        names = ("from_", "class_", "get_", "a__b", "type", "id", "index", "doc_type", "items_")
        for number, name in enumerate(names):
            annotations = {name: int}
            body = type(
                f"Named{number}", (), {"__module__": __name__, "__annotations__": annotations}
            )
            try:
                recordtype = site.set_up(body)
            except RecordTypeError as error:
                assert repr(name) in str(error)  # noqa: PT017 - either is right
                continue
            record = recordtype.record(**{name: 7}, timestamp=utc(2026))
            found = recordtype.get(record.meta.id, index=record.meta.index)
            assert getattr(found, name) == 7
            assert recordtype.bulk_record([{name: 8}]).created == 1

    @needs(Capability.DSL)
    def test_a_name_in_an_inner_document_is_carried_through_or_refused(self, site: Site) -> None:
        inner_doc = site.imp.InnerDoc
        for number, values in enumerate(({"from_": "a"}, {"class_": "a"})):
            parts = {name: _field(site, "keyword") for name in values}
            Part = type(inner_doc)("Part", (inner_doc,), parts)  # noqa: N806 - a class
            field = {"parts": _field(site, "nested", Part)}
            body = type(f"Whole{number}", (), {"__module__": __name__, **field})
            try:
                whole = site.set_up(body)
            except RecordTypeError as error:
                assert repr(next(iter(values))) in str(error)  # noqa: PT017 - either is right
                continue
            record = whole.record(parts=[values], timestamp=utc(2026))
            instance = whole(parts=[Part(**values)], timestamp=utc(2026))
            instance.save()
            assert record.meta.id != instance.meta.id

    @needs(Capability.DSL)
    def test_a_type_can_keep_its_source_to_itself(self, site: Site) -> None:
        @site.set_up
        class Lean(Body):
            item_id: int

            class Meta:
                source = False

        Lean.check_djelme_setup()
        Lean.record(item_id=5, timestamp=utc(2026, 2, 4, 5, 6, 7, 8))
        Lean.refresh()
        ranged = Lean.search_timeseries_range((2026,), (2027,))
        assert [(hit.item_id, hit.timestamp) for hit in ranged] == [
            (5, utc(2026, 2, 4, 5, 6, 7, 8))
        ]

    def test_names_in_annotations_have_to_be_there(self, site: Site) -> None:
        body = type(
            "Lost", (), {"__module__": __name__, "__annotations__": {"item_id": "NoSuchName"}}
        )
        with pytest.raises(RecordTypeError, match="NoSuchName"):
            site.declare(body)
