from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from djelme_testing.process_table import each_process
from djelme_testing.provider.embedded import watchdog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WAIT_SECONDS = 30.0
SLEEP = [sys.executable, "-c", "import time; time.sleep(600)"]


def specification(folder: Path, command: list[str] = SLEEP) -> str:
    return json.dumps(
        {
            "command": command,
            "environment": {},
            "folder": str(folder),
            "log": str(folder.parent / "console.log"),
            "uid": None,
            "gid": None,
        }
    )


def start(folder: Path, command: list[str] = SLEEP) -> tuple[subprocess.Popen[str], int]:
    folder.mkdir()
    process = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-I", "-S", watchdog.__file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(specification(folder, command) + "\n")
    process.stdin.flush()
    return process, int(process.stdout.readline())


def eventually(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def is_gone(pid: int) -> bool:
    states = [each.state for each in each_process() if each.pid == pid]
    return not states or states[0].startswith("Z")


def test_the_server_ends_when_the_owner_lets_go(tmp_path: Path) -> None:
    process, pid = start(tmp_path / "run")
    process.communicate()
    assert process.returncode == 0
    assert is_gone(pid)
    assert not (tmp_path / "run").exists()


def test_the_watchdog_ends_when_the_server_does_and_leaves_its_data(tmp_path: Path) -> None:
    process, pid = start(tmp_path / "run")
    os.killpg(pid, signal.SIGKILL)
    assert process.wait(WAIT_SECONDS) == 0
    assert (tmp_path / "run").is_dir()
    process.communicate()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_watchdog_that_is_ended_takes_the_server_along(
    tmp_path: Path, number: signal.Signals
) -> None:
    process, pid = start(tmp_path / "run")
    process.send_signal(number)
    process.wait(WAIT_SECONDS)
    assert is_gone(pid)
    process.communicate()


def test_what_the_server_started_ends_with_it(tmp_path: Path) -> None:
    note = tmp_path / "grandchild"
    program = (
        "import subprocess, sys, time; from pathlib import Path;"
        f"child = subprocess.Popen({SLEEP!r}); Path({str(note)!r}).write_text(str(child.pid));"
        "time.sleep(600)"
    )
    process, _pid = start(tmp_path / "run", [sys.executable, "-c", program])
    assert eventually(lambda: note.exists() and bool(note.read_text()))
    process.communicate()
    assert eventually(lambda: is_gone(int(note.read_text())))


OWNER = """
import os, subprocess, sys, time
process = subprocess.Popen(
    [sys.executable, "-I", "-S", sys.argv[1]],
    stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True,
)
process.stdin.write(sys.argv[2] + "\\n")
process.stdin.flush()
pid = process.stdout.readline().strip()
child = os.fork() if "fork" in sys.argv else 1
if child == 0:
    time.sleep(600)
print(pid, child, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("more", [[], ["fork"]])
def test_the_server_does_not_outlive_an_owner_that_is_killed(
    tmp_path: Path, more: list[str]
) -> None:
    """Not even where a child that the owner forked still holds the pipe open."""
    folder = tmp_path / "run"
    folder.mkdir()
    owner = subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-c", OWNER, watchdog.__file__, specification(folder), *more],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    pid, child = map(int, owner.stdout.readline().split())
    owner.kill()
    owner.wait()
    owner.stdout.close()
    try:
        assert eventually(lambda: is_gone(pid))
        assert eventually(lambda: not folder.exists())
    finally:
        if more:
            os.kill(child, signal.SIGKILL)
