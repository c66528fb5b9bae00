"""Parts of time as django-elasticsearch-metrics 2026.0 writes them: without leading zeros.

Names of indexes and stored values have zero-padded parts by now: see `djelme.timeparts`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ("serialize_timeparts",)


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
