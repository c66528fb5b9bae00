"""Where figures come from, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.formats import number_format
from django.utils.translation import ngettext

from elasticsearch_metrics.admin.moment import minute_text, span_text

if TYPE_CHECKING:
    from elasticsearch_metrics.statistics.result import FigureSource

__all__ = ("source_text",)


def source_text(source: FigureSource) -> str:
    """Return where figures come from; empty if that is from all records that there were."""
    sentences = []
    if source.start is not None and source.end is not None and source.built is not None:
        report = ngettext(
            "%(number)s cycle comes from the report %(report)s (%(span)s; built %(built)s UTC).",
            "%(number)s cycles come from the report %(report)s (%(span)s; the first one built "
            "%(built)s UTC).",
            source.cycles,
        )
        names = {
            "number": _number(source.cycles),
            "span": span_text(source.start, source.end),
            "report": source.report,
            "built": minute_text(source.built),
        }
        sentences.append(report % names)
    if source.kept:
        kept = ngettext(
            "The records of %(number)s cycle are deleted; its figures are kept there.",
            "The records of %(number)s cycles are deleted; their figures are kept there.",
            source.kept,
        )
        sentences.append(kept % {"number": _number(source.kept)})
    if source.missing:
        missing = ngettext(
            "The records of %(number)s cycle have expired or are deleted, and no report has what "
            "is asked of it: the figures may be too low.",
            "The records of %(number)s cycles have expired or are deleted, and no report has what "
            "is asked of them: the figures may be too low.",
            source.missing,
        )
        sentences.append(missing % {"number": _number(source.missing)})
    return " ".join(sentences)


def _number(number: int) -> str:
    return number_format(number, use_l10n=True, force_grouping=True)
