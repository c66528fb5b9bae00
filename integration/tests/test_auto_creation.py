"""Which writes may make indexes: the cluster's setting, `djelme_backend_check` and templates."""

from __future__ import annotations

import fcntl
import io
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import call_command
from django.test import override_settings

from djelme.errors import BackendRefusedError
from djelme_testing.backend_settings import imp_major
from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djelme_testing.conformance import Site

#: The first version in which a template can say that indexes may be made by it.
BY_TEMPLATE = 8


pytestmark = pytest.mark.usefixtures("only_own_recordtypes")


@pytest.fixture
def usage(site: Site) -> Any:
    @site.set_up
    class Usage(Body):
        item_id: int

    return Usage


@pytest.fixture
def let(site: Site) -> Iterator[Callable[[str | None], None]]:
    """Set ``action.auto_create_index``; its patterns should be about this site's names only.

    The whole cluster has one such setting, so runs that share a cluster take turns.
    """
    backend: Any = site.backend

    def put(value: str | None) -> None:
        settings = {"persistent": {"action.auto_create_index": value}}
        backend.request("PUT", "/_cluster/settings", body=settings)

    with Path(tempfile.gettempdir(), "djelme-test-cluster-settings.lock").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield put
        put(None)


def checked() -> tuple[str, list[dict[str, str]]]:
    """Return setting and warnings as `djelme_backend_check` tells them; it passes."""
    said = io.StringIO()
    call_command("djelme_backend_check", "--format", "json", stdout=said)
    (backend,) = json.loads(said.getvalue())["backends"]
    return backend["auto_create_index"], backend["warnings"]


def said() -> str:
    said = io.StringIO()
    call_command("djelme_backend_check", stdout=said, no_color=True)
    return said.getvalue()


def quoted(text: str) -> str:
    """Return what stands in quotation marks."""
    return text.split('"')[1]


def test_an_open_cluster_is_told_and_can_be_closed(
    site: Site, imp_name: str, usage: Any, let: Callable[[str | None], None]
) -> None:
    if imp_major(imp_name) < BY_TEMPLATE:
        let(f"+{site.prefix}*,+*")
        assert checked() == (f"+{site.prefix}*,+*", [])  # djelme itself needs it open
        return
    let(f"+{site.prefix}*,+*")
    _, (warning,) = checked()
    assert warning["id"] == "djelme.W040"
    pattern = site.name("myapp_usage_*")
    assert pattern in warning["message"]
    assert f"djelme.W040: {warning['message']}. {warning['hint']}" in said()
    with override_settings(SILENCED_SYSTEM_CHECKS=["djelme.W040"]):
        assert checked()[1] == []

    let(quoted(warning["hint"]))
    assert checked() == (f"-{pattern},+{site.prefix}*,+*", [])
    usage.record(item_id=1)
    site.backend.delete_template(site.name("myapp_usage"))
    backend: Any = site.backend
    with pytest.raises(BackendRefusedError, match="auto_create_index"):
        backend.request("PUT", f"/{site.name('myapp_usage_1999')}/_doc/1", body={"item_id": 1})


def test_a_closed_cluster_takes_records_or_is_told(
    site: Site, imp_name: str, usage: Any, let: Callable[[str | None], None]
) -> None:
    closed = f"-{site.prefix}*,+*"
    let(closed)
    setting, warnings = checked()
    assert setting == closed
    if imp_major(imp_name) >= BY_TEMPLATE:
        assert warnings == []
        usage.record(item_id=1)
        return
    (warning,) = warnings
    assert warning["id"] == "djelme.W041"
    with pytest.raises(BackendRefusedError, match="auto_create_index"):
        usage.record(item_id=1)
    let(quoted(warning["hint"]))
    assert checked()[1] == []
    usage.record(item_id=1)
