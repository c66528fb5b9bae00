"""The errors of djelme: one root, structured attributes, messages that say what to do.

Every class survives pickling (Celery sends exceptions between processes) and holds only plain
values; the error of the client library, where there was one, is its ``__cause__``.
"""

from djelme.errors.backend import (
    BackendError,
    BackendRefusedError,
    BackendUnreachableError,
    BackendVersionError,
    IncompleteAnswerError,
    UnsupportedFeatureError,
)
from djelme.errors.record import (
    BulkError,
    RecordNotFoundError,
    RecordTypeConflictError,
    RecordTypeError,
    RecordValidationError,
    RobotRefusedError,
)
from djelme.errors.root import BackendNotFoundError, ConfigurationError, DjelmeError
from djelme.errors.setup import (
    DjelmeSetupError,
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
    IndexTemplateOverriddenError,
)
from djelme.errors.spool import SpoolError, SpoolFullError

__all__ = (
    "BackendError",
    "BackendNotFoundError",
    "BackendRefusedError",
    "BackendUnreachableError",
    "BackendVersionError",
    "BulkError",
    "ConfigurationError",
    "DjelmeError",
    "DjelmeSetupError",
    "IncompleteAnswerError",
    "IndexTemplateNotFoundError",
    "IndexTemplateOutOfSyncError",
    "IndexTemplateOverriddenError",
    "RecordNotFoundError",
    "RecordTypeConflictError",
    "RecordTypeError",
    "RecordValidationError",
    "RobotRefusedError",
    "SpoolError",
    "SpoolFullError",
    "UnsupportedFeatureError",
)
