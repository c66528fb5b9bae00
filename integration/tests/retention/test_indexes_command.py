"""`manage.py djelme_indexes` on a real cluster."""

from __future__ import annotations

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

DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be only the types that a test declares."""
    monkeypatch.setattr(djelme_registry, "_recordtypes", {})


def call(*arguments: str, **options: Any) -> str:
    said = io.StringIO()
    call_command("djelme_indexes", *arguments, stdout=said, no_color=True, **options)
    return said.getvalue()


def call_in_vain(*arguments: str, **options: Any) -> tuple[str, str]:
    """Return what a failing command says on its output and as its error."""
    said = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command("djelme_indexes", *arguments, stdout=said, no_color=True, **options)
    return said.getvalue(), str(caught.value)


def declare(site: Site, app_label: str = "one", expiration: Any = DAY) -> Any:
    meta = {"app_label": app_label, "expiration": expiration}

    class Usage(Body):
        item_id: int
        Meta = type("Meta", (), meta)

    return site.declare(Usage)


@pytest.fixture
def stored(site: Site) -> Any:
    """A type with two indexes that have expired, and one of today."""
    usage = declare(site)
    usage.sync_index_template()
    now = datetime.datetime.now(datetime.timezone.utc)
    usage.bulk_record({"timestamp": now - 5 * days * DAY, "item_id": days} for days in range(3))
    usage.refresh()
    return usage


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let somebody sit at a terminal who gives an answer; the questions are in a list."""
    asked: list[str] = []

    def answering(answer: str) -> list[str]:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        def ask(question: str) -> str:
            asked.append(question)
            return answer

        monkeypatch.setattr("sys.stdin", Terminal())
        monkeypatch.setattr("builtins.input", ask)
        return asked

    return answering


def test_indexes_are_listed(site: Site, stored: Any) -> None:
    said = call("one")
    assert "one.Usage in main, kept for 1 day: 3 indexes, 3 documents" in said
    for name in site.index_names():
        assert name in said
    assert said.count("expired") == 2
    (row,) = json.loads(call("one", "--format", "json"))
    assert (row["recordtype"], row["backend"], row["expiration"]) == ("one.Usage", "main", 86400)
    assert (row["documents"], row["shards"], row["error"]) == (3, 3, None)
    assert row["bytes"] == sum(index["bytes"] for index in row["indexes"]) > 0
    assert [index["name"] for index in row["indexes"]] == site.index_names()
    assert [index["is_expired"] for index in row["indexes"]] == [True, True, False]
    first = row["indexes"][0]
    assert first["oldest"] == first["newest"]
    assert datetime.datetime.fromisoformat(first["expires"]).tzinfo is not None


def test_before_anything_is_there(site: Site) -> None:
    declare(site)
    assert "one.Usage in main, kept for 1 day: 0 indexes, 0 documents, 0 bytes" in call()
    assert json.loads(call("--format", "json"))[0]["indexes"] == []
    assert "No index has expired." in call("--delete-expired", "--noinput")
    site.set_up(type("Other", (Body,), {"Meta": type("Meta", (), {"app_label": "other"})}))
    assert "other.Other in main, kept for ever: 0 indexes" in call()


def test_a_dry_run_deletes_nothing(site: Site, stored: Any) -> None:
    names = site.index_names()
    said = call("--delete-expired", "--dry-run", "--noinput")
    assert said.count("to be deleted") == 2
    assert "2 indexes would be deleted" in said
    assert call("--dry-run") == said
    rows = json.loads(call("--dry-run", "--format", "json"))
    assert [(row["name"], row["deleted"], row["blocker"]) for row in rows] == [
        (name, False, None) for name in names[:2]
    ]
    assert site.index_names() == names


@pytest.mark.parametrize("option", ["--noinput", "--no-input", "--really-really"])
def test_without_being_asked(site: Site, stored: Any, option: str) -> None:
    names = site.index_names()
    said = call("one", "--delete-expired", option)
    assert "2 indexes were deleted, 0 expired indexes kept." in said
    assert site.index_names() == names[2:]
    assert "No index has expired." in call("one", "--delete-expired", option)


def test_what_was_deleted_as_json(site: Site, stored: Any) -> None:
    names = site.index_names()
    rows = json.loads(call("--delete-expired", "--noinput", "--format", "json"))
    assert [(row["name"], row["deleted"]) for row in rows] == [(name, True) for name in names[:2]]
    assert site.index_names() == names[2:]


def test_after_a_yes(site: Site, stored: Any, terminal: Any) -> None:
    names = site.index_names()
    asked = terminal("yes")
    said = call("--delete-expired")
    assert len(asked) == 1
    assert asked[0].startswith("Delete 2 indexes with 2 documents (")
    assert "They can't be brought back." in asked[0]
    assert all(name in said for name in names[:2])
    assert site.index_names() == names[2:]


@pytest.mark.parametrize("answer", ["no", "", "y", "yes please"])
def test_after_anything_else(site: Site, stored: Any, terminal: Any, answer: str) -> None:
    names = site.index_names()
    terminal(answer)
    _, error = call_in_vain("--delete-expired")
    assert error == "Nothing was deleted."
    assert site.index_names() == names


def test_when_nobody_can_be_asked(site: Site, stored: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    names = site.index_names()
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    said, error = call_in_vain("--delete-expired")
    assert said.count("to be deleted") == 2
    assert "--noinput" in error
    _, error = call_in_vain("--delete-expired", "--format", "json")
    assert "--noinput or --dry-run" in error
    assert site.index_names() == names


def test_what_is_kept_is_told(site: Site, stored: Any) -> None:
    first, second, today = site.index_names()
    stored(item_id=9).save(index=first)  # a record of now
    said = call("--delete-expired", "--noinput")
    assert "1 of its documents aren't from before" in said
    assert "1 index was deleted, 1 expired index kept." in said
    assert site.index_names() == [first, today]
    rows = json.loads(call("--delete-expired", "--noinput", "--format", "json"))
    assert [(row["name"], row["deleted"]) for row in rows] == [(first, False)]
    assert "aren't from before" in rows[0]["blocker"]
    assert second not in site.index_names()


def test_only_the_apps_that_are_named(site: Site, stored: Any) -> None:
    other = declare(site, "other")
    other.sync_index_template()
    now = datetime.datetime.now(datetime.timezone.utc)
    kept = other.record(timestamp=now - 9 * DAY, item_id=1).meta.index
    call("one", "--delete-expired", "--noinput")
    assert kept in site.index_names()
    assert "other.Usage" not in call("one")


@pytest.mark.parametrize("evil", ["../", "*", ",", "x,*", "日本", "a" * 300])
def test_labels_that_try_something(site: Site, stored: Any, evil: str) -> None:
    names = site.index_names()
    _, error = call_in_vain(evil, "--delete-expired", "--noinput")
    assert evil in error
    assert site.index_names() == names


def test_a_cluster_that_is_away(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Backoff, "delay", lambda *_: 0.0)
    away = {"hosts": f"http://127.0.0.1:{unused_port()}", "max_retries": 0}
    declare(site)
    with site.configured({"main": away}):
        said, error = call_in_vain()
        assert "one.Usage in main, kept for 1 day: backend 'main' is unreachable" in said
        assert "1 of 1 record type could not be listed: backend 'main' is unreachable" in error
        assert error.count("Connection refused") == 1, "why, and only once"
        said, error = call_in_vain("--format", "json")
        (row,) = json.loads(said)
        assert "unreachable" in row["error"]
        said, error = call_in_vain("--delete-expired", "--noinput")
        assert said == "", "nobody knows what has expired"
        assert "'main' is unreachable" in error
