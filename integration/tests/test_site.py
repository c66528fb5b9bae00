"""A site as its operators see it: an app with record types, and the commands without arguments."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from elasticsearch_metrics.registry import djelme_registry

#: Major versions of servers that each imp supports.
_SERVERS = {"elastic6": ("6",), "elastic8": ("7", "8", "9"), "elastic9": ("9",)}
_APP = "testapp"


@pytest.fixture
def usages(djelme_backends: dict[str, Any]) -> dict[str, Any]:
    """The record types of the app by the name of their backend, none of them set up."""
    found: dict[str, Any] = {
        recordtype.get_backend().name: recordtype
        for recordtype in djelme_registry.each_recordtype(_APP)
    }
    assert found.keys() == djelme_backends.keys()
    return found


def _call(command: str, *arguments: str, **options: Any) -> str:
    said = io.StringIO()
    call_command(command, *arguments, stdout=said, no_color=True, skip_checks=False, **options)
    return said.getvalue()


def test_record_types_of_apps_are_found(usages: dict[str, Any]) -> None:
    for name, usage in usages.items():
        assert usage is djelme_registry.get_recordtype(_APP, f"{name.capitalize()}Usage")
        assert usage.djelme.label == f"{_APP}.{usage.__name__}"


def test_commands_treat_all_backends(usages: dict[str, Any]) -> None:
    with pytest.raises(CommandError, match=f"{len(usages)} of {len(usages)} record types"):
        _call("djelme_backend_check", _APP)
    said = _call("djelme_backend_setup", _APP)
    for name in usages:
        assert f"in backend {name}: set up" in said
    checked = json.loads(_call("djelme_backend_check", _APP, format="json"))
    assert {row["name"] for row in checked["backends"]} == usages.keys()
    for row in checked["backends"]:
        assert row["server_version"].split(".")[0] in _SERVERS[row["name"]]
    assert {row["backend"] for row in checked["recordtypes"]} == usages.keys()
    assert {row["state"] for row in checked["recordtypes"]} == {"in sync"}


def test_records_of_all_backends_are_apart(
    usages: dict[str, Any], djelme_set_up_backends: dict[str, Any]
) -> None:
    for number, usage in enumerate(usages.values()):
        usage.record(item_id=number)
        usage.bulk_record([{"item_id": number}])
        usage.refresh()
    for number, usage in enumerate(usages.values()):
        assert [hit.item_id for hit in usage.search()] == [number, number]
        assert len(list(usage.each_existing_index())) == 1


def test_one_cluster_that_is_away_leaves_the_others_alone(
    usages: dict[str, Any],
    djelme_set_up_backends: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    away, *others = usages
    ((imp, options),) = djelme_set_up_backends[away].items()
    unreachable = {
        **djelme_set_up_backends,
        away: {imp: {**options, "hosts": "http://127.0.0.1:9"}},
    }
    with override_settings(DJELME_BACKENDS=unreachable):
        said = io.StringIO()
        with pytest.raises(CommandError, match=f"1 of {len(usages)} record types"):
            call_command("djelme_backend_check", _APP, format="json", stdout=said)
        states = {
            row["backend"]: row["state"] for row in json.loads(said.getvalue())["recordtypes"]
        }
        assert states == {away: "unknown", **dict.fromkeys(others, "in sync")}
        for name in others:
            usages[name].record(item_id=1)
