from __future__ import annotations

from djelme.delivery.age import AgeMarks


def test_ages_follow_what_is_forgotten() -> None:
    now = 100.0
    marks = AgeMarks(clock=lambda: now)
    assert marks.oldest(0) == 0.0
    for position in range(10):
        marks.mark(position)
        now += 1.0
    assert marks.oldest(0) == 10.0
    marks.forget(6)
    assert marks.oldest(6) == 4.0
    marks.forget(10)
    now += 50.0
    marks.mark(10)
    now += 2.0
    assert marks.oldest(10) == 2.0


def test_there_are_few_marks_for_many_things() -> None:
    now = 0.0
    marks = AgeMarks(clock=lambda: now)
    for position in range(100_000):
        marks.mark(position)
        now += 0.01
    assert len(marks._marks) < 1_500
    assert abs(marks.oldest(0) - 1000.0) < 0.1
    assert abs(marks.oldest(50_000) - 500.0) < 15.0


def test_what_is_old_already() -> None:
    now = 100.0
    marks = AgeMarks(clock=lambda: now)
    marks.mark(0, age=30.0)
    assert marks.oldest(0) == 30.0
