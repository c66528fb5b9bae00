from __future__ import annotations

import signal
import time
from typing import TYPE_CHECKING, Any

import pytest

from djelme.delivery.spool_report import inspect_spool

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

BOTH = pytest.mark.parametrize("mode", ["buffered", "durable"])

STREAM = """
delivery = make(djelme_batch_size=20)
number = 0
while True:
    id = f"{os.getpid()}-{number}"
    delivery.submit(operation(id))
    say(id)
    number += 1
    if number % 50 == 0:
        time.sleep(0.001)
"""


def kill(process: subprocess.Popen[str], after: float) -> list[str]:
    """Kill a program some time after its first word; return the whole lines that it has said."""
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(after)
    process.kill()
    said = first + process.stdout.read()
    process.stdout.close()
    process.wait(timeout=30)
    return said[: said.rfind("\n") + 1].split()


@pytest.mark.parametrize("after", [0.3, 0.5, 0.8])
def test_a_killed_process_loses_nothing_durable(programs: Any, after: float) -> None:
    said = kill(programs.start(STREAM), after)
    assert said
    programs.flush()
    # One more may have been taken, but not said.
    assert set(said) <= set(programs.stored)
    assert len(programs.stored) <= len(said) + 1


def test_a_process_that_never_saw_the_backend(programs: Any, directory: Path) -> None:
    programs.go_away()
    said = kill(programs.start(STREAM), 0.5)
    assert programs.stored == []
    report = inspect_spool(directory, "main")
    assert len(said) <= report.records <= len(said) + 1
    programs.come_back()
    programs.flush()
    assert set(said) <= set(programs.stored)
    assert inspect_spool(directory, "main").segments == ()
    assert list(directory.glob("*.ndjson*")) == []


def test_the_living_claim_what_the_dead_have_left(programs: Any) -> None:
    programs.go_away()
    first, second = (programs.start(STREAM) for _ in range(2))
    said = kill(first, 0.5)
    programs.come_back()
    # The third is an idle one, which only has to live.
    third = programs.start("delivery = make()\nsay(delivery.flush(0))\ntime.sleep(60)")
    end = time.monotonic() + 30
    while not set(said) <= set(programs.stored):
        assert time.monotonic() < end
        time.sleep(0.05)
    said_by_second = kill(second, 0)
    kill(third, 0)
    programs.flush()
    assert set(said_by_second) <= set(programs.stored)


@BOTH
@pytest.mark.parametrize("ending", ["", "sys.exit(0)", "raise SystemExit"])
def test_a_normal_end_sends_what_waits(programs: Any, mode: str, ending: str) -> None:
    programs.run(
        f"delivery = make(djelme_batch_delay=60)\n"
        f"for n in range(30): delivery.submit(operation(n))\n{ending}",
        mode,
    )
    assert len(programs.stored) == 30


@BOTH
def test_an_exception_sends_what_waits(programs: Any, mode: str) -> None:
    process = programs.start(
        "delivery = make(djelme_batch_delay=60)\n"
        "sys.stderr.close()\n"
        "for n in range(30): delivery.submit(operation(n))\n"
        "raise ZeroDivisionError",
        mode,
    )
    process.communicate(timeout=30)
    assert process.returncode == 1
    assert len(programs.stored) == 30


@BOTH
def test_the_end_does_not_wait_for_a_backend_that_is_away(programs: Any, mode: str) -> None:
    programs.go_away()
    before = time.monotonic()
    programs.run(
        "delivery = make(djelme_batch_delay=60, djelme_shutdown_deadline=50)\n"
        "for n in range(30): delivery.submit(operation(n))\n"
        "sys.stderr.close()\n",
        mode,
    )
    assert time.monotonic() - before < 30
    assert programs.stored == []
    programs.come_back()
    programs.flush()
    assert len(programs.stored) == 30


def test_termination(programs: Any) -> None:
    """In the middle of a stream: what was said is sent or kept."""
    process = programs.start(STREAM)
    time.sleep(0.5)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)
    programs.flush()
    assert set(said[: said.rfind("\n") + 1].split()) <= set(programs.stored)


@BOTH
def test_records_after_the_end_are_kept(programs: Any, mode: str) -> None:
    programs.run(
        "import atexit\n"
        "late = []\n"
        "atexit.register(lambda: late[0].submit(operation('later')))\n"
        "delivery = make()\n"
        "late.append(delivery)\n"
        "delivery.submit(operation('first'))\n"
        "from djelme.delivery import lifetime\n"
        "atexit.register(lifetime._close_all)\n",
        mode,
    )
    programs.flush()
    assert programs.stored == ["first", "later"]


FORK = """
import warnings
warnings.simplefilter("ignore")  # Of a fork with threads: that is what is tested.
"""


@BOTH
def test_forks_after_use(programs: Any, mode: str) -> None:
    said = programs.run(
        FORK
        + """
delivery = make(djelme_batch_size=7)
children = []
for n in range(10):
    delivery.submit(operation(f"parent-{n}"))
    child = os.fork()
    if child == 0:
        assert delivery.stats().queued == 0 and delivery.stats().sent == 0
        for m in range(20):
            delivery.submit(operation(f"child-{n}-{m}"))
        os._exit(0 if delivery.flush(30) else 1)
    children.append(child)
for child in children:
    say(os.waitpid(child, 0)[1])
delivery.submit(operation("last"))
say(delivery.flush(30))
""",
        mode,
    )
    assert said == ["0"] * 10 + ["True"]
    assert len(programs.stored) == 10 + 200 + 1


