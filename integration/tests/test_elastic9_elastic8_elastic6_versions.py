"""Imps on servers that they aren't for: an error that names both versions, whatever is asked."""

from __future__ import annotations

import asyncio
import importlib
import io
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import override_settings

from djelme.errors import BackendVersionError
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

IMPS = "elasticsearch_metrics.imps"
APP = "elasticsearch_metrics"  # is installed, and has no types of its own
ASKED: dict[str, Callable[[Any], Any]] = {
    "record": lambda recordtype: recordtype.record(item=1),
    "record, asynchronously": lambda recordtype: asyncio.run(recordtype.arecord(item=1)),
    "bulk": lambda recordtype: recordtype.bulk_record([{"item": 1}]),
    "search": lambda recordtype: recordtype.search().execute(),
    "scan": lambda recordtype: list(recordtype.search().scan()),
    "range": lambda recordtype: recordtype.search_timeseries_range("2026", "2027").count(),
    "set-up": lambda recordtype: recordtype.sync_index_template(),
    "indexes": lambda recordtype: list(recordtype.each_existing_index()),
    "client": lambda recordtype: recordtype.get_backend().client.indices.get_alias(),
}


@pytest.fixture(
    params=[("elastic6", 8), ("elastic6", 9), ("elastic8", 6), ("elastic9", 6), ("elastic9", 8)],
    ids=lambda pair: f"{pair[0]} on {pair[1]}",
)
def wrong(
    request: pytest.FixtureRequest, djelme_index_prefix: str
) -> Iterator[tuple[Any, str, str]]:
    """A record type, the first version that its imp is for, and the version of its server."""
    name, major = request.param
    cluster = request.getfixturevalue(f"elasticsearch{major}_cluster")
    imp: Any = importlib.import_module(f"{IMPS}.{name}")
    backends = {"wrong": {imp.__name__: cluster.client_options}}
    with (
        override_settings(DJELME_BACKENDS=backends),
        djelme_registry.isolated(),
        djelme_registry.isolated_names(djelme_index_prefix),
    ):
        djelme_registry.reset()

        class Usage(imp.EventRecord):  # type: ignore[misc] # whichever it is
            item: int

            class Meta:
                app_label = APP

        backend: Any = Usage.get_backend()
        yield Usage, backend.features.versions[0], cluster.version
    djelme_registry.reset()


@pytest.mark.parametrize("asked", ASKED)
def test_whatever_is_asked_names_both_versions(wrong: tuple[Any, str, str], asked: str) -> None:
    recordtype, first, found = wrong
    with pytest.raises(BackendVersionError) as error:
        ASKED[asked](recordtype)
    assert f"Elasticsearch {first} or newer" in str(error.value)
    assert f"version {found}" in str(error.value)
    assert error.value.found == found
    assert error.value.found_product == "Elasticsearch"


@pytest.mark.parametrize(
    "command", ["djelme_backend_setup", "djelme_backend_check", "djelme_indexes"]
)
def test_commands_name_both_versions(wrong: tuple[Any, str, str], command: str) -> None:
    _, first, found = wrong
    output = io.StringIO()
    with pytest.raises(CommandError) as error:
        call_command(command, APP, stdout=output, stderr=output, skip_checks=True)
    said = output.getvalue() + str(error.value)
    assert f"Elasticsearch {first} or newer" in said
    assert f"version {found}" in said
