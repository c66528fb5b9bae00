from __future__ import annotations

import io

import pytest

from djelme_testing.progress import StreamProgress, render_bar


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_log_gets_lines_with_the_size() -> None:
    stream = io.StringIO()
    with StreamProgress(stream).download("archive.zip", 96_000_000) as update:
        update(96_000_000)
    first, second = stream.getvalue().splitlines()
    assert first.endswith("downloading archive.zip (96 MB)")
    assert "downloaded archive.zip" in second
    assert "\r" not in stream.getvalue()


def test_a_terminal_gets_a_bar_that_ends_full() -> None:
    stream = Terminal()
    with StreamProgress(stream).download("archive.zip", 2_000_000) as update:
        update(500_000)
        update(1_500_000)
    assert "100 %" in stream.getvalue()
    assert "2/2 MB" in stream.getvalue()


def test_a_download_that_fails_is_not_said_to_be_done() -> None:
    stream = io.StringIO()
    with pytest.raises(OSError, match="gone"), StreamProgress(stream).download("a", 10):
        raise OSError("gone")
    assert "downloaded" not in stream.getvalue()


def test_a_bar_of_nothing() -> None:
    assert "0 %" in render_bar(0, 0, 0.0)
