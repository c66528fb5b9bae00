from __future__ import annotations

import os
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

from djelme_testing.lock import exclusive, try_lock_file
from djelme_testing.process_table import each_process
from djelme_testing.provider.embedded.run_folder import RunFolder, remove_stale

if TYPE_CHECKING:
    from pathlib import Path


def command_of(pid: str) -> str:
    return "".join(each.command for each in each_process() if each.pid == int(pid))


def test_a_folder_in_use_is_left_alone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "8.19.3")
    assert remove_stale(tmp_path) == []
    assert (folder.path / "data").is_dir()
    folder.remove()
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["all.lock"]


def test_the_folder_of_a_dead_process_is_removed_with_what_runs_on_it(tmp_path: Path) -> None:
    program = """
import os, subprocess, sys
from pathlib import Path
from djelme_testing.provider.embedded.run_folder import RunFolder
folder = RunFolder(Path(sys.argv[1]), "8.19.3")
server = subprocess.Popen(
    [sys.executable, "-c", "import time; time.sleep(600)", str(folder.path)],
    stdout=subprocess.DEVNULL, start_new_session=True,
)
folder.remember_server(server.pid)
print(folder.path.name, server.pid, flush=True)
os._exit(1)
"""
    output = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-c", program, tmp_path], check=False, stdout=subprocess.PIPE, text=True
    ).stdout
    name, pid = output.split()
    assert name in command_of(pid)
    assert remove_stale(tmp_path) == [name]
    assert not (tmp_path / "runs" / name).exists()
    assert name not in command_of(pid)


def test_a_process_that_only_has_the_number_of_the_server_is_left_alone(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path, "8.19.3")
    with subprocess.Popen(["sleep", "600"], start_new_session=True) as other:  # noqa: S607 - on PATH
        folder.remember_server(other.pid)
        os.close(folder.lock)
        assert remove_stale(tmp_path) == [folder.path.name]
        assert other.poll() is None
        other.kill()


def test_a_lock_is_held_by_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    waiting = threading.Event()
    order = []

    def second() -> None:
        with exclusive(path, on_wait=waiting.set):
            order.append("second")

    thread = threading.Thread(target=second)
    with exclusive(path):
        thread.start()
        assert waiting.wait(30)
        order.append("first")
    thread.join()
    assert order == ["first", "second"]


def test_a_lock_that_is_taken_is_not_waited_for(tmp_path: Path) -> None:
    with exclusive(tmp_path / "lock"):
        assert try_lock_file(tmp_path / "lock") is None
