"""`manage.py djelme_stats` on a real cluster."""

from __future__ import annotations

import csv
import datetime
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from djelme.delivery.retry import Backoff
from djelme_testing.conformance.site import Body
from djelme_testing.port import unused_port
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

UTC = datetime.timezone.utc


def call(*arguments: str) -> str:
    said = io.StringIO()
    call_command("djelme_stats", *arguments, stdout=said, no_color=True)
    return said.getvalue()


def call_in_vain(*arguments: str) -> tuple[str, str]:
    """Return what a failing command says on its output and as its error."""
    said = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("djelme_stats", *arguments, stdout=said, no_color=True)
    return said.getvalue(), str(caught.value)


@pytest.fixture(autouse=True)
def alone_at_a_narrow_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    # Only the types that a test declares.
    monkeypatch.setattr(djelme_registry, "_recordtypes", {})


@pytest.fixture
def usage(site: Site) -> Any:
    @site.set_up
    class Usage(Body):
        item_id: int
        name: str | None

    return Usage


@pytest.fixture
def stored(usage: Any) -> Any:
    """Four records in three months."""
    names = ("a", "a", "\x1b[31mred", None)
    usage.bulk_record(
        {
            "timestamp": datetime.datetime(2026, month, 5, tzinfo=UTC),
            "item_id": 1,
            "name": name,
        }
        for month, name in zip((1, 1, 3, 3), names, strict=True)
    )
    usage.refresh()
    return usage


def test_before_anything_is_there(usage: Any) -> None:
    assert call("myapp.Usage") == "myapp.Usage: 0 records\n"
    assert "0 different values" in call("myapp.Usage", "--by", "name")
    assert json.loads(call("myapp.Usage", "--format", "json"))["histogram"]["periods"] == []
    assert call("myapp.Usage", "--format", "csv") == "day,records,partial\n"
    assert call().splitlines()[1].split() == ["myapp.Usage", "0", "-", "-"]


def test_a_histogram_is_as_wide_as_the_terminal(stored: Any) -> None:
    said = call("myapp.Usage", "--interval", "month").splitlines()
    assert said[0] == "myapp.Usage: 4 records, from 2026-01-05 00:00 to 2026-03-05 00:00"
    bar = "█" * 29
    assert said[2:] == ["records by month", f"2026-01  2 {bar}", "2026-02  0", f"2026-03  2 {bar}"]


def test_an_interval_is_chosen(stored: Any) -> None:
    assert "records by week" in call("myapp.Usage", "--from", "2025-11", "--to", "2026-04")
    assert "records by day" in call("myapp.usage", "--from", "2026-02", "--to", "2026-03")


def test_the_most_frequent_values(stored: Any) -> None:
    said = call("myapp.Usage", "--by", "name")
    assert "records by" not in said
    lines = said.splitlines()
    assert lines[2] == "name: 2 different values"
    assert lines[3].startswith("a          ")
    assert lines[4].startswith("\\x1b[31mred  1 ")  # it doesn't colour the terminal
    assert lines[5] == "1 record has no value"
    both = call("myapp.Usage", "--by", "name", "--interval", "year", "--top", "1")
    assert "records by year" in both
    assert "1 more of other values" in both


def test_as_json(stored: Any) -> None:
    document = json.loads(
        call("myapp.Usage", "--by", "name", "--interval", "quarter", "--format", "json")
    )
    assert document["recordtype"] == "myapp.Usage"
    assert document["range"] == {"start": None, "end": None}
    assert document["records"] == 4
    assert document["oldest"] == "2026-01-05T00:00:00.000Z"
    assert document["histogram"]["periods"] == [
        {"start": "2026-01-01T00:00:00.000Z", "records": 4, "partial": False}
    ]
    assert document["top"]["values"][0] == {"value": "a", "records": 2}
    assert document["top"]["missing"] == 1
    (found,) = json.loads(call("--format", "json", "--from", "2026", "--to", "2026-07"))
    assert found.pop("as_of") > "2026-07"
    assert [found] == [
        {
            "recordtype": "myapp.Usage",
            "range": {"start": "2026-01-01T00:00:00.000Z", "end": "2026-07-01T00:00:00.000Z"},
            "records": 4,
            "oldest": "2026-01-05T00:00:00.000Z",
            "newest": "2026-03-05T00:00:00.000Z",
            "from": "events",
            "missing_cycles": 0,
        }
    ]


