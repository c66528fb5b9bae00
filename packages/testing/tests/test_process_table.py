from __future__ import annotations

import os
import subprocess
import sys

import pytest

from djelme_testing import process_table


@pytest.mark.parametrize("source", [process_table._from_proc, process_table._from_ps])
def test_a_stopped_process_is_seen_as_it_is(source: object) -> None:
    if sys.platform != "linux":
        source = process_table._from_ps
    assert callable(source)
    program = "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)"
    with subprocess.Popen(  # noqa: S603 - our own
        [sys.executable, "-c", program, "a mark of mine"], start_new_session=True
    ) as child:
        os.waitpid(child.pid, os.WUNTRACED)
        (entry,) = [each for each in source() if each.pid == child.pid]
        child.kill()
    assert entry.group == child.pid
    assert entry.state.startswith("T")
    assert "a mark of mine" in entry.command
