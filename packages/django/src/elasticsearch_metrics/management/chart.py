"""Bars of text for terminals."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ("bar", "bar_lines", "can_encode_bars", "columns", "printable", "shortened")

_EIGHTHS = " ▏▎▍▌▋▊▉█"
#: Labels get no more than this part of a line.
_LABEL_SHARE = 2
_LEAST_BAR = 5


def bar(part: float, width: int, *, plain: bool = False) -> str:
    """Return a bar, at least as long as can be seen for any part above zero.

    Args:
        part: from 0 to 1.
        width: length of a whole one, in columns.
        plain: whether only ASCII can be shown.

    >>> bar(0.5, 3), bar(0.5, 4, plain=True), bar(0.001, 4), bar(0, 4)
    ('█▌', '##', '▏', '')
    """
    if part <= 0:
        return ""
    if plain:
        return "#" * max(1, round(part * width))
    whole, eighths = divmod(max(1, round(part * width * 8)), 8)
    return f"{_EIGHTHS[-1] * whole}{_EIGHTHS[eighths] if eighths else ''}"


def bar_lines(rows: Sequence[tuple[str, int]], width: int, *, plain: bool = False) -> Iterator[str]:
    r"""Yield lines with a label, a number and a bar as long as the number is large.

    Args:
        rows: labels and numbers.
        width: of the terminal, in columns.
        plain: whether only ASCII can be shown.

    >>> print(*bar_lines([("2026-10", 1200), ("2026-11", 300)], 24), sep="\n")
    2026-10  1,200 █████████
    2026-11    300 ██▎
    """
    if not rows:
        return
    labels = [shortened(printable(label), max(8, width // _LABEL_SHARE)) for label, _ in rows]
    numbers = [f"{number:,}" for _, number in rows]
    label_width = max(map(columns, labels))
    number_width = max(map(len, numbers))
    length = max(_LEAST_BAR, width - label_width - number_width - 3)
    most = max(number for _, number in rows) or 1
    for label, number, (_, value) in zip(labels, numbers, rows, strict=True):
        padded = label + " " * (label_width - columns(label))
        shown = bar(value / most, length, plain=plain)
        yield f"{padded}  {number:>{number_width}} {shown}".rstrip()


def can_encode_bars(encoding: str | None) -> bool:
    """Return whether an output with an encoding can show more than ASCII bars."""
    try:
        _EIGHTHS.encode(encoding or "utf-8")
    except (LookupError, UnicodeEncodeError):
        return False
    return True


def printable(text: str) -> str:
    r"""Return a text in which nothing steers a terminal.

    >>> printable("a\x1b[31mb\n")
    'a\\x1b[31mb\\n'
    """
    return "".join(
        character if character.isprintable() else ascii(character)[1:-1] for character in text
    )


def columns(text: str) -> int:
    """Return how many columns of a terminal a text takes."""
    return sum(
        0
        if unicodedata.combining(character)
        else 2
        if unicodedata.east_asian_width(character) in "WF"
        else 1
        for character in text
    )


def shortened(text: str, width: int) -> str:
    """Return a text that takes no more than so many columns."""
    if columns(text) <= width:
        return text
    while text and columns(text) > width - 3:
        text = text[:-1]
    return f"{text}..."
