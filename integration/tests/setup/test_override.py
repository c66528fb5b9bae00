"""Index templates of others that have a say in a record type's indexes."""

from __future__ import annotations

import datetime
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from djelme.errors import IndexTemplateOverriddenError
from djelme_testing.backend_settings import imp_major
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.health.report import check_health
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djelme_testing.conformance.site import Site

#: The first version whose templates don't merge.
COMPOSABLE = 8
OWN_FIELDS = {
    "item_id": {"type": "long"},
    "city": {"type": "keyword"},
    "timestamp": {"type": "date"},
}
LONG_AGO = datetime.datetime(1999, 12, 31, tzinfo=datetime.timezone.utc)
#: Settings that the conformance site gives its types.
OWN_SETTINGS = {"number_of_shards": 1, "number_of_replicas": 0}


@pytest.fixture
def put(site: Site, imp_name: str) -> Iterator[Callable[..., None]]:
    """Return a function that puts a template of somebody else for all names of the site."""
    backend: Any = site.backend
    name = site.name("ops")

    def put(rank: int, pattern: str = "*", **parts: Any) -> None:
        if imp_major(imp_name) < COMPOSABLE:
            if "mappings" in parts:
                parts["mappings"] = {"doc": parts["mappings"]}
            body = {"order": rank, **parts}
        else:
            body = {"priority": rank, "template": parts}
        backend.put_template(name, {**body, "index_patterns": [site.name(pattern)]})

    yield put
    backend.delete_template(name)


@pytest.fixture
def visit(site: Site) -> Any:
    @site.set_up
    class Visit(Body):
        item_id: int
        city: str

    return Visit


def check() -> str:
    said = io.StringIO()
    call_command("djelme_backend_check", stdout=said, no_color=True)
    return said.getvalue()


@pytest.mark.parametrize(
    "parts",
    [
        {"mappings": {"dynamic": "true", "properties": OWN_FIELDS}},
        {"mappings": {"dynamic": "strict", "properties": {**OWN_FIELDS, "city": {"type": "text"}}}},
        {"mappings": {"properties": {"city": {"type": "keyword", "ignore_above": 3}}}},
        {"mappings": {"properties": {"city": {"type": "keyword", "doc_values": False}}}},
        {"mappings": {"_routing": {"required": True}}},
        {"mappings": {"_source": {"enabled": False}}},
        {"settings": {"number_of_shards": 3}},
    ],
    ids=str,
)
def test_a_stronger_template_is_told(
    site: Site, visit: Any, put: Callable[..., None], parts: dict[str, Any]
) -> None:
    assert "in sync" in check()
    put(1000, **parts)
    for refused in (
        visit.check_djelme_setup,
        visit.sync_index_template,
        lambda: visit.record(item_id=1, city="Oslo"),
        lambda: visit.bulk_record([{"item_id": 1, "city": "Oslo"}]),
    ):
        with pytest.raises(IndexTemplateOverriddenError, match=site.name("ops")) as caught:
            refused()
        assert caught.value.templates == (site.name("ops"),)
        assert caught.value.differences
    assert site.index_names() == []
    with pytest.raises(CommandError, match="1 of 1 record types get indexes by index templates of"):
        check()
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("djelme_backend_check", "--format=json", stdout=said)
    (row,) = json.loads(said.getvalue())["recordtypes"]
    assert (row["state"], row["overridden_by"]) == ("overridden", [site.name("ops")])
    (health,) = check_health()
    assert not health.is_well

    site.backend.delete_template(site.name("ops"))
    assert "in sync" in check()
    visit.record(item_id=1, city="Oslo")


def test_a_weaker_template_is_no_matter(site: Site, visit: Any, put: Callable[..., None]) -> None:
    put(1, settings={"refresh_interval": "7s"}, mappings={"properties": {"x": {"type": "text"}}})
    assert "in sync" in check()
    assert visit.sync_index_template() is False
    visit.record(item_id=1, city="Oslo")
    assert len(site.index_names()) == 1


def test_a_stronger_template_that_keeps_what_is_declared_is_no_matter(
    site: Site, visit: Any, put: Callable[..., None]
) -> None:
    fields = {**OWN_FIELDS, "city": {"type": "keyword"}, "x": {"type": "long"}}
    put(
        1000,
        settings={**OWN_SETTINGS, "refresh_interval": "7s"},
        aliases={site.name("all"): {}},
        mappings={"dynamic": "strict", "properties": fields, "_meta": {"of": "ops"}},
    )
    assert "in sync" in check()
    visit.record(item_id=1, city="Oslo")
    visit.refresh()
    assert visit.search().filter("term", city="Oslo").count() == 1


def test_a_template_for_some_indexes_is_told_when_one_of_them_is_made(
    site: Site, visit: Any, put: Callable[..., None]
) -> None:
    put(1000, "*_1999*", mappings={"properties": {"city": {"type": "text"}}})
    assert "in sync" in check()
    visit.record(item_id=1, city="Oslo")
    with pytest.raises(IndexTemplateOverriddenError, match="1999"):
        visit.record(item_id=1, city="Oslo", timestamp=LONG_AGO)
    assert len(site.index_names()) == 1


def test_the_index_of_a_simple_record_is_made_once(site: Site, put: Callable[..., None]) -> None:
    class Body:
        key: str

    simple = site.declare(Body, site.imp.SimpleRecord)
    simple.sync_index_template()
    simple.record(key="a")
    put(1000, mappings={"properties": {"key": {"type": "text"}}})
    assert "in sync" in check()
    simple.record(key="b")
    site.backend.delete_indexes(site.index_names())
    with pytest.raises(CommandError, match="index templates of"):
        check()


def test_an_index_that_was_made_otherwise_before_is_told(
    site: Site, visit: Any, imp_name: str
) -> None:
    backend: Any = site.backend
    text: Any = {"properties": {"city": {"type": "text"}}}
    name = visit.get_timeseries_template_name()
    backend.delete_template(name)
    body = {"mappings": text if imp_major(imp_name) >= COMPOSABLE else {"doc": text}}
    backend.request("PUT", f"/{djelme_registry.placement(visit).present_index}", body=body)
    visit.sync_index_template()
    with pytest.raises(CommandError, match="have an index that was made otherwise"):
        check()
