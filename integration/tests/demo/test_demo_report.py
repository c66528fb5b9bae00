"""What a person reads, as text."""

from __future__ import annotations

import io

import pytest

from demo.bar import ProgressBar, render_bar, seconds_text
from demo.report import Comparison, Report, bar, table


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_bars_are_as_long_as_their_share() -> None:
    assert [len(bar(value, 1000, 34)) for value in (1000, 500, 1, 0)] == [34, 17, 1, 0]
    assert bar(0, 0, 34) == ""


@pytest.mark.parametrize(("columns", "width"), [("200", 34), ("60", 22), ("20", 10)])
def test_bars_fit_the_terminal(monkeypatch: pytest.MonkeyPatch, columns: str, width: int) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    Report(stream).compare([Comparison("2013-05", 5, 5)], "pandas", bars=True)
    line = stream.getvalue().splitlines()[1]
    assert line.count("█") == width
    assert columns != "60" or len(line) == 60


def test_columns_are_aligned() -> None:
    assert table([["", "", "found", ""], ["May", "##", "9", "="], ["June", "#", "10", "="]], 2) == [
        "          found",
        "May   ##      9  =",
        "June  #      10  =",
    ]


def test_a_comparison_says_what_differs_and_is_counted() -> None:
    stream = io.StringIO()
    report = Report(stream)
    wrong = Comparison("cancelled", 7, 8)
    report.compare([Comparison("flights", 1200, 1200), wrong], "pandas")
    assert stream.getvalue().splitlines() == [
        "              Elasticsearch  pandas",
        "   flights            1,200   1,200  =",
        "   cancelled              7       8  DIFFERENT",
    ]
    assert report.tally.compared == 2
    assert report.tally.different == [wrong]


def test_a_stream_that_has_no_blocks_gets_other_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    Report(stream).compare([Comparison("May", 5, 5)], "pandas", bars=True)
    stream.seek(0)
    assert "#" * 34 in stream.read()


def test_styles_are_for_terminals_that_want_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert Report(Terminal()).style("1", "x") == "\x1b[1mx\x1b[0m"
    assert Report(io.StringIO()).style("1", "x") == "x"
    monkeypatch.setenv("NO_COLOR", "1")
    assert Report(Terminal()).style("1", "x") == "x"


def test_steps_are_numbered_and_timed() -> None:
    stream = io.StringIO()
    report = Report(stream)
    for title in ("Begin", "Go on"):
        with report.step(title):
            report.line("done")
    lines = stream.getvalue().splitlines()
    assert lines[1:3] == ["1. Begin", "   done"]
    assert lines[5] == "2. Go on"
    assert lines[3].endswith(" s")


def test_a_step_that_fails_is_not_said_to_be_done() -> None:
    stream = io.StringIO()
    with pytest.raises(OSError, match="away"), Report(stream).step("Begin"):
        raise OSError("away")
    assert stream.getvalue() == "\n1. Begin\n"


def test_progress_is_a_line_now_and_then_where_there_is_no_terminal() -> None:
    stream, clock = io.StringIO(), Clock()
    progress = ProgressBar(1000, stream, clock)
    for second in range(1, 12):
        clock.now += 1
        progress.update(90 * second)
    progress.close()
    lines = stream.getvalue().splitlines()
    assert len(lines) == 2
    assert "450 of 1,000   90/s   6.1 s left" in lines[0]


def test_progress_is_one_line_of_a_terminal_and_goes_away() -> None:
    stream, clock = Terminal(), Clock()
    progress = ProgressBar(1000, stream, clock)
    for _ in range(3):
        clock.now += 0.5
        progress.update(500)
    progress.close()
    assert "\n" not in stream.getvalue()
    assert stream.getvalue().count("\r") == 4
    assert stream.getvalue().endswith("\r\x1b[K")


@pytest.mark.parametrize(("done", "share"), [(0, "  0 %"), (999, " 99 %"), (1000, "100 %")])
def test_a_bar_is_full_at_the_end_only(done: int, share: str) -> None:
    text = render_bar(done, 1000, 1.0)
    assert share in text
    assert text.startswith("[" + "#" * 30 + "]") == (done == 1000)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "0.0 s"), (9.94, "9.9 s"), (9.97, "10 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s")],
)
def test_durations(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text
