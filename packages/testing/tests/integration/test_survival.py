"""Nothing outlives the process that started it; and what is started twice doesn't collide."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from djelme_testing.process_table import each_process

if TYPE_CHECKING:
    from collections.abc import Callable

COMMAND = [sys.executable, "-m", "djelme_testing"]
WAIT_SECONDS = 60.0


def commands_with(text: str) -> list[str]:
    """Return the command lines of living processes that have a text in them."""
    return [each.command for each in each_process() if text in each.command]


def eventually(condition: Callable[[], bool], seconds: float = WAIT_SECONDS) -> bool:
    """Wait until a condition is true; return whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """Variables for a command that starts embedded clusters, and its own background."""
    return {**os.environ, "DJELME_CLUSTERS": "embedded", "DJELME_STATE_DIR": str(tmp_path)}


def start_runner(environ: dict[str, str]) -> tuple[subprocess.Popen[str], str]:
    """Run a version 6, which starts fastest; return the runner and the server's folder."""
    show = f"{sys.executable} -c 'import os; print(os.environ[\"ELASTICSEARCH6_URL\"], flush=True)'"
    runner = subprocess.Popen(  # noqa: S603 - our own
        [*COMMAND, "run", "6", "--", "sh", "-c", f"{show}; exec sleep 600"],
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert runner.stdout is not None
    port = runner.stdout.readline().strip().rpartition(":")[2]
    assert port
    (folder,) = [
        path.parent.parent
        for path in runs().glob("*/logs/http.ports")
        if path.read_text().strip().endswith(f":{port}")
    ]
    assert commands_with(str(folder))
    return runner, str(folder)


def runs() -> Path:
    from djelme_testing.directory import cache_directory

    return cache_directory(os.environ) / "runs"


def finish(runner: subprocess.Popen[str]) -> None:
    """End what the runner ran; its group is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(runner.pid, signal.SIGKILL)
    runner.communicate()


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_runner_that_is_ended_leaves_no_server_behind(
    environ: dict[str, str], number: signal.Signals
) -> None:
    runner, folder = start_runner(environ)
    try:
        runner.send_signal(number)
        assert eventually(lambda: not commands_with(folder))
        assert eventually(lambda: not Path(folder).exists())
        runner.wait(60)
    finally:
        finish(runner)


def test_ctrl_c_ends_command_and_server(environ: dict[str, str]) -> None:
    runner, folder = start_runner(environ)
    try:
        os.killpg(runner.pid, signal.SIGINT)
        assert runner.wait(60) == 128 + signal.SIGINT
        assert not commands_with(folder)
        assert not Path(folder).exists()
    finally:
        finish(runner)


def test_two_runs_at_once_have_a_server_each(environ: dict[str, str]) -> None:
    show = [sys.executable, "-c", "import os; print(os.environ['ELASTICSEARCH6_URL'])"]
    runners = [
        subprocess.Popen(  # noqa: S603 - our own
            [*COMMAND, "run", "6", "--", *show], env=environ, stdout=subprocess.PIPE, text=True
        )
        for _number in range(2)
    ]
    first, second = (runner.communicate()[0] for runner in runners)
    assert [runner.returncode for runner in runners] == [0, 0]
    assert first.startswith("http://127.0.0.1:")
    assert second.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("code", [0, 7])
def test_the_exit_code_is_the_commands(environ: dict[str, str], code: int) -> None:
    done = subprocess.run(  # noqa: S603 - our own
        [*COMMAND, "run", "6", "--quiet", "--", "sh", "-c", f"exit {code}"],
        env=environ,
        check=False,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (code, "")


def test_several_versions_are_run_side_by_side(environ: dict[str, str]) -> None:
    show = (
        "import os; from djelme_testing.request import node_version as of;"
        "print(of(os.environ['ELASTICSEARCH8_URL']), of(os.environ['ELASTICSEARCH6_URL']))"
    )
    done = subprocess.run(  # noqa: S603 - our own
        [*COMMAND, "run", "8", "6", "--", sys.executable, "-c", show],
        env=environ,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["8.19.3", "6.8.23"], done.stderr


def test_a_cluster_in_the_background(environ: dict[str, str]) -> None:
    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # noqa: S603 - our own
            [*COMMAND, *arguments], env=environ, check=False, capture_output=True, text=True
        )

    try:
        started = run("start", "6")
        assert started.returncode == 0, started.stderr
        name, _, url = started.stdout.strip().partition("=")
        assert name == "export ELASTICSEARCH6_URL"
        assert run("start", "6.8.23").stdout == started.stdout
        other = run("start", "6", "--set", "thread_pool.write.queue_size=1")
        assert other.returncode == 1
        assert "with other settings" in other.stderr

        status = run("status", "--format", "json")
        (cluster,) = json.loads(status.stdout)
        assert status.returncode == 0
        assert (cluster["version"], cluster["url"], cluster["health"]) == ("6.8.23", url, "green")
        assert url in run("status").stdout
    finally:
        stopped = run("stop")
    assert stopped.returncode == 0
    assert not commands_with(url.rpartition(":")[2] + " ")
    assert run("status").returncode == 3


def test_a_server_that_cannot_start_is_an_error_with_the_end_of_its_log(
    environ: dict[str, str],
) -> None:
    done = subprocess.run(  # noqa: S603 - our own
        [*COMMAND, "run", "6", "--set", "no.such.setting=1", "--", "true"],
        env=environ,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert "could not be started: its process ended" in done.stderr
    assert "unknown setting [no.such.setting]" in done.stderr
    assert "Traceback" not in done.stderr