@BOTH
def test_forks_under_load(programs: Any, mode: str) -> None:
    said = programs.run(
        FORK
        + """
import threading
delivery = make(djelme_batch_size=5)
going = True
count = 0
def work():
    global count
    while going:
        delivery.submit(operation(f"parent-{count}"))
        count += 1
        time.sleep(0.0005)
thread = threading.Thread(target=work)
thread.start()
failed = 0
for n in range(60):
    child = os.fork()
    if child == 0:
        delivery.submit(operation(f"child-{n}"))
        os._exit(0 if delivery.flush(20) else 1)
    failed += os.waitpid(child, 0)[1]
going = False
thread.join()
say(failed)
say(delivery.flush(30))
say(count)
""",
        mode,
    )
    assert said[:2] == ["0", "True"]
    children = [name for name in programs.stored if name.startswith("child")]
    assert len(children) == 60
    assert len(programs.stored) == 60 + int(said[2])


@BOTH
@pytest.mark.parametrize("imported", ["before", "after"])
def test_children_of_multiprocessing_send_what_waits(
    programs: Any, mode: str, imported: str
) -> None:
    load = "import multiprocessing\n"
    programs.run(
        FORK
        + (load if imported == "before" else "")
        + "delivery = make(djelme_batch_delay=60)\n"
        + load
        + """
def work(n):
    for m in range(10):
        delivery.submit(operation(f"{n}-{m}"))

context = multiprocessing.get_context("fork")
delivery.submit(operation("parent"))
children = [context.Process(target=work, args=(n,)) for n in range(3)]
for child in children: child.start()
for child in children: child.join()
""",
        mode,
    )
    assert len(programs.stored) == 31


@BOTH
def test_a_fork_without_python_s_hooks(programs: Any, mode: str) -> None:
    """As uWSGI forks, unless told otherwise: children have ids and a delivery of their own."""
    said = programs.run(
        """
import ctypes

fork = ctypes.PyDLL(None).fork
delivery = make(djelme_batch_delay=60)
# No thread yet: without the hooks, Python itself doesn't get over a fork with others.
children = [fork(), fork()]
for n in range(10):
    delivery.submit(Operation("things", None, b"{}"))
say(delivery.flush(30))
if 0 in children:
    os._exit(0)
for child in children:
    os.waitpid(child, 0)
""",
        mode,
    )
    # The parent, two children, and the first one's child.
    assert said == ["True"] * 4
    assert len(programs.stored) == 4 * 10
    assert len({name[:8] for name in programs.stored}) == 4


def test_a_killed_child_leaves_its_parent_alone(programs: Any) -> None:
    said = programs.run(
        FORK
        + """
delivery = make()
(store / "away").touch()
delivery.submit(operation("parent"))
child = os.fork()
if child == 0:
    delivery.submit(operation("child"))
    os.kill(os.getpid(), signal.SIGKILL)
os.waitpid(child, 0)
(store / "away").unlink()
say(delivery.flush(30))
""",
    )
    assert said == ["True"]
    assert programs.stored == ["child", "parent"]


def test_an_idle_child_does_not_keep_what_its_parent_left(programs: Any) -> None:
    """The lock of the parent's segment must not live on in a child that does nothing."""
    programs.go_away()
    programs.run(
        FORK
        + """
delivery = make()
delivery.submit(operation("parent"))
if os.fork() == 0:
    os.close(1)
    os.close(2)
    time.sleep(3)
    os._exit(0)
os.kill(os.getpid(), signal.SIGKILL) if False else os._exit(0)
""",
    )
    programs.come_back()
    programs.flush()
    assert programs.stored == ["parent"]


@BOTH
def test_a_closed_stderr(programs: Any, mode: str) -> None:
    """Where logs go nowhere, writing them raises."""
    programs.go_away()
    said = programs.run(
        """
delivery = make(djelme_batch_size=7)
sys.stderr.close()
for n in range(30): delivery.submit(operation(n))
delivery.flush(0.2)
(store / "away").unlink()
say(delivery.flush(30))
""",
        mode,
    )
    assert said == ["True"]
    assert len(programs.stored) == 30


def test_a_signal_handler_that_raises_damages_nothing(programs: Any) -> None:
    """As the time limits of Celery do."""
    said = programs.run(
        """
class TimeLimit(Exception):
    pass

def raise_it(*_):
    raise TimeLimit

signal.signal(signal.SIGALRM, raise_it)
delivery = make(djelme_batch_size=20)
delivery.submit(operation("first"))
taken = 0
number = 0
interrupted = 0
end = time.monotonic() + 3
while interrupted < 200 and time.monotonic() < end:
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.0005)
        while True:
            number += 1
            delivery.submit(operation(f"t-{number}"))
            taken += 1
    except TimeLimit:
        interrupted += 1
signal.setitimer(signal.ITIMER_REAL, 0)
delivery.submit(operation("last"))
say(delivery.flush(30))
say(taken)
say(number)
""",
    )
    assert said[0] == "True"
    programs.flush()  # One whose submission was interrupted may be left.
    assert int(said[1]) + 2 <= len(programs.stored) <= int(said[2]) + 2
