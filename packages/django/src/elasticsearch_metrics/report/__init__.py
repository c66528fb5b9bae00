"""From events to figures that last: reports that are declared once and built exactly."""

from elasticsearch_metrics.report.build import BuildProgress, BuildResult, ReportBuild
from elasticsearch_metrics.report.coverage import BuiltCycle, Coverage
from elasticsearch_metrics.report.declaration import BUILD_FIELD, ReportDefinition
from elasticsearch_metrics.report.due import each_report, in_order, is_report
from elasticsearch_metrics.report.errors import (
    ReportChangedError,
    ReportError,
    ReportLockedError,
    ReportStateConflictError,
    ReportStateIndexError,
)
from elasticsearch_metrics.report.metric import (
    Count,
    CountDistinct,
    Cumulative,
    Latest,
    Max,
    Metric,
    Min,
    Sum,
)
from elasticsearch_metrics.report.reader import ReportReader
from elasticsearch_metrics.report.status import CycleState, CycleStatus, StatusBoard, read_status

__all__ = (
    "BUILD_FIELD",
    "BuildProgress",
    "BuildResult",
    "BuiltCycle",
    "Count",
    "CountDistinct",
    "Coverage",
    "Cumulative",
    "CycleState",
    "CycleStatus",
    "Latest",
    "Max",
    "Metric",
    "Min",
    "ReportBuild",
    "ReportChangedError",
    "ReportDefinition",
    "ReportError",
    "ReportLockedError",
    "ReportReader",
    "ReportStateConflictError",
    "ReportStateIndexError",
    "StatusBoard",
    "Sum",
    "each_report",
    "in_order",
    "is_report",
    "read_status",
)
