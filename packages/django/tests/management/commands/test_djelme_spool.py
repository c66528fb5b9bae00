from __future__ import annotations

import io
import json
import os
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from djelme.delivery.dead_letter import DeadLetter, DeadLetterFile
from djelme.delivery.spool import Spool
from djelme.errors import BackendUnreachableError
from djelme.operation import Operation, Outcome
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FAKE_IMP = "djelme_fake_imp"


def run(*args: str, command: str = "djelme_spool", fails: str = "") -> str:
    output = io.StringIO()
    if fails:
        with pytest.raises(CommandError, match=fails):
            call_command(command, *args, stdout=output, no_color=True)
    else:
        call_command(command, *args, stdout=output, no_color=True)
    return output.getvalue()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def configured(directory: Path) -> Iterator[Callable[[str], None]]:
    """Return a function that configures a backend with a mode of delivery."""
    with override_settings():

        def configure(mode: str) -> None:
            options = {
                "djelme_delivery": mode,
                "djelme_spool_dir": directory,
                "djelme_batch_delay": 0.0,
                "djelme_backoff_min": 0.01,
                "djelme_backoff_max": 0.02,
            }
            override = override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: options}})
            override.enable()
            djelme_registry.reset()
            overrides.append(override)

        overrides: list[Any] = []
        yield configure
        djelme_registry.reset()
        for override in reversed(overrides):
            override.disable()
        djelme_registry.reset()


def leave_behind(directory: Path, count: int, *, index: str = "shop_usage_2026.11.23") -> None:
    """Leave records in a spool as a process does that is gone."""
    spool = Spool(directory, "main", max_bytes=1_000_000)
    for number in range(count):
        spool.append(Operation(index, f"old-{number}", b'{"item_id":1}').lines)
    spool.close()


def bury(directory: Path, *ids: str) -> None:
    DeadLetterFile(directory, "main").append(
        DeadLetter.of(Operation("shop_usage_2026.11.23", id_, b'{"item_id":1}'), 400, "no such day")
        for id_ in ids
    )


@pytest.mark.usefixtures("make_type")
def test_direct_delivery_has_no_spool(directory: Path) -> None:
    assert "backend main: direct, so it has no spool" in run("status")
    assert "direct, so it has no spool" in run("flush")
    assert "direct, so it has no spool" in run("dead")
    assert json.loads(run("status", "--format=json"))[0]["spool_dir"] is None


def test_status_tells_what_waits(configured: Any, directory: Path) -> None:
    configured("durable")
    assert "durable; 0 records in the spool; 0 dead letters" in run("status")
    leave_behind(directory, 3)
    bury(directory, "a")
    said = run("status")
    assert "durable; 3 records in the spool, the oldest for 0 s; 1 dead letter" in said
    assert f"{os.getpid()} is gone" in said
    (status,) = json.loads(run("status", "--format=json", "--using=main"))
    assert (status["mode"], status["spooled"], status["dead"]) == ("durable", 3, 1)
    assert status["spool_dir"] == str(directory)
    assert [(each["alive"], each["records"]) for each in status["files"]] == [(False, 3)]


def test_status_tells_what_is_odd(configured: Any, directory: Path) -> None:
    configured("buffered")
    directory.mkdir()
    (directory / "segment-0000000000000001-1-00000000.ndjson").write_bytes(b"no header")
    (directory / "quarantine.bin").write_bytes(b"garbage")
    said = run("status")
    assert "is left alone: it has no header" in said
    assert "7 bytes that are no records" in said


def test_segments_of_other_backends_are_not_counted(configured: Any, directory: Path) -> None:
    configured("durable")
    other = Spool(directory, "other", max_bytes=1_000_000)
    other.append(Operation("shop_usage_2026", "x", b"{}").lines)
    assert "0 records in the spool" in run("status")
    other.close()


def test_a_spool_that_cannot_be_read(configured: Any, directory: Path) -> None:
    configured("durable")
    directory.write_text("not a directory")
    assert "can't be read: Not a directory" in run("status")
    run("flush", fails="can't be read: Not a directory")
    configured("direct")
    assert "it has no spool" in run("status")


@pytest.mark.parametrize("mode", ["durable", "buffered", "direct"])
def test_flush_sends_what_others_have_left(
    mode: str, configured: Any, make_type: Any, directory: Path
) -> None:
    configured(mode)
    make_type().sync_index_template()
    leave_behind(directory, 3)
    assert "main: 3 sent, 0 wait" in run("flush")
    assert len(djelme_registry.get_backend("main").documents) == 3  # type: ignore[attr-defined]
    assert json.loads(run("status", "--format=json"))[0]["spooled"] == 0
    djelme_registry.reset()
    assert list(directory.glob("segment*")) == []


