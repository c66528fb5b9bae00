"""Keep secrets out of messages, reprs and the output of commands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

__all__ = ("redact", "redact_text")

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
