"""What people see while something takes long."""

from __future__ import annotations

import io

import pytest

from elasticsearch_metrics.management.progress import Progress


def test_plain_lines_where_nobody_looks() -> None:
    stream = io.StringIO()
    progress = Progress(stream, is_terminal=False, noun="event")
    progress.begin(200, done=50)
    progress.enter("an_index")
    progress.add(150)
    progress.show()
    assert stream.getvalue() == ""
    progress.end()
    assert stream.getvalue().startswith("200 of 200 events (100%), ")
    assert stream.getvalue().endswith("an_index\n")
    assert "\r" not in stream.getvalue()


def test_a_bar_on_a_terminal() -> None:
    stream = io.StringIO()
    progress = Progress(stream, is_terminal=True)
    progress.begin(200)
    progress.add(100)
    progress.show("waiting for backend 'old': away")
    assert stream.getvalue().startswith("\r[############............] 100 of 200 documents (50%)")
    assert "waiting for backend 'old': away" in stream.getvalue()
    progress.add(100)
    progress.end()
    assert stream.getvalue().endswith("\n")


@pytest.mark.parametrize("width", [20, 40, 80, 120])
@pytest.mark.parametrize("place", ["", "an_index", "\N{CJK UNIFIED IDEOGRAPH-65E5}" * 80])
def test_no_line_is_wider_than_the_terminal(
    width: int, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    stream = io.StringIO()
    progress = Progress(stream, is_terminal=True)
    progress.begin(2_000_000)
    progress.enter(place)
    progress.add(1_000_000)
    progress.show("waiting for backend 'old': " + "away " * 40)
    progress.end()
    lines = stream.getvalue().rstrip("\n").split("\r")[1:]
    assert len(lines) == 2
    for line in lines:
        assert len(line) < width


def test_a_shorter_line_covers_the_longer_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    stream = io.StringIO()
    progress = Progress(stream, is_terminal=True)
    progress.begin(2)
    progress.show("waiting for a while")
    progress.end()
    long, short = stream.getvalue().rstrip("\n").split("\r")[1:]
    assert len(short) >= len(long)
