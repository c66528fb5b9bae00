"""Several backends at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from djelme.errors import IndexTemplateNotFoundError
from djelme_testing.conformance.dataset import utc
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance.site import Site

__all__ = ("BackendTests",)


class BackendTests:
    """Two backends of one imp: here one cluster, told apart by prefixes."""

    @pytest.fixture
    def two(self, site: Site) -> Iterator[tuple[Any, Any]]:
        """Two types, each in a backend of its own."""

        @site.declare
        class One(Body):
            item_id: int

            class Index:
                using = "one"
                settings: ClassVar = {"number_of_shards": 1}

        @site.declare
        class Other(Body):
            item_id: int

            class Index:
                using = "other"
                settings: ClassVar = {"number_of_shards": 1}

        options = {
            name: {**site.options, "djelme_default_index_name_prefix": f"{name}-"}
            for name in ("one", "other")
        }
        both: tuple[Any, Any] = (One, Other)
        with site.configured({"main": site.options, **options}):
            yield both
            for recordtype in both:
                for name in ("one", "other"):
                    naming = djelme_registry.placement(recordtype, name).naming
                    djelme_registry.get_backend(name).delete_template(naming.template_name)

    def test_each_type_goes_to_its_backend(self, site: Site, two: tuple[Any, Any]) -> None:
        for recordtype in two:
            recordtype.sync_index_template()
            recordtype.record(item_id=1, timestamp=utc(2026))
            recordtype.refresh()
            assert recordtype.search().count() == 1
        assert [recordtype.get_backend().name for recordtype in two] == ["one", "other"]
        assert site.index_names() == [
            site.name("one-myapp_one_2026.01.01"),
            site.name("other-myapp_other_2026.01.01"),
        ]

    def test_a_call_can_choose_another_backend(self, site: Site, two: tuple[Any, Any]) -> None:
        one, _ = two
        one.sync_index_template()
        with pytest.raises(IndexTemplateNotFoundError, match="'other'"):
            one.record(using="other", item_id=1, timestamp=utc(2026))
        assert one.sync_index_template(using="other") is True
        one.check_djelme_setup(using="other")
        record = one.record(using="other", item_id=1, timestamp=utc(2026))
        one(item_id=2, timestamp=utc(2026)).save(using="other")
        result = one.bulk_record([{"item_id": 3, "timestamp": utc(2026)}], using="other")
        assert result.created == 1
        one.refresh(using="other")
        assert record.meta.index == site.name("other-myapp_one_2026.01.01")
        assert site.index_names() == [record.meta.index]
        assert one.search().count() == 0
        for search in (
            one.search(using="other"),
            one.search_timeseries_range((2026,), (2027,), using="other"),
        ):
            assert sorted(hit.item_id for hit in search) == [1, 2, 3]
            assert {type(hit) for hit in search} == {one}
        assert one.get(record.meta.id, using="other").item_id == 1
        assert [index.name for index in one.each_existing_index(using="other")] == [
            record.meta.index
        ]
        assert list(one.each_existing_index()) == []

    def test_settings_that_change_are_taken_up(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        first = UsageRecord.get_backend()
        with site.configured({"renamed": site.options}):
            assert UsageRecord.get_backend().name == "renamed"
            UsageRecord.record(item_id=1)
        assert UsageRecord.get_backend().name == first.name == "main"
