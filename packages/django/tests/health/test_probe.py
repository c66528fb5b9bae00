from __future__ import annotations

import os
import threading
import warnings

import pytest

from elasticsearch_metrics.health.probe import ConcurrentProbe


def test_answers_come_back_by_name() -> None:
    probe: ConcurrentProbe[int] = ConcurrentProbe()
    assert probe.ask({"one": lambda: 1, "two": lambda: 2}, 10) == {"one": 1, "two": 2}
    assert probe.ask({}, 10) == {}


def test_nobody_waits_for_what_never_answers() -> None:
    probe: ConcurrentProbe[str] = ConcurrentProbe()
    never, asked = threading.Event(), []

    def silent() -> str:
        asked.append(threading.current_thread())
        never.wait(60)
        return "late"

    questions = {"silent": silent, "quick": lambda: "now"}
    assert probe.ask(questions, 0.05) == {"quick": "now"}
    assert probe.ask(questions, 0.05) == {"quick": "now"}
    assert len(asked) == 1  # the open question wasn't asked again
    never.set()
    assert probe.ask(questions, 60) == {"silent": "late", "quick": "now"}


def test_an_answer_is_not_kept() -> None:
    probe: ConcurrentProbe[int] = ConcurrentProbe()
    answers = iter((1, 2))
    assert probe.ask({"a": lambda: next(answers)}, 10) == {"a": 1}
    assert probe.ask({"a": lambda: next(answers)}, 10) == {"a": 2}


def test_errors_come_back_too() -> None:
    probe: ConcurrentProbe[int] = ConcurrentProbe()
    with pytest.raises(ZeroDivisionError):
        probe.ask({"a": lambda: 1 // 0}, 10)
    assert probe.ask({"a": lambda: 3}, 10) == {"a": 3}


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the platform has no fork")
def test_a_child_asks_anew() -> None:
    probe: ConcurrentProbe[int] = ConcurrentProbe()
    never = threading.Event()

    def silent() -> int:
        never.wait(60)
        return 1

    assert probe.ask({"a": silent}, 0.01) == {}
    reader, writer = os.pipe()
    with warnings.catch_warnings():
        # Python 3.12 warns of forks beside threads, which is what this is about.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if child == 0:  # pragma: no cover - another process
        answer = probe.ask({"a": lambda: 7}, 30)
        os.write(writer, b"ok" if answer == {"a": 7} else repr(answer).encode())
        os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    never.set()
    with os.fdopen(reader, "rb") as said:
        assert said.read() == b"ok"
