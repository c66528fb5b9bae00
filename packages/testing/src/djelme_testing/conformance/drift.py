"""What counts as a difference between a class and its template, and what doesn't."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from djelme.errors import IndexTemplateOutOfSyncError
from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("DriftTests",)


def _body(settings: dict[str, Any] | None = None, **options: Any) -> type:
    """Return the body of a record type with settings of the index."""
    index = type("Index", (), {"settings": settings or {}, **options})
    return type(
        "UsageRecord",
        (),
        {"__module__": __name__, "__annotations__": {"item_id": int, "path": str}, "Index": index},
    )


class DriftTests:
    """Templates that are in sync, however they were written, and those that aren't."""

    @pytest.mark.parametrize(
        "settings",
        [
            {"number_of_shards": 2},
            {"number_of_shards": "2"},
            {"index": {"number_of_shards": 2}},
            {"index.number_of_shards": "2"},
            {"index": {"requests.cache": {"enable": True}}},
            {"index": {"requests": {"cache": {"enable": "true"}}}},
            {"requests.cache.enable": False},
            {"index.requests.cache.enable": "false"},
            {"refresh_interval": "5s", "number_of_replicas": 0},
            {"refresh_interval": -1},
            {"mapping": {"total_fields.limit": 2000}},
            {
                "analysis": {
                    "analyzer": {"words": {"type": "custom", "tokenizer": "standard", "filter": []}}
                }
            },
        ],
        ids=str,
    )
    def test_no_way_to_write_a_setting_is_a_difference(
        self, site: Site, settings: dict[str, Any]
    ) -> None:
        recordtype = site.set_up(_body(settings))
        recordtype.check_djelme_setup()
        assert recordtype.sync_index_template() is False
        recordtype.record(item_id=1, path="/")

    @pytest.mark.parametrize(
        ("written", "same"),
        [
            ({"number_of_shards": 2}, {"index": {"number_of_shards": "2"}}),
            ({"index.requests.cache.enable": True}, {"requests": {"cache.enable": "true"}}),
        ],
        ids=str,
    )
    def test_two_ways_to_write_a_setting_are_the_same(
        self, site: Site, written: dict[str, Any], same: dict[str, Any]
    ) -> None:
        site.set_up(_body(written))
        site.forget_declarations()
        assert site.declare(_body(same)).sync_index_template() is False

    def test_a_setting_that_differs_is_named(self, site: Site) -> None:
        site.set_up(_body({"number_of_shards": 2, "refresh_interval": "5s"}))
        site.forget_declarations()
        recordtype = site.declare(_body({"number_of_shards": 3}))
        with pytest.raises(IndexTemplateOutOfSyncError, match="djelme_backend_setup") as caught:
            recordtype.check_djelme_setup()
        assert [str(difference) for difference in caught.value.differences] == [
            "settings.number_of_shards should be 3 and is 2",
            "settings.refresh_interval should be absent and is 5s",
        ]
        assert recordtype.sync_index_template() is True
        recordtype.check_djelme_setup()

    def test_fields_that_differ_are_named(self, site: Site) -> None:
        site.set_up(_body())
        site.forget_declarations()

        @site.declare
        class UsageRecord(Body):
            item_id: str
            referrer: str | None

            class Index:
                settings: ClassVar[dict[str, str]] = {}

        with pytest.raises(IndexTemplateOutOfSyncError) as caught:
            UsageRecord.check_djelme_setup()
        named = {
            difference.path.partition("properties.")[2]: (difference.expected, difference.found)
            for difference in caught.value.differences
        }
        assert named == {
            "item_id.type": ("keyword", "long"),
            "path.type": ("absent", "keyword"),
            "referrer.type": ("keyword", "absent"),
        }
        for name in named:
            assert name in str(caught.value)
        UsageRecord.sync_index_template()
        UsageRecord.check_djelme_setup()

    @needs(Capability.DSL)
    def test_what_the_mapping_says_of_itself_is_compared(self, site: Site) -> None:
        site.set_up(_body())
        site.forget_declarations()
        body: Any = _body()
        body.Meta = type("Meta", (), {"dynamic": "false"})
        recordtype = site.declare(body)
        with pytest.raises(IndexTemplateOutOfSyncError) as caught:
            recordtype.check_djelme_setup()
        (difference,) = caught.value.differences
        assert difference.path.endswith("dynamic")
        assert (difference.expected, difference.found) == ("false", "strict")

    @needs(Capability.DSL, Capability.ALIASES)
    def test_aliases_and_analyzers_are_compared(self, site: Site) -> None:
        body = _body({}, aliases={site.name("all_usage"): {}})
        recordtype = site.set_up(body)
        recordtype.check_djelme_setup()
        assert recordtype.sync_index_template() is False
        record = recordtype.record(item_id=1, path="/")
        recordtype.refresh()
        found = recordtype.search(index=site.name("all_usage"))
        assert [hit.meta.id for hit in found] == [record.meta.id]
        site.forget_declarations()
        with pytest.raises(IndexTemplateOutOfSyncError, match=site.name("all_usage")):
            site.declare(_body()).check_djelme_setup()
