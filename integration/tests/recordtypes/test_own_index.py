"""The DSL's `_index` of a type is about the type's own indexes, in its own backend."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from djelme.errors import BackendRefusedError

if TYPE_CHECKING:
    from djelme_testing.conformance import Site


def test_it_reads_and_refreshes_the_types_own(site: Site) -> None:
    @site.set_up
    class Mine:
        item_id: int

    @site.set_up
    class Others:
        item_id: int

    record = Mine.record(item_id=1)
    Others.record(item_id=2)
    Mine._index.refresh()
    assert Mine._index.search().count() == 1
    assert Mine._index.exists()
    assert set(Mine._index.get_mapping()) == {record.meta.index}
    assert record._index._name == Mine._index._name


def test_it_deletes_nothing_else(site: Site) -> None:
    @site.set_up
    class Mine:
        item_id: int

    @site.set_up
    class Others:
        item_id: int

    Mine.record(item_id=1)
    Others.record(item_id=2)
    with contextlib.suppress(BackendRefusedError):  # later servers delete no patterns
        Mine._index.delete()
    Others.refresh()
    assert Others.search().count() == 1


def test_what_is_inherited_is_declared_anew(site: Site) -> None:
    @site.set_up
    class Parent:
        item_id: int

    class Child(Parent):  # type: ignore[misc, valid-type] # made by the fixture
        class Meta:
            app_label = "myapp"

    assert Child._index._name != Parent._index._name
    assert Child.get_timeseries_template().to_dict() != {}


def test_an_index_for_all_is_named(site: Site) -> None:
    class Setting:
        key: str

    setting = site.declare(Setting, site.imp.SimpleRecord)
    assert setting._index._name == setting.djelme_index_name()
