"""What is refused for other reasons than the record waits, and is taken after a repair."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command

from djelme_testing.backend_settings import imp_major
from djelme_testing.conformance import Site

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_TIMEOUT = 60.0


@pytest.fixture
def site(imp_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Site]:
    cluster = request.getfixturevalue(f"elasticsearch{imp_major(imp_name)}_cluster")
    with Site.opened(imp_name, cluster.client_options) as site:
        options = {
            "djelme_delivery": "durable",
            "djelme_spool_dir": str(tmp_path),
            "djelme_batch_delay": 0.02,
            "djelme_backoff_min": 0.02,
            "djelme_backoff_max": 0.2,
        }
        with site.configured({"main": {**site.options, **options}}):
            yield site


def close(site: Site, index: str) -> Callable[[], object]:
    site.backend.request("POST", f"/{index}/_close")
    return lambda: site.backend.request("POST", f"/{index}/_open")


def lack_pipeline(site: Site, index: str) -> Callable[[], object]:
    def set_pipeline(name: str | None) -> None:
        body = {"index.default_pipeline": name}
        site.backend.request("PUT", f"/{index}/_settings", body=body)

    set_pipeline("djelme-gone")
    return lambda: set_pipeline(None)


def block(site: Site, index: str) -> Callable[[], object]:
    def set_block(value: bool | None) -> None:
        body = {"index.blocks.read_only_allow_delete": value}
        site.backend.request("PUT", f"/{index}/_settings", body=body)

    set_block(True)
    return lambda: set_block(None)


def alias(site: Site, index: str) -> Callable[[], object]:
    """Put an alias of two indexes, none of them for writing, in place of an index."""
    backend = site.backend
    backend.delete_indexes([index])
    others = [f"x-{index}-{letter}" for letter in "ab"]
    for other in others:
        backend.request("PUT", f"/{other}", body={"aliases": {index: {}}})
    return lambda: backend.delete_indexes(others)


def give_other_type(site: Site, index: str) -> Callable[[], object]:
    """Make the index anew; with 6, for another mapping type."""
    backend = site.backend
    backend.delete_indexes([index])
    if not backend.features.typed_paths:
        return close_new(site, index)
    backend.request("PUT", f"/x-{index}", body={"mappings": {"other": {}}})
    backend.request("PUT", f"/x-{index}/_alias/{index}")
    return lambda: backend.delete_indexes([f"x-{index}"])


def close_new(site: Site, index: str) -> Callable[[], object]:
    site.backend.request("PUT", f"/{index}")
    return close(site, index)


@pytest.mark.parametrize("unique", [(), ("item_id",)], ids=["counted", "derived"])
@pytest.mark.parametrize("spoil", [close, lack_pipeline, block, alias, give_other_type])
def test_records_wait_for_a_repair(site: Site, spoil: Any, unique: tuple[str, ...]) -> None:
    @site.set_up
    class Spoilt:
        item_id: int
        UNIQUE_TOGETHER_FIELDS = unique

    @site.set_up
    class Other:
        item_id: int
        UNIQUE_TOGETHER_FIELDS = unique

    first = Spoilt.record(item_id=0)
    backend = site.backend
    assert backend.flush(_TIMEOUT)
    repair = spoil(site, first.meta.index)
    for number in range(1, 30):
        Spoilt.record(item_id=number)
        Other.record(item_id=number)
    assert not backend.flush(3)
    stats = backend.stats()
    assert (stats.dead, stats.queued + stats.spooled) == (0, 29)
    assert stats.last_error
    Other.refresh()
    assert Other.search().count() == 29

    repair()
    assert backend.flush(_TIMEOUT)
    assert backend.stats().dead == 0
    Spoilt.refresh()
    found = sorted(hit.item_id for hit in Spoilt.search()[:100])
    assert found[-29:] == list(range(1, 30))
    assert found[:-29] in ([], [0]), "some spoil the index by making it anew"


def test_dead_letters_are_sent_again_by_one_command(site: Site) -> None:
    @site.set_up
    class Usage:
        item_id: int

    first = Usage.record(item_id=0)
    backend = site.backend
    assert backend.flush(_TIMEOUT)
    index = first.meta.index
    backend.delete_indexes([index])
    mapping: dict[str, Any] = {"dynamic": "strict", "properties": {"item_id": {"type": "long"}}}
    typed = backend.features.to_mappings(mapping)
    template = Usage.get_timeseries_template_name()
    body = backend.get_template(template)
    assert body is not None
    backend.delete_template(template)
    backend.request("PUT", f"/{index}", body={"mappings": typed})
    backend.put_template(template, body)
    Usage.record(item_id=1)
    assert backend.flush(_TIMEOUT)
    assert backend.stats().dead == 1

    backend.put_mapping(index, {"properties": {"timestamp": {"type": "date"}}})
    said = io.StringIO()
    call_command("djelme_spool", "dead", "--retry", stdout=said, no_color=True)
    assert "1 stored, 0 refused again" in said.getvalue()
    Usage.refresh()
    assert [hit.item_id for hit in Usage.search()] == [1]
