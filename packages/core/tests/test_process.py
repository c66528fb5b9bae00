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


class _Begun:
    """Counts its beginnings."""

    def __init__(self) -> None:
        self.count = 0

    def begin(self) -> None:
        self.count += 1


def test_a_method_is_called_in_a_child_as_long_as_its_object_lives() -> None:
    held = _Begun()
    process.on_child(held.begin)
    child = os.fork()
    if not child:
        os._exit(0 if held.count == 1 else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert held.count == 0


def test_whoever_wants_to_be_called_in_children_lives_no_longer_for_it() -> None:
    before = len(process._methods)
    several = [_Begun() for _ in range(100)]
    for one in several:
        process.on_child(one.begin)
    assert len(process._methods) == before + 100
    del one, several
    gc.collect()
    assert len(process._methods) == before
