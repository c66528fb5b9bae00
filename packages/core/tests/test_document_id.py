from __future__ import annotations

import base64
import datetime
import re
import subprocess
import sys
import threading

import pytest

from djelme.document_id import DocumentIdFactory, derive_document_id, next_document_id


def test_ids_have_20_safe_characters_and_differ() -> None:
    ids = [next_document_id() for _ in range(10_000)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[A-Za-z0-9-][A-Za-z0-9_-]{19}", id_) for id_ in ids)


def test_ids_hold_the_milliseconds() -> None:
    factory = DocumentIdFactory(clock=lambda: 1_700_000_000_123_456_789)
    raw = base64.urlsafe_b64decode(factory.next())
    assert int.from_bytes(raw[6:12], "big") == 1_700_000_000_123


def test_a_clock_that_jumps_back_doubles_no_id() -> None:
    moments = iter([5_000_000, 4_000_000, 5_000_000, 5_000_000])
    factory = DocumentIdFactory(clock=lambda: next(moments))
    assert len({factory.next() for _ in range(4)}) == 4


def test_threads_never_get_the_same() -> None:
    found: list[list[str]] = []

    def make() -> None:
        found.append([next_document_id() for _ in range(5_000)])

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id_ for ids in found for id_ in ids}) == 20_000


def test_forked_children_get_other_ids() -> None:
    program = """
import os
from djelme.document_id import next_document_id
next_document_id()
for _ in range(3):
    reading, writing = os.pipe()
    if os.fork() == 0:
        os.write(writing, next_document_id()[:8].encode())
        os._exit(0)
    os.wait()
    print(os.read(reading, 8).decode())
print(next_document_id()[:8])
"""
    answer = subprocess.run(  # noqa: S603 - the program above
        [sys.executable, "-c", program], capture_output=True, check=True, text=True, timeout=60
    )
    assert len(set(answer.stdout.split())) == 4


def test_derived_ids_are_kept_for_ever() -> None:
    assert derive_document_id(["app.Thing", 5]) == derive_document_id(["app.Thing", 5])
    moment = datetime.datetime(2026, 11, 23, 4, 5, tzinfo=datetime.timezone.utc)
    ids = [
        derive_document_id(parts)
        for parts in (
            ["a", 1],
            ["a", "1"],
            ["a", None],
            ["a", moment],
            ["a", moment.date()],
            [["a", 1]],
        )
    ]
    assert len(set(ids)) == len(ids)
    assert all(len(id_) == 32 and id_.startswith("A") for id_ in ids)


def test_derived_ids_are_of_plain_values() -> None:
    with pytest.raises(TypeError, match="bytes"):
        derive_document_id([b"a"])
