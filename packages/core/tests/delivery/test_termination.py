from __future__ import annotations

import signal
from typing import Any

import pytest

BOTH = pytest.mark.parametrize("mode", ["buffered", "durable"])

RECORD = """
from djelme.delivery import termination
delivery = make(djelme_batch_delay=60)
for n in range(30): delivery.submit(operation(n))
"""
WAIT = """
say("ready")
while True: time.sleep(0.05)
"""


def end(programs: Any, text: str, mode: str, *numbers: signal.Signals) -> tuple[int, str]:
    """Start a program and send it signals when it is ready; return its exit code and words."""
    process = programs.start(text, mode)
    try:
        assert process.stdout.readline() == "ready\n"
        for number in numbers:
            process.send_signal(number)
        said, _ = process.communicate(timeout=30)
    finally:
        process.kill()
        process.communicate()
    return process.returncode, said


@BOTH
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_sends_what_waits_and_ends_the_process(
    programs: Any, mode: str, number: signal.Signals
) -> None:
    # Who runs the tests may ignore SIGHUP, as nohup does, and children inherit that.
    text = f"signal.signal({int(number)}, signal.SIG_DFL)\n" + RECORD + WAIT
    assert end(programs, text, mode, number) == (-number, "")
    assert len(programs.stored) == 30


def test_a_repeated_signal_does_not_cut_it_short(programs: Any) -> None:
    text = "signal.signal(signal.SIGINT, signal.SIG_DFL)\n" + RECORD + WAIT
    numbers = [signal.SIGTERM, signal.SIGTERM, signal.SIGINT]
    code, _ = end(programs, text, "buffered", *numbers)
    assert code in {-signal.SIGTERM, -signal.SIGINT}
    assert len(programs.stored) == 30


@BOTH
def test_a_backend_that_is_away_is_not_waited_for(programs: Any, mode: str) -> None:
    programs.go_away()
    code, _ = end(programs, RECORD + WAIT, mode, signal.SIGTERM)
    assert code == -signal.SIGTERM
    programs.come_back()
    programs.flush()
    assert len(programs.stored) == 30


def test_a_handler_of_somebody_else_is_called(programs: Any) -> None:
    """And the process that goes on takes and sends further records."""
    text = (
        """
told = []
signal.signal(signal.SIGTERM, lambda number, frame: told.append(number))
"""
        + RECORD
        + """
say("ready")
while not told: time.sleep(0.01)
delivery.submit(operation("later"))
say(delivery.flush(20))
say(told)
os._exit(3)
"""
    )
    assert end(programs, text, "buffered", signal.SIGTERM) == (3, "True\n[15]\n")
    assert len(programs.stored) == 31


def test_handlers_that_are_set_later_are_left_alone(programs: Any) -> None:
    text = RECORD + "signal.signal(signal.SIGTERM, lambda *_: sys.exit(4))\n" + WAIT
    assert end(programs, text, "buffered", signal.SIGTERM) == (4, "")
    assert len(programs.stored) == 30


@pytest.mark.parametrize("handler", ["SIG_IGN", "default_int_handler"])
def test_what_does_not_end_a_process_is_left_alone(programs: Any, handler: str) -> None:
    assert programs.run(
        f"signal.signal(signal.SIGINT, signal.{handler})\n"
        + RECORD
        + f"say(signal.getsignal(signal.SIGINT) is signal.{handler})"
    ) == ["True"]


SERVER = """
import asyncio

class Server:
    # As uvicorn does: handlers are put back at the end, and the signals raised again.
    def __init__(self):
        self.captured = []
        self.is_over = False

    def handle_exit(self, number, frame):
        self.captured.append(number)
        self.is_over = True

    async def serve(self, load):
        before = signal.signal(signal.SIGTERM, self.handle_exit)
        load()
        say("ready")
        while not self.is_over:
            await asyncio.sleep(0.01)
        signal.signal(signal.SIGTERM, before)
        for number in self.captured:
            signal.raise_signal(number)
"""


@BOTH
@pytest.mark.parametrize("loaded", ["before", "after"])
def test_a_server_that_raises_the_signal_again(programs: Any, mode: str, loaded: str) -> None:
    """Whether the site is loaded before the server takes note of handlers, or after it."""
    load = f"def load():\n    exec({RECORD!r}, globals())\n"
    run = {
        "before": "load()\nasyncio.run(Server().serve(lambda: None))\n",
        "after": "asyncio.run(Server().serve(load))\n",
    }
    end(programs, SERVER + load + run[loaded], mode, signal.SIGTERM, signal.SIGTERM)
    assert len(programs.stored) == 30


def test_records_of_the_last_moments_are_kept(programs: Any) -> None:
    """Between the signal and an end that nobody sees coming."""
    text = (
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        + RECORD
        + """
say("ready")
while not delivery._spools_first: time.sleep(0.001)
(store / "away").touch()
for n in range(30, 60): delivery.submit(operation(n))
os.kill(os.getpid(), signal.SIGKILL)
"""
    )
    end(programs, text, "buffered", signal.SIGTERM)
    programs.come_back()
    programs.flush()
    assert len(programs.stored) == 60


def test_a_spool_that_takes_nothing(programs: Any) -> None:
    """Memory is the place then, after a signal as before it."""
    text = (
        "signal.signal(signal.SIGTERM, lambda *_: None)\nspool.touch()\n"
        + RECORD
        + """
say("ready")
while not delivery._spools_first: time.sleep(0.001)
for n in range(30, 60): delivery.submit(operation(n))
"""
    )
    assert end(programs, text, "buffered", signal.SIGTERM)[0] == 0
    assert len(programs.stored) == 60


def test_children_have_their_own_state(programs: Any) -> None:
    text = (
        "signal.signal(signal.SIGTERM, lambda *_: None)\n"
        + RECORD
        + """
os.kill(os.getpid(), signal.SIGTERM)
while not termination._state.is_secured: time.sleep(0.001)
child = os.fork()
if child == 0:
    say(termination._state.is_secured or delivery._spools_first)
    os._exit(0)
os.waitpid(child, 0)
"""
    )
    assert programs.run("import warnings; warnings.simplefilter('ignore')\n" + text) == ["False"]
