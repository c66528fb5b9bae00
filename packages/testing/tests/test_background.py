from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest

from djelme_testing import cli
from djelme_testing.background import BackgroundCluster

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_HOLD = """
import signal, sys
from pathlib import Path
from djelme_testing.lock import try_lock_file
assert try_lock_file(Path(sys.argv[1])) is not None
print("held", flush=True)
signal.pause()
"""


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "state"
    folder.mkdir()
    monkeypatch.setenv("DJELME_STATE_DIR", str(folder))
    return folder


@pytest.fixture
def hold(state: Path) -> Iterator[Callable[[str, Path], subprocess.Popen[str]]]:
    """Keep a cluster in the background that has a keeper and no server."""
    keepers = []

    def keep(version: str, folder: Path) -> subprocess.Popen[str]:
        keeper = subprocess.Popen(  # noqa: S603 - our own
            [sys.executable, "-c", _HOLD, str(state / f"{version}.lock")],
            stdout=subprocess.PIPE,
            text=True,
        )
        keepers.append(keeper)
        assert keeper.stdout is not None
        assert keeper.stdout.readline() == "held\n"
        cluster = BackgroundCluster(
            version=version,
            provider="embedded",
            keeper_pid=keeper.pid,
            pid=None,
            variables={"ELASTICSEARCH8_URL": "http://127.0.0.1:1"},
            settings={},
            folder=str(folder.resolve()),
            started=time.time() - 7_300,
        )
        (state / f"{version}.json").write_text(json.dumps(asdict(cluster)))
        return keeper

    yield keep
    for keeper in keepers:
        keeper.kill()
        keeper.communicate()


@pytest.fixture
def two(
    hold: Callable[[str, Path], subprocess.Popen[str]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> tuple[subprocess.Popen[str], subprocess.Popen[str]]:
    """One cluster of the current folder, and one of another."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    monkeypatch.chdir(here)
    return hold("8.19.3", here), hold("6.8.23", there)


def test_stop_ends_only_what_this_folder_started(
    two: tuple[subprocess.Popen[str], subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = two
    assert cli.main(["stop"]) == 0
    assert ours.wait(30)
    assert theirs.poll() is None
    assert "stopped Elasticsearch 8.19.3" in capsys.readouterr().err
    assert cli.main(["stop"]) == 0
    assert theirs.poll() is None
    assert "none of the clusters" in capsys.readouterr().err


def test_stop_ends_a_version_that_is_named(
    two: tuple[subprocess.Popen[str], subprocess.Popen[str]],
) -> None:
    ours, theirs = two
    assert cli.main(["stop", "6"]) == 0
    assert theirs.wait(30)
    assert ours.poll() is None


@pytest.mark.parametrize(("answer", "stops"), [("y\n", True), ("\n", False), ("", False)])
def test_all_are_stopped_only_after_a_yes(
    two: tuple[subprocess.Popen[str], subprocess.Popen[str]],
    answer: str,
    *,
    stops: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
    assert cli.main(["stop", "--all"]) == (0 if stops else 1)
    said = capsys.readouterr().err
    assert "Elasticsearch 6.8.23, started 2 h ago from" in said
    if stops:
        assert [each.wait(30) != 0 for each in two] == [True, True]
    else:
        assert [each.poll() for each in two] == [None, None]


def test_all_are_stopped_unasked_with_noinput(
    two: tuple[subprocess.Popen[str], subprocess.Popen[str]],
) -> None:
    assert cli.main(["stop", "--all", "--noinput"]) == 0
    assert [each.wait(30) != 0 for each in two] == [True, True]


def test_list_shows_all_with_folder_and_age(
    two: tuple[subprocess.Popen[str], subprocess.Popen[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert len(two) == 2
    assert cli.main(["list"]) == 3  # nobody answers
    said = capsys.readouterr().out
    for name in ("here", "there"):
        assert os.fspath(tmp_path.resolve() / name) in said
    assert said.count("2 h") == 2
    assert cli.main(["list", "--format", "json"]) == 3
    rows = json.loads(capsys.readouterr().out)
    assert {row["version"] for row in rows} == {"8.19.3", "6.8.23"}
    assert all(row["started"] for row in rows)
