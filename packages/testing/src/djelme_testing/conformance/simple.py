"""Records without time, in one index."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import (
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    RecordNotFoundError,
    RecordValidationError,
)

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("SimpleTests",)


class SimpleTests:
    """What `SimpleRecord` does."""

    @pytest.fixture
    def pair(self, site: Site) -> Any:
        """A type of keys and values."""

        class Pair:
            UNIQUE_TOGETHER_FIELDS = ("key",)
            key: str
            value: int

        recordtype = site.declare(Pair, site.imp.SimpleRecord)
        recordtype.sync_index_template()
        return recordtype

    def test_a_simple_type_has_one_index(self, site: Site, pair: Any) -> None:
        """Named as its template, which matches this name and no other."""
        name = site.name("myapp_pair")
        assert list(pair.each_existing_index()) == []
        record = pair.record(key="a", value=1)
        assert record.meta.index == pair.djelme_index_name() == name
        assert pair.get_timeseries_template_pattern() == name
        (status,) = pair.each_existing_index()
        assert (status.name, status.period) == (name, None)

    def test_simple_records_come_back(self, pair: Any) -> None:
        """By id as soon as they are stored, by searches after a refresh."""
        assert pair.search().count() == 0
        record = pair.record(key="a", value=1)
        assert pair.get(record.meta.id).value == 1
        with pytest.raises(RecordNotFoundError):
            pair.get("nothing")
        pair(key="b", value=2).save()
        pair.bulk_record([{"key": "c", "value": 3}])
        pair.refresh()
        assert {hit.key: hit.value for hit in pair.search()} == {"a": 1, "b": 2, "c": 3}

    def test_simple_records_replace_each_other(self, pair: Any) -> None:
        """If they are to be unique."""
        pair.record(key="a", value=1)
        pair.record(key="a", value=2)
        pair.refresh()
        assert [hit.value for hit in pair.search()] == [2]

    def test_a_simple_type_is_apart_from_its_likes(self, site: Site, pair: Any) -> None:
        """Names that begin alike are other types'."""

        class PairSum:
            value: int

        other = site.declare(PairSum, site.imp.SimpleRecord)
        other.sync_index_template()
        pair.record(key="a", value=1)
        other.record(value=1)
        for recordtype in (pair, other):
            recordtype.refresh()
            assert recordtype.search().count() == 1
            assert len(list(recordtype.each_existing_index())) == 1

    def test_simple_records_are_checked(self, pair: Any) -> None:
        """As all others are."""
        with pytest.raises(RecordValidationError):
            pair.record(key="a", value="one")
        assert list(pair.each_existing_index()) == []

    def test_a_simple_type_has_to_be_set_up(self, site: Site) -> None:
        """No automapped index appears."""

        class Bare:
            value: int

        bare = site.declare(Bare, site.imp.SimpleRecord)
        with pytest.raises(IndexTemplateNotFoundError):
            bare.record(value=1)
        assert site.index_names() == []

    @pytest.fixture
    def grown(self, site: Site, pair: Any) -> Any:
        """The type with another field, when there are records already."""
        pair.record(key="a", value=1)
        site.forget_declarations()

        class Pair:
            UNIQUE_TOGETHER_FIELDS = ("key",)
            key: str
            value: int
            note: str | None

        return site.declare(Pair, site.imp.SimpleRecord)

    def test_a_new_field_gets_into_the_index(self, grown: Any) -> None:
        """An index that is there for good has to grow with its class."""
        with pytest.raises(IndexTemplateOutOfSyncError, match="note"):
            grown.record(key="b", value=2, note="new")
        assert grown.sync_index_template()
        assert not grown.sync_index_template()
        grown.record(key="b", value=2, note="new")
        grown.refresh()
        found = grown.search().query("term", note="new")
        assert [hit.key for hit in found] == ["b"]

    def test_an_index_without_its_field_is_out_of_sync(self, site: Site, grown: Any) -> None:
        """Although the template is as it should be."""
        body = grown.get_timeseries_template().to_dict()
        site.backend.put_template(grown.get_timeseries_template_name(), body)
        with pytest.raises(IndexTemplateOutOfSyncError, match="note"):
            grown.check_djelme_setup()
