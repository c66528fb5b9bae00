"""Time-series naming, ranges, validation and delivery of records; the core of djelme."""

from djelme._version import __version__
from djelme.bulk import BulkFailure, BulkResult
from djelme.contracts import Backend, Imp, IndexStatus, RecordType
from djelme.errors import (
    BackendError,
    BackendNotFoundError,
    BackendRefusedError,
    BackendUnreachableError,
    BulkError,
    ConfigurationError,
    DjelmeError,
    DjelmeSetupError,
    IncompleteAnswerError,
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    IndexTemplateOverriddenError,
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
    "BackendNotFoundError",
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
    "IndexTemplateOverriddenError",
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
