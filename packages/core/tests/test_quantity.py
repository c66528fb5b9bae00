from __future__ import annotations

import pytest

from djelme.quantity import counted, duration, size


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 s"),
        (0.004, "4 ms"),
        (0.96, "1 s"),
        (1.5, "1.5 s"),
        (9.96, "10 s"),
        (119.4, "119 s"),
        (120, "2 min"),
        (3600, "60 min"),
        (7200, "2 h"),
        (8000, "2 h 13 min"),
        (86_400, "1 day"),
        (90_000, "25 h"),
        (172_800, "2 days"),
        (180_000.5, "2 days 2 h"),
        (31_536_000, "365 days"),
    ],
)
def test_lengths_of_time(seconds: float, text: str) -> None:
    assert duration(seconds) == text


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0 bytes"),
        (1023, "1,023 bytes"),
        (1024, "1.0 KiB"),
        (1024**2, "1.0 MiB"),
        (1024**5, "1,024.0 TiB"),
    ],
)
def test_sizes(number: int, text: str) -> None:
    assert size(number) == text


def test_nouns_follow_their_numbers() -> None:
    assert [counted(number, "record") for number in (0, 1, 1000)] == [
        "0 records",
        "1 record",
        "1,000 records",
    ]
    assert counted(2, "index", "indexes") == "2 indexes"
