"""Where figures come from, for people at a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.quantity import counted

if TYPE_CHECKING:
    from elasticsearch_metrics.statistics.result import FigureSource

__all__ = ("source_lines",)

_FORMAT = "%Y-%m-%d %H:%M"


def source_lines(source: FigureSource) -> list[str]:
    """Return where figures come from; nothing if that is from all records that there were."""
    lines = []
    if source.start is not None and source.end is not None and source.built is not None:
        kept = f", {source.kept:,} of them of deleted records" if source.kept else ""
        first = "built" if source.cycles == 1 else "the first one built"
        lines.append(
            f"{counted(source.cycles, 'cycle')} from {source.start:{_FORMAT}} to "
            f"{source.end:{_FORMAT}}{kept}: from the report {source.report}, {first} "
            f"{source.built:{_FORMAT}}; the rest: from the records"
        )
    if source.missing:
        lines.append(
            f"The records of {counted(source.missing, 'cycle')} have expired or are deleted, and "
            f"no report has what is asked of them: these figures may be too low."
        )
    return lines
