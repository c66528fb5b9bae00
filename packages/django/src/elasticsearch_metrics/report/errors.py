"""What can go wrong with a report; the messages name the next step."""

from __future__ import annotations

from djelme.errors import DjelmeError
from elasticsearch_metrics.state.kind import StateIndexError

__all__ = (
    "ReportChangedError",
    "ReportError",
    "ReportLockedError",
    "ReportStateConflictError",
    "ReportStateIndexError",
)


class ReportError(DjelmeError):
    """A report can't be built now.

    Attributes:
        report: name of the report, ``app_label.ClassName``.
    """

    def __init__(self, message: str, *, report: str) -> None:
        super().__init__(f"{report}: {message}")
        self.report = report


class ReportChangedError(ReportError):
    """Events came or went while they were counted."""


class ReportLockedError(ReportError):
    """Another process builds the report on the same cycle.

    Attributes:
        owner: who it is, in words.
        since: when it began, in UTC and ISO 8601.
    """

    def __init__(self, message: str, *, report: str, owner: str, since: str) -> None:
        super().__init__(message, report=report)
        self.owner = owner
        self.since = since


class ReportStateConflictError(ReportError):
    """The kept state was changed by somebody else at the same moment."""


class ReportStateIndexError(StateIndexError):
    """The index for the state of reports can't be used."""
