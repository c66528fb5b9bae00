from __future__ import annotations

import signal
from typing import Any

import pytest

#: A child waits for a lock of another process; its main thread notices no signal meanwhile, as if
#: that had come just before it began to wait.
MISSED = """
import ctypes, multiprocessing, threading
from djelme.delivery import termination
signal.signal(signal.SIGTERM, signal.SIG_DFL)
delivery = make(djelme_batch_delay=60)
delivery.submit(operation("first"))
lock = multiprocessing.get_context("fork").Lock()
lock.acquire()
# Only the C part of the handler: the flag is set while no thread waits yet.
def raise_it():
    ctypes.pythonapi.PyErr_SetInterruptEx(int(signal.SIGTERM))
threading.Timer(0.3, raise_it).start()
lock.acquire()
"""


@pytest.mark.parametrize("mode", ["buffered", "durable"])
def test_a_signal_that_comes_before_waiting_is_not_missed(programs: Any, mode: str) -> None:
    process = programs.start(MISSED, mode)
    try:
        assert process.wait(timeout=30) == -signal.SIGTERM
    finally:
        process.kill()
        process.communicate()
    assert programs.stored == ["first"]


def test_signals_of_others_are_left_alone(programs: Any) -> None:
    said = programs.run(
        """
calls = []
signal.signal(signal.SIGUSR1, lambda *_: calls.append("usr1"))
signal.signal(signal.SIGINT, lambda *_: calls.append("int"))
delivery = make(djelme_batch_delay=60)
delivery.submit(operation("first"))
for number in (signal.SIGUSR1, signal.SIGINT):
    os.kill(os.getpid(), number)
time.sleep(0.5)
say("+".join(calls))
""",
        "buffered",
    )
    assert said == ["usr1+int"]


def test_an_event_loop_keeps_its_own_way(programs: Any) -> None:
    said = programs.run(
        """
import asyncio
async def main():
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, lambda: say("usr1"))
    before = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(before)
    delivery = make(djelme_batch_delay=60)
    delivery.submit(operation("first"))
    after = signal.set_wakeup_fd(-1)
    signal.set_wakeup_fd(after)
    say(before == after)
    os.kill(os.getpid(), signal.SIGUSR1)
    await asyncio.sleep(0.2)
asyncio.run(main())
""",
        "buffered",
    )
    assert said == ["True", "usr1"]


def test_a_child_that_has_not_recorded_ends_at_once(programs: Any) -> None:
    said = programs.run(
        """
delivery = make(djelme_batch_delay=60)
delivery.submit(operation("first"))
child = os.fork()
if not child:
    say(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
    say(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
    os._exit(0)
os.waitpid(child, 0)
say(sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])))
say(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL)
""",
        "buffered",
    )
    assert said == ["True", "[]", "[]", "False"]
