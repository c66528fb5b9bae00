"""Retry while a cluster is away or busy."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Any, TypeVar

from djelme.delivery.retry import Backoff, RetryAction, RetryPolicy
from djelme.errors import BackendError
from djelme.log_field import log_fields

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("POLICY", "retried")

logger = logging.getLogger(__name__)

_Result = TypeVar("_Result")
#: What is likely to be taken later: the answers of a cluster that is busy or whose nodes are away.
POLICY = RetryPolicy(backoff=Backoff(0.5, 15.0))
#: How long a cluster is waited for, in seconds.
_RETRY_BUDGET = 300.0


def retried(action: Callable[..., _Result], *args: Any) -> _Result:
    """Return the result of an action that may be repeated, waiting for a cluster that is away.

    Raises:
        djelme.errors.BackendError: if waiting for five minutes didn't help, or can't.
    """
    began, attempts = time.monotonic(), 0
    while True:
        try:
            return action(*args)
        except BackendError as error:
            attempts += 1
            action_for_it = POLICY.action_for(error, attempt=attempts, size=0)
            if action_for_it is not RetryAction.RETRY or time.monotonic() - began > _RETRY_BUDGET:
                raise
            logger.warning(
                "waiting for backend %r: %s",
                error.backend,
                error.reason,
                extra=log_fields(backend=error.backend, reason=error.reason),
            )
            time.sleep(POLICY.backoff.delay(attempts))
