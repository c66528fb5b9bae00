"""Wait for a cluster that is away or busy."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from djelme.delivery.retry import Backoff
from djelme.errors import BackendRefusedError, BackendUnreachableError
from djelme.log_field import log_fields

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("PASSING", "patiently")

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")
#: What a cluster answers that is busy, or whose nodes are away.
PASSING = frozenset({429, 502, 503, 504})
_BACKOFF = Backoff(0.5, 15.0)
#: How long a cluster is waited for, in seconds.
_PATIENCE = 300.0


def patiently(action: Callable[..., _Result], *args: Any) -> _Result:
    """Return the result of an action that may be repeated, waiting for a cluster that is away.

    Raises:
        djelme.errors.BackendError: if waiting for five minutes didn't help, or can't.
    """
    began, attempts = time.monotonic(), 0
    while True:
        try:
            return action(*args)
        except (BackendUnreachableError, BackendRefusedError) as error:
            passing = not isinstance(error, BackendRefusedError) or error.status in PASSING
            if not passing or time.monotonic() - began > _PATIENCE:
                raise
            attempts += 1
            logger.warning(
                "waiting for backend %r: %s",
                error.backend,
                error.reason,
                extra=log_fields(backend=error.backend, reason=error.reason),
            )
            time.sleep(_BACKOFF.delay(attempts))
