from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elasticsearch_metrics.management.chart import bar, bar_lines, can_encode_bars, printable

rows = st.lists(st.tuples(st.text(max_size=60), st.integers(0, 10**12)), max_size=8)


@given(rows=rows, width=st.integers(40, 200))
def test_lines_fit_the_terminal(rows: list[tuple[str, int]], width: int) -> None:
    lines = list(bar_lines(rows, width, plain=True))
    assert len(lines) == len(rows)
    assert all(line.isprintable() for line in lines)


def test_lines_are_as_wide_as_the_terminal() -> None:
    for width in (40, 80, 133):
        lines = list(bar_lines([("a", 1_000), ("bb", 10)], width))
        assert len(lines[0]) == width
        assert len(lines[1]) < width


def test_a_narrow_terminal_still_shows_bars() -> None:
    (line,) = bar_lines([("label", 5)], 1)
    assert line.endswith("█████")


@given(part=st.floats(0, 1), width=st.integers(1, 100), plain=st.booleans())
def test_a_bar_is_no_longer_than_its_width(part: float, width: int, plain: bool) -> None:
    found = bar(part, width, plain=plain)
    assert len(found) <= width
    assert bool(found) == (part > 0)


def test_columns_of_wide_and_combining_characters_are_counted() -> None:
    lines = list(bar_lines([("日本", 4), ("abcd", 4), ("e\u0301abc", 4)], 40))
    assert lines[0].startswith("日本  4 ")
    assert lines[1].startswith("abcd  4 ")
    assert lines[2].startswith("e\u0301abc  4 ")


def test_long_labels_are_shortened() -> None:
    (line,) = bar_lines([("x" * 300, 1)], 60)
    assert line.startswith(f"{'x' * 27}...  1 ")
    assert len(line) == 60


@pytest.mark.parametrize(
    "text", ["\x1b[2J", "\r", "\n", "\x07", "\u202e", "\x00", "\x9b31m", "\u200b"]
)
def test_nothing_steers_the_terminal(text: str) -> None:
    assert printable(f"a{text}b").isprintable()
    assert printable(f"a{text}b") != "ab"
    (line,) = bar_lines([(f"a{text}b", 1)], 60)
    assert line.isprintable()


def test_what_can_be_printed_stays_as_it_is() -> None:
    assert printable("Zoë 日本 ✓ -x ../ *") == "Zoë 日本 ✓ -x ../ *"


def test_all_zeros() -> None:
    assert list(bar_lines([("a", 0), ("b", 0)], 40)) == ["a  0", "b  0"]
    assert list(bar_lines([], 40)) == []


@pytest.mark.parametrize(
    ("encoding", "can"),
    [("utf-8", True), (None, True), ("ascii", False), ("latin-1", False), ("no-such", False)],
)
def test_encodings(encoding: str | None, can: bool) -> None:
    assert can_encode_bars(encoding) is can
