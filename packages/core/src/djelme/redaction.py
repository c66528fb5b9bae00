"""Keep secrets out of messages, reprs and the output of commands."""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping
from typing import Any

from djelme.errors import DjelmeError

__all__ = ("describe_error", "redact", "redact_text")

_MASK = "***"
_SECRET_NAME = re.compile(r"pass|secret|token|key|auth|credential", re.IGNORECASE)
# Greedy up to the last @: a password may hold an unquoted slash or question mark.
_USERINFO = re.compile(r"(?<=://)[^\s'\"]*@")


def redact(value: Any, name: str = "") -> Any:
    """Return a value with everything secret in it replaced by ``***``.

    Args:
        value: any setting: a string, a mapping, a list.
        name: name of the setting; one that speaks of a password, key, token, secret or
            authentication hides its whole value.

    >>> redact({"hosts": ["https://me:s3cret@es.example:9200"], "api_key": "abc", "timeout": 3})
    {'hosts': ['https://***@es.example:9200'], 'api_key': '***', 'timeout': 3}
    """
    if value is not None and _SECRET_NAME.search(name):
        return _MASK
    if isinstance(value, Mapping):
        return {key: redact(inner, str(key)) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [redact(item) for item in value]
    return redact_text(value) if isinstance(value, str) else value


def redact_text(text: str) -> str:
    """Return a text with the credentials within its URLs replaced by ``***``."""
    return _USERINFO.sub(f"{_MASK}@", text)


def describe_error(error: BaseException) -> str:
    """Return what an error is and where it arose, for logs.

    Only of djelme's own errors with their message: those of others may quote values of records.
    """
    if isinstance(error, DjelmeError):
        return redact_text(str(error))
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {frames[-1].name}, {frames[-1].filename}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
