"""The errors that a Django site meets; all of them come from `djelme.errors`."""

from djelme.errors import (
    BackendError,
    BackendRefusedError,
    BackendUnreachableError,
    BulkError,
    ConfigurationError,
    DjelmeError,
    DjelmeSetupError,
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    RecordNotFoundError,
    RecordTypeError,
    RecordValidationError,
    RobotRefusedError,
    SpoolError,
    SpoolFullError,
)

__all__ = (
    "BackendError",
    "BackendRefusedError",
    "BackendUnreachableError",
    "BulkError",
    "ConfigurationError",
    "DjelmeError",
    "DjelmeSetupError",
    "IndexTemplateNotFoundError",
    "IndexTemplateOutOfSyncError",
    "RecordNotFoundError",
    "RecordTypeError",
    "RecordValidationError",
    "RobotRefusedError",
    "SpoolError",
    "SpoolFullError",
)