def test_flush_fails_if_the_cluster_is_away(
    configured: Any, make_type: Any, directory: Path
) -> None:
    configured("durable")
    backend = make_type().get_backend()
    backend.error = BackendUnreachableError(backend="main", reason="refused")
    leave_behind(directory, 2)
    (row,) = json.loads(
        run("flush", "--timeout=0.2", "--format=json", fails=r"2 records wait \(refused\)")
    )
    assert row["waiting"] == 2


def test_flush_says_what_waits_for_its_template(
    configured: Any, make_type: Any, directory: Path
) -> None:
    configured("durable")
    make_type()
    leave_behind(directory, 2)
    run("flush", "--timeout=0.2", fails="2 records wait.*djelme_backend_setup")


def test_flush_leaves_what_runs_alone(configured: Any, directory: Path) -> None:
    configured("durable")
    running = Spool(directory, "main", max_bytes=1_000_000)
    running.append(Operation("shop_usage_2026", "x", b"{}").lines)
    assert "0 sent, 0 waiting; 1 is being handled by running processes" in run("flush")
    running.close()


def test_dead_letters_are_listed(configured: Any, directory: Path) -> None:
    configured("durable")
    assert "backend main: 0 dead letters" in run("dead")
    bury(directory, "a", "b")
    said = run("dead")
    assert "2 dead letters" in said
    assert "no such day" in said
    letters = json.loads(run("dead", "--format=json"))
    assert [(each["id"], each["status"]) for each in letters] == [("a", 400), ("b", 400)]


def test_dead_letters_are_exported(configured: Any, directory: Path, tmp_path: Path) -> None:
    configured("durable")
    bury(directory, "a", "b")
    target = tmp_path / "letters.ndjson"
    assert "2 dead letters are in" in run("dead", f"--export={target}")
    assert target.stat().st_mode & 0o777 == 0o600
    lines = [json.loads(line) for line in target.read_text().splitlines()]
    assert [line["id"] for line in lines] == ["a", "b"]
    assert lines[0]["source"] == {"item_id": 1}
    run("dead", f"--export={target}", fails="can't be written: File exists")
    assert run("dead", "--export=-") == target.read_text()


def test_dead_letters_are_sent_again(
    configured: Any, make_type: Any, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured("durable")
    usage = make_type()
    usage.sync_index_template()
    backend = usage.get_backend()
    assert "There are no dead letters" in run("dead", "--retry")
    bury(directory, "a", "b")
    store_many = backend.store_many
    monkeypatch.setattr(
        backend,
        "store_many",
        lambda operations: [
            Outcome(400, "still no such day", created=False)
            if operation.id == "b"
            else store_many([operation])[0]
            for operation in operations
        ],
    )
    assert "1 stored, 1 refused again" in run("dead", "--retry", fails="1 dead letter left")
    assert "still no such day" in run("dead")
    monkeypatch.undo()
    assert "1 stored, 0 refused again" in run("dead", "--retry")
    assert "0 dead letters" in run("dead")


def test_dead_letters_are_deleted_after_asking(
    configured: Any, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    configured("durable")
    bury(directory, "a")
    monkeypatch.setattr("sys.stdin", io.StringIO("yes\n"))
    run("dead", "--drop", fails="nobody can be asked")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: "no")
    run("dead", "--drop", fails="Nothing was deleted")
    assert "1 dead letter" in run("dead")
    monkeypatch.setattr("builtins.input", lambda question: "yes")
    assert "1 dead letter deleted" in run("dead", "--drop")
    bury(directory, "a")
    (row,) = json.loads(run("dead", "--drop", "--noinput", "--format=json"))
    assert row == {"backend": "main", "dropped": 1}


def test_mistakes(configured: Any) -> None:
    configured("durable")
    run("status", "--using=nobody", fails="no backend 'nobody'")
    run("dead", "--retry", "--drop", fails="not allowed with")
    run("status", "--drop", fails="--drop belongs to dead, not to status")
    run("dead", "--timeout=1", fails="--timeout belongs to flush")
    run(fails="required")


def test_a_check_has_a_line_about_delivery(
    configured: Any, make_type: Any, directory: Path
) -> None:
    make_type().sync_index_template()
    assert "  delivery: direct" in run(command="djelme_backend_check")
    configured("durable")
    make_type("Other").sync_index_template()
    leave_behind(directory, 3)
    bury(directory, "a")
    assert "  delivery: durable; 3 records in the spool, the oldest for" in run(
        command="djelme_backend_check", fails="not in sync"
    )
    checked = json.loads(run("--format=json", command="djelme_backend_check", fails="not in sync"))
    delivery = checked["backends"][0]["delivery"]
    assert (delivery["mode"], delivery["spooled"], delivery["dead"]) == ("durable", 3, 1)
