from __future__ import annotations

import datetime
import io
import json
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from djelme.errors import BackendUnreachableError
from djelme.timedepth import Timedepth
from elasticsearch_metrics.recordtype.single_index import SingleIndexRecord
from elasticsearch_metrics.registry import djelme_registry

FAKE_IMP = "djelme_fake_imp"


def run(name: str, *args: str, fails: str = "") -> str:
    output = io.StringIO()
    if fails:
        with pytest.raises(CommandError, match=fails):
            call_command(name, *args, stdout=output)
    else:
        call_command(name, *args, stdout=output)
    return output.getvalue()


def test_types_are_listed_without_asking_a_cluster(make_type: Any) -> None:
    usage = make_type()
    shown = run("djelme_backend_types")
    assert "shop.Usage" in shown
    assert "shop_usage_*" in shown
    (listed,) = json.loads(run("djelme_backend_types", "--format", "json"))
    assert listed["timedepth"] == "daily"
    assert usage.get_backend().asked == []


def test_what_is_told_of_times(make_type: Any) -> None:
    make_type("Kept", expiration=datetime.timedelta(days=90), timedepth=Timedepth.MONTHLY)
    make_type("Brief", expiration=datetime.timedelta(hours=36))
    make_type("Single", base=SingleIndexRecord)
    listed = json.loads(run("djelme_backend_types", "--format", "json"))
    assert [(row["timedepth"], row["expiration"]) for row in listed] == [
        ("monthly", 7_776_000),
        ("daily", 129_600),
        (None, None),
    ]
    lines = [line.split("  ") for line in run("djelme_backend_types").splitlines()[1:]]
    told = [[cell.strip() for cell in line if cell][-2:] for line in lines]
    assert told == [["monthly", "90 days"], ["daily", "1 day, 12:00:00"], ["-", "-"]]


def test_setup_says_what_it_did(make_type: Any) -> None:
    make_type()
    assert "shop_usage in backend main: set up" in run("djelme_backend_setup", "shop")
    assert "already set up" in run("djelme_backend_setup")


def test_check_fails_and_says_what_is_missing(make_type: Any) -> None:
    make_type()
    assert "there is no index template" in run("djelme_backend_check", fails="1 of 1 record types")


def test_check_fails_and_says_what_differs(make_type: Any) -> None:
    usage = make_type()
    usage.get_backend().templates["shop_usage"] = {"pattern": "else_*"}
    shown = run("djelme_backend_check", fails="djelme_backend_setup")
    assert "pattern: the class has shop_usage_*, the server else_*" in shown
    report = json.loads(run("djelme_backend_check", "--format", "json", fails="not in sync"))
    assert report["recordtypes"][0]["differences"] == [
        {"path": "pattern", "expected": "shop_usage_*", "found": "else_*"}
    ]


def test_check_passes_when_all_is_well(make_type: Any) -> None:
    make_type().sync_index_template()
    assert "shop.Usage: shop_usage in main: in sync" in run("djelme_backend_check")


def test_check_says_that_a_backend_is_away(make_type: Any) -> None:
    backend = make_type().get_backend()
    backend.error = BackendUnreachableError(backend="main", reason="connection refused")
    shown = run(
        "djelme_backend_check",
        fails="^1 of 1 record types could not be checked, since 1 of 1 backends did not answer",
    )
    assert "connection refused" in shown
    assert "could not be checked" in shown


def test_check_tells_what_is_wrong_from_what_it_cant_know(make_type: Any) -> None:
    with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: {}}, "far": {FAKE_IMP: {}}}):
        djelme_registry.reset()
        make_type("Near", using="main")
        far = make_type("Far", using="far").get_backend()
        far.error = BackendUnreachableError(backend="far", reason="connection refused")
        run("djelme_backend_check", fails="^1 of 2 record types could not be .*; 1 of 2 .* in sync")


def test_unknown_apps_are_named(make_type: Any) -> None:
    make_type()
    run("djelme_backend_types", "nope", fails="No installed app with label 'nope'")
    run("djelme_backend_types", "elasticsearch_metrics", fails="has no record types")


def test_mistakes_in_settings_end_a_command_with_the_checks_words() -> None:
    with (
        override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: {"wrong": 1}}}),
        pytest.raises(CommandError, match=r"djelme\.E003"),
    ):
        call_command("djelme_backend_setup", skip_checks=False)
