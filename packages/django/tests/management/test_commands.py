from __future__ import annotations

import datetime
import io
import json
import os
from typing import Any

import pytest
from django.core.management import CommandError, call_command, get_commands, load_command_class
from django.test import override_settings

from djelme.errors import BackendRefusedError, BackendUnreachableError
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
    assert told == [["monthly", "90 days"], ["daily", "36 h"], ["-", "-"]]


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


def test_setup_goes_on_with_the_other_backends(make_type: Any) -> None:
    with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: {}}, "far": {FAKE_IMP: {}}}):
        djelme_registry.reset()
        far = make_type("Far", using="far").get_backend()
        make_type("Farther", using="far")
        near = make_type("Near", using="main").get_backend()
        far.error = BackendUnreachableError(backend="far", reason="connection refused")
        shown = run(
            "djelme_backend_setup",
            fails=r"^2 of 3 record types could not be set up: backend 'far' is unreachable: "
            r"connection refused$",
        )
        assert shown.count("backend 'far' is unreachable: connection refused") == 2
        assert "shop.Near: index template shop_near in backend main: set up" in shown
        assert far.asked.count("get_template") == 1, "who is away isn't asked again"
        assert near.templates


def test_setup_goes_on_after_a_refusal(make_type: Any) -> None:
    one = make_type("One").get_backend()
    make_type("Two")
    one.error = BackendRefusedError(backend="main", status=400, reason="unknown analyzer")
    run("djelme_backend_setup", fails="^2 of 2 record types .*refused with status 400")
    assert one.asked.count("get_template") == 2


def test_names_that_are_like_a_wrong_one_are_suggested(make_type: Any) -> None:
    make_type()
    run("djelme_backend_setup", "shpo", fails=r"there are: shop\); did you mean 'shop'\?")
    run("djelme_stats", "shop.usages", fails=r"\(there are: shop.Usage\); did you mean 'shop.U")
    run("djelme_spool", "status", "--using", "mian", fails=r"\(there are: main\); did you mean")


def test_a_number_of_values_needs_a_field(make_type: Any) -> None:
    make_type()
    run("djelme_stats", "shop.Usage", "--top", "5", fails="name the field with --by")
    run("djelme_stats", "--top", "5", fails="name the field with --by")


#: That for migrations belongs to an app of its own; here only a word about it has its name.
COMMANDS = sorted(
    name
    for name, app in get_commands().items()
    if app == "elasticsearch_metrics" and name != "djelme_migrate"
)


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_an_example_and_fits_the_terminal(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    parser = load_command_class("elasticsearch_metrics", name).create_parser("manage.py", name)
    shown = parser.format_help()
    assert f"examples:\n  python manage.py {name}" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_a_table_fits_the_terminal(make_type: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    make_type("UsageOfTheItemsInTheCatalogue", expiration=datetime.timedelta(days=90))
    shown = run("djelme_backend_types")
    assert max(map(len, shown.splitlines())) <= 80
    assert "shop_usageoftheitemsinthecatalogue_*" in shown


def test_no_color_is_minded(make_type: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    make_type()
    output = io.StringIO()
    monkeypatch.setenv("NO_COLOR", "1")
    call_command("djelme_backend_types", stdout=output)
    assert "\x1b" not in output.getvalue()
    call_command("djelme_backend_types", stdout=output, force_color=True)
    assert "\x1b" in output.getvalue()


def test_warnings_are_one_line(make_type: Any) -> None:
    make_type("One", index={"settings": {"number_of_replicas": 0}})
    make_type("Two", index={"settings": {"number_of_replicas": 0}})
    output, errors = io.StringIO(), io.StringIO()
    call_command("djelme_backend_types", stdout=output, stderr=errors, skip_checks=False)
    (line,) = errors.getvalue().splitlines()
    assert line.startswith("2 warnings of the system checks (2 x djelme.W020); see python manage")
    assert "shop.One" in output.getvalue()


def test_output_that_nobody_reads_any_more_ends_a_command_in_silence(
    make_type: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_type()
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as closed:
        monkeypatch.setattr("sys.stdout", closed)
        command = load_command_class("elasticsearch_metrics", "djelme_backend_types")
        with pytest.raises(SystemExit) as ended:
            command.run_from_argv(["manage.py", "djelme_backend_types", "--skip-checks"])
        assert ended.value.code == 141
        closed.write("what is left goes nowhere")
