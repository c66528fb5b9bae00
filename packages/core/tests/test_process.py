from __future__ import annotations

import gc
import os
import threading

from djelme import process


def test_a_thread_may_take_a_lock_again() -> None:
    lock = process.Lock()
    with lock.held, lock.held:
        pass


def test_a_lock_that_was_held_at_a_fork_is_free_in_the_child() -> None:
    lock = process.Lock()
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with lock.held:
            is_held.set()
            may_end.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait()
    child = os.fork()
    if not child:
        os._exit(0 if lock.held.acquire(timeout=5) else 1)
    _, status = os.waitpid(child, 0)
    may_end.set()
    thread.join()
    assert os.waitstatus_to_exitcode(status) == 0


def test_locks_are_forgotten_with_their_owners() -> None:
    gc.collect()
    before = len(process._locks)
    locks = [process.Lock() for _ in range(100)]
    assert len(process._locks) == before + 100
    del locks
    gc.collect()
    assert len(process._locks) == before