def test_as_csv(stored: Any) -> None:
    rows = list(csv.reader(io.StringIO(call("myapp.Usage", "--by", "name", "--format", "csv"))))
    assert rows == [
        ["name", "records"],
        ["a", "2"],
        ["\N{REPLACEMENT CHARACTER}[31mred", "1"],  # nor does it here
        ["(no value)", "1"],
    ]
    rows = list(csv.reader(io.StringIO(call("--format", "csv"))))
    assert rows[0] == ["recordtype", "records", "oldest", "newest"]
    rows = list(
        csv.reader(io.StringIO(call("myapp.Usage", "--interval", "month", "--format", "csv")))
    )
    assert rows[1:] == [
        ["2026-01-01", "2", "false"],
        ["2026-02-01", "0", "false"],
        ["2026-03-01", "2", "false"],
    ]
    _, error = call_in_vain("myapp.Usage", "--interval", "month", "--by", "name", "--format", "csv")
    assert "CSV has one table" in error


def test_a_plain_terminal_gets_plain_bars(stored: Any) -> None:
    class Plain(io.StringIO):
        encoding = "ascii"

    said = Plain()
    call_command("djelme_stats", "myapp.Usage", "--interval", "year", stdout=said, no_color=True)
    assert said.getvalue().splitlines()[-1] == f"2026  4 {'#' * 32}"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("myapp.Nope",), "There is no record type 'myapp.Nope' (there are: myapp.Usage)"),
        (("Usage",), "(there are: myapp.Usage)"),
        (("../x.y",), "(there are: myapp.Usage)"),
        (("*",), "(there are: myapp.Usage)"),
        (("x" * 300,), "(there are: myapp.Usage)"),
        (("myapp.Usage", "--by", "nope"), "(fields that can be: item_id, name, timestamp)"),
        (("myapp.Usage", "--by", "*"), "has no field '*'"),
        (("myapp.Usage", "--interval", "moon"), "year, quarter, month, week, day, hour, minute"),
        (("myapp.Usage", "--from", "*"), "--from should be a date or time such as"),
        (("myapp.Usage", "--to", "2026-13"), "--to should be a date or time such as"),
        (("myapp.Usage", "--from", "2026", "--to", "2025"), "--from (2026) should not be after"),
        (("myapp.Usage", "--by", "name", "--top", "0"), "from 1 to 1,000, not 0"),
        (("--by", "name"), "--by needs a record type (there are: myapp.Usage)"),
        (("--interval", "day"), "--interval needs a record type"),
        (
            ("myapp.Usage", "--from", "1990", "--to", "2026", "--interval", "minute"),
            "choose a longer interval",
        ),
    ],
)
def test_mistakes_are_told_in_words(usage: Any, arguments: tuple[str, ...], expected: str) -> None:
    _, error = call_in_vain(*arguments)
    assert expected in error
    assert len(error) < 400


def test_a_cluster_that_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "delay", lambda *_: 0.0)
    away = {"hosts": f"http://127.0.0.1:{unused_port()}", "max_retries": 0}

    @site.declare
    class Usage(Body):
        item_id: int

    with site.configured({"main": away}):
        for arguments in ((), ("myapp.Usage",), ("myapp.Usage", "--by", "item_id")):
            _, error = call_in_vain(*arguments)
            assert "backend 'main' is unreachable" in error


def test_a_cluster_that_is_away_is_asked_once_and_the_others_are_counted(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Backoff, "delay", lambda *_: 0.0)
    away = {"hosts": f"http://127.0.0.1:{unused_port()}", "max_retries": 0}
    with site.configured({"away": away, "main": site.options}):

        @site.declare
        class First(Body):
            item: int

            class Index:
                using = "away"

        @site.declare
        class Second(Body):
            item: int

            class Index:
                using = "away"

        @site.declare
        class There(Body):
            item: int

            class Index:
                using = "main"

        There.sync_index_template()
        said, error = call_in_vain()
    assert "2 of 3 record types could not be counted: backend 'away'" in error
    assert error.count("Connection refused") == 1
    assert "myapp.There" in said
