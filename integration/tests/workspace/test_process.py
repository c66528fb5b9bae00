"""Running a command: shown, limited in time, and nothing left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest

from workspace.matrix import run_together
from workspace.process import run

CHILD_THAT_WAITS = """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("child", child.pid, flush=True)
child.wait()
"""


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/status")
    return not (status.exists() and "\nState:\tZ" in status.read_text())


def test_output_goes_to_log_and_screen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "a" / "log"
    command = [sys.executable, "-c", "import sys; print('out'); sys.exit(3)"]
    outcome = run(command, cwd=tmp_path, env=os.environ, log=log, timeout=60, echo=True)
    assert (outcome.code, outcome.timed_out) == (3, False)
    assert log.read_text() == capsys.readouterr().out == "out\n"


def test_quiet_command_shows_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", "print('out')"]
    run(command, cwd=tmp_path, env=os.environ, log=log, timeout=60, echo=False)
    assert capsys.readouterr().out == ""
    assert log.read_text() == "out\n"


def test_time_out_ends_the_whole_group(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = [sys.executable, "-c", CHILD_THAT_WAITS]
    outcome = run(command, cwd=tmp_path, env=os.environ, log=log, timeout=2, echo=False)
    assert outcome.timed_out
    assert outcome.code != 0
    pid = int(log.read_text().split()[1])
    assert not alive(pid)


def test_a_script_that_is_told_to_stop_ends_what_it_runs(root: Path, tmp_path: Path) -> None:
    source = f"""
import os, sys
from pathlib import Path
sys.path.insert(0, {str(root / "scripts")!r})
from workspace.process import leave_nothing_behind, run
leave_nothing_behind()
command = [sys.executable, "-c", {CHILD_THAT_WAITS!r}]
run(command, cwd=Path(), env=os.environ, log=Path("log"), timeout=60, echo=True)
"""
    with subprocess.Popen(
        [sys.executable, "-c", source], cwd=tmp_path, stdout=subprocess.PIPE, text=True
    ) as script:
        assert script.stdout is not None
        pid = int(script.stdout.readline().split()[1])
        script.terminate()
        assert script.wait(timeout=30) == 128 + signal.SIGTERM
    assert not alive(pid)


def test_an_interruption_ends_what_runs_together(tmp_path: Path) -> None:
    logs = [tmp_path / "1", tmp_path / "2"]
    command = [sys.executable, "-c", CHILD_THAT_WAITS]
    outcomes = []

    def wait(log: Path) -> None:
        outcomes.append(run(command, cwd=tmp_path, env=os.environ, log=log, timeout=60, echo=False))

    def interrupt() -> None:
        while not all(log.exists() and log.read_text() for log in logs):
            time.sleep(0.05)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_together([*(partial(wait, log) for log in logs), interrupt], jobs=3)
    assert [outcome.timed_out for outcome in outcomes] == [False, False]
    assert not any(alive(int(log.read_text().split()[1])) for log in logs)


def test_tasks_run_together_but_never_more_than_asked_for() -> None:
    started: list[int] = []
    most = 0

    def task() -> None:
        nonlocal most
        started.append(1)
        most = max(most, len(started))
        time.sleep(0.05)
        started.pop()

    run_together([task] * 6, jobs=2)
    assert most == 2


def test_a_process_left_behind_does_not_hold_the_run(tmp_path: Path) -> None:
    source = (
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'],"
        " start_new_session=True)\n"
        "print(child.pid)"
    )
    log = tmp_path / "log"
    command = [sys.executable, "-c", source]
    outcome = run(command, cwd=tmp_path, env=os.environ, log=log, timeout=40, echo=False)
    os.kill(int(log.read_text()), signal.SIGKILL)
    assert (outcome.code, outcome.timed_out) == (0, False)
