"""Parts of time as django-elasticsearch-metrics 2026.0 writes them: without leading zeros.

Names of indexes and stored values have zero-padded parts by now: see `djelme.timeparts`.
"""

from __future__ import annotations

from collections.abc import Sequence

from elasticsearch_metrics.util.published_name import published_names

__all__ = (
    "TIMEPART_DELIMITER",
    "AbstractTimeparts",
    "Timeparts",
    "parse_timeparts",
    "serialize_timeparts",
)

TIMEPART_DELIMITER = "."
Timeparts = tuple[int, ...]
AbstractTimeparts = Sequence[int]

__getattr__ = published_names(
    __name__,
    {},
    gone={
        "GregorianTime": "djelme.timeparts.parse_when() gives the moment that anything stands for",
        "TimepartStrat": "djelme.timeparts.parse_when() gives the moment that anything stands for",
    },
)


def serialize_timeparts(when: Sequence[int], max_timedepth: int | None = None) -> str:
    """Return parts of time, joined by dots and not padded.

    Args:
        when: year, month, day and so on; as many as there are.
        max_timedepth: most parts of the result.

    >>> serialize_timeparts((2026, 2, 4))
    '2026.2.4'
    >>> serialize_timeparts((2026, 2, 4), max_timedepth=2)
    '2026.2'
    """
    return ".".join([str(int(part)) for part in when[:max_timedepth]])


def parse_timeparts(timepart_str: str, max_timedepth: int | None = None) -> Timeparts:
    """Return the parts of a time, padded or not.

    Args:
        timepart_str: parts that are joined by dots.
        max_timedepth: most parts of the result.

    >>> parse_timeparts("2026.02.4")
    (2026, 2, 4)
    """
    return tuple(int(part) for part in timepart_str.split(".") if part)[:max_timedepth]
