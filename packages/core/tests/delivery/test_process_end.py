"""In which order things end at the end of a process, and what is sent all the same."""

from __future__ import annotations

import time
from typing import Any

import pytest

BOTH = pytest.mark.parametrize("mode", ["buffered", "durable"])

#: A backend as urllib3 and elasticsearch8 make it: its pool is closed by a finalizer, and whoever
#: asks a closed one waits for ever.
POOL = """
import threading, weakref

class Pool:
    def __init__(self):
        self.is_open = True
        weakref.finalize(self, vars(self).update, is_open=False)

class PooledBackend(FileBackend):
    pool = None

    def store_many(self, operations):
        if self.pool is None:
            self.pool = Pool()
        if not self.pool.is_open:
            threading.Event().wait()
        return super().store_many(operations)

FileBackend = PooledBackend
"""


@BOTH
def test_the_pool_is_closed_after_the_delivery(programs: Any, mode: str) -> None:
    before = time.monotonic()
    programs.run(
        POOL
        + """
delivery = make(djelme_batch_delay=60, djelme_shutdown_deadline=40)
delivery.submit(operation("first"))
delivery.flush()
delivery.submit(operation("last"))
""",
        mode,
    )
    assert programs.stored == ["first", "last"]
    assert time.monotonic() - before < 30


@BOTH
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("first", ["made earlier", "made there"])
def test_a_first_record_within_atexit(programs: Any, mode: str, when: str, first: str) -> None:
    """No thread can be started any more in some versions; nobody waits for one, and all is sent."""
    hook = """
import atexit

def record():
    delivery = found or make(djelme_batch_delay=60, djelme_shutdown_deadline=40)
    delivery.submit(operation("late"))
    delivery.submit(operation("later"))
    kept.append(delivery)

found, kept = None, []
atexit.register(record)
"""
    make = ""
    if first == "made earlier":
        make = "found = make(djelme_batch_delay=60, djelme_shutdown_deadline=40)\n"
    before = time.monotonic()
    if when == "before":  # so that it runs after the library's own hook
        programs.run(make, mode, before=hook)
    else:
        programs.run("import djelme.delivery.lifetime\n" + hook + make, mode)
    assert programs.stored == ["late", "later"]
    assert time.monotonic() - before < 30


@BOTH
def test_records_within_atexit_while_the_backend_is_away(programs: Any, mode: str) -> None:
    """They are kept, and only the first one is tried."""
    programs.go_away()
    said = programs.run(
        """
import atexit
from djelme.delivery import lifetime

delivery = make()
class Counting(FileBackend):
    requests = 0
    def store_many(self, operations):
        Counting.requests += 1
        return super().store_many(operations)
delivery._sender._store_many = Counting().store_many
lifetime._close_all()
for number in range(50): delivery.submit(operation(number))
say(Counting.requests)
""",
        mode,
    )
    assert int(said[0]) <= 2
    programs.come_back()
    programs.flush()
    assert len(programs.stored) == 50


@BOTH
def test_threads_that_outlive_the_main_one(programs: Any, mode: str) -> None:
    programs.run(
        """
import threading
delivery = make(djelme_batch_delay=60)
def work():
    time.sleep(0.5)
    for number in range(30): delivery.submit(operation(number))
threading.Thread(target=work).start()
""",
        mode,
    )
    assert len(programs.stored) == 30


def test_one_delivery_that_fails_does_not_keep_others_from_ending(programs: Any) -> None:
    programs.run(
        """
from djelme.delivery import lifetime
delivery = make(djelme_batch_delay=60)
delivery.submit(operation("first"))
class Broken:
    def reset(self): pass
    def secure(self): raise ZeroDivisionError
    def close(self, deadline=None): raise ZeroDivisionError
broken = [Broken() for _ in range(20)]
for each in broken: lifetime.register(each)
""",
        "buffered",
    )
    assert programs.stored == ["first"]


@BOTH
@pytest.mark.parametrize("way", ["terminated", "recycled"])
def test_children_of_a_pool(programs: Any, mode: str, way: str) -> None:
    """Leaving the block of a pool terminates its children."""
    programs.run(
        f"""
import multiprocessing, warnings
warnings.simplefilter("ignore")
delivery = make(djelme_batch_delay=60)
def work(n):
    delivery.submit(operation(n))
context = multiprocessing.get_context("fork")
delivery.submit(operation("parent"))
if {way!r} == "terminated":
    with context.Pool(2) as pool:
        pool.map(work, range(20))
        processes = list(pool._pool)
    for process in processes: process.join()
else:
    pool = context.Pool(2, maxtasksperchild=1)
    pool.map(work, range(20), chunksize=3)
    pool.close()
    pool.join()
""",
        mode,
    )
    assert len(programs.stored) == 21


def test_celery_has_a_signal_for_the_end_of_children(programs: Any) -> None:
    programs.run(
        """
import types
class Signal:
    receivers = {}
    def connect(self, receiver, weak, dispatch_uid):
        assert not weak
        self.receivers[dispatch_uid] = receiver
sys.modules["celery.signals"] = types.SimpleNamespace(worker_process_shutdown=Signal())
delivery = make(djelme_batch_delay=60)
child = os.fork()
if child == 0:
    delivery.submit(operation("child"))
    for receiver in Signal.receivers.values():
        receiver(signal=None, sender=None, pid=os.getpid(), exitcode=0)
    os._exit(0)
os.waitpid(child, 0)
""",
        "buffered",
    )
    assert programs.stored == ["child"]
