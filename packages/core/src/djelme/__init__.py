"""Time-series naming, ranges, validation and delivery of records; the core of djelme."""

from djelme._version import __version__
from djelme.bulk import BulkFailure, BulkResult
from djelme.contracts import Backend, Imp, IndexStatus, RecordType
from djelme.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnreachableError,
    BulkError,
    ConfigurationError,
    DjelmeError,
    DjelmeSetupError,
    IncompleteAnswerError,
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    RecordNotFoundError,
    RecordTypeError,
    RecordValidationError,
    RobotRefusedError,
    SpoolError,
    SpoolFullError,
)
from djelme.timedepth import DAILY, HOURLY, MONTHLY, YEARLY, Timedepth

__all__ = (
    "DAILY",
    "HOURLY",
    "MONTHLY",
    "YEARLY",
    "Backend",
    "BackendError",
    "BackendRefusedError",
    "BackendUnreachableError",
    "BulkError",
    "BulkFailure",
    "BulkResult",
    "ConfigurationError",
    "DjelmeError",
    "DjelmeSetupError",
    "Imp",
    "IncompleteAnswerError",
    "IndexStatus",
    "IndexTemplateNotFoundError",
    "IndexTemplateOutOfSyncError",
    "RecordNotFoundError",
    "RecordType",
    "RecordTypeError",
    "RecordValidationError",
    "RobotRefusedError",
    "SpoolError",
    "SpoolFullError",
    "Timedepth",
    "__version__",
)
