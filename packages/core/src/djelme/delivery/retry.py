"""Decide what an answer or an error means: stored, to be sent again, or refused for good."""

from __future__ import annotations

import enum
import random
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING

from djelme.errors import BackendError, BackendRefusedError, BackendVersionError

if TYPE_CHECKING:
    from collections.abc import Callable

    from djelme.operation import Operation, Outcome

__all__ = (
    "Backoff",
    "PersistentRetryPolicy",
    "RetryAction",
    "RetryDecision",
    "RetryPolicy",
    "is_answer_lost",
)

#: What a server or a proxy says that is busy, starting, or cut off from the rest.
_TEMPORARY = frozenset(
    {
        HTTPStatus.TOO_MANY_REQUESTS,
        HTTPStatus.BAD_GATEWAY,
        HTTPStatus.SERVICE_UNAVAILABLE,
        HTTPStatus.GATEWAY_TIMEOUT,
    }
)
#: What is the site's or the cluster's fault rather than the record's: credentials, privileges, an
#: index that is missing or blocked.
_NOT_OF_THE_RECORD = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.REQUEST_TIMEOUT,
    }
)
#: What a proxy says that has passed a request on, perhaps, and got no answer.
_OF_PROXIES = frozenset(
    {HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.GATEWAY_TIMEOUT}
)
_MOST_DOUBLINGS = 32
#: Attempts after which a request of more than these bytes is taken for too long to be answered.
_TRIES_OF_LONG = 3
_LONG = 1024 * 1024


def is_answer_lost(error: BackendError) -> bool:
    """Return whether a request that failed may have stored something all the same."""
    if isinstance(error, BackendRefusedError):
        return error.status in _OF_PROXIES
    return not isinstance(error, BackendVersionError)


class RetryDecision(enum.Enum):
    """What became of one operation."""

    STORED = "stored"
    RETRY = "retry"
    REFUSED = "refused"


class RetryAction(enum.Enum):
    """What to do about a request that failed as a whole."""

    RETRY = "retry"
    #: Send halves; an operation that is refused alone is refused for good.
    SPLIT = "split"
    #: Send halves, as long as there are several operations.
    DIVIDE = "divide"
    #: Send what is for each index apart, as one of them may be at fault; then send it again.
    SEPARATE = "separate"
    RAISE = "raise"


@dataclass(frozen=True)
class Backoff:
    """Waiting times that double, each one drawn evenly between nothing and its bound.

    The full jitter of the AWS Architecture Blog, "Exponential Backoff and Jitter" (2015): it
    spreads clients that fail together best.

    Attributes:
        minimum: bound of the first waiting time, in seconds.
        maximum: bound of all, in seconds.
        random: a source of floats from 0 to 1.
    """

    minimum: float = 0.2
    maximum: float = 10.0
    random: Callable[[], float] = field(default=random.random, repr=False)

    def delay(self, attempt: int) -> float:
        """Return how long to wait before another attempt, in seconds.

        Args:
            attempt: number of attempts that failed, from 1.
        """
        doublings = min(attempt - 1, _MOST_DOUBLINGS)
        return self.random() * min(self.maximum, self.minimum * 2.0**doublings)


@dataclass(frozen=True)
class RetryPolicy:
    """Sends again what is likely to be taken soon, for somebody who waits for the result.

    Attributes:
        attempts: most attempts for one operation, None for no bound.
        backoff: waiting times between them.
    """

    attempts: int | None = 5
    backoff: Backoff = field(default_factory=Backoff)

    def decide(self, operation: Operation, outcome: Outcome) -> RetryDecision:
        """Return what an outcome means for an operation."""
        if outcome.reason is None or (
            operation.conflict_is_stored and outcome.status == HTTPStatus.CONFLICT
        ):
            return RetryDecision.STORED
        return RetryDecision.RETRY if self.may_be_taken(outcome) else RetryDecision.REFUSED

    def action_for(self, error: BackendError, *, attempt: int, size: int) -> RetryAction:  # noqa: ARG002 - for others
        """Return what to do about an error of a whole request.

        Args:
            error: the error.
            attempt: which attempt it was, from 1.
            size: bytes of the request.
        """
        if isinstance(error, BackendVersionError):
            return RetryAction.RAISE
        if not isinstance(error, BackendRefusedError):
            return RetryAction.RETRY
        if error.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
            return RetryAction.SPLIT
        return RetryAction.RETRY if self.is_temporary(error.status) else RetryAction.RAISE

    def is_temporary(self, status: int) -> bool:
        """Return whether an operation that got this status may be taken later."""
        return status in _TEMPORARY

    def may_be_taken(self, outcome: Outcome) -> bool:
        """Return whether an operation that was refused is to be sent again."""
        return self.is_temporary(outcome.status)

    def is_last(self, attempt: int) -> bool:
        """Return whether there is no attempt after this one, counted from 1."""
        return self.attempts is not None and attempt >= self.attempts


@dataclass(frozen=True)
class PersistentRetryPolicy(RetryPolicy):
    """Sends again whatever isn't the record's own fault, for as long as it takes.

    Attributes:
        attempts: most attempts for one operation, None for no bound.
        backoff: waiting times between them.
    """

    attempts: int | None = None

    def action_for(self, error: BackendError, *, attempt: int, size: int) -> RetryAction:
        """Return what to do about an error of a whole request.

        A request that is malformed or too large is split until the record is found that makes it
        so; a long one that gets no answer again and again is divided.
        """
        if isinstance(error, BackendRefusedError) and error.status in {
            HTTPStatus.BAD_REQUEST,
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        }:
            return RetryAction.SEPARATE if error.waits else RetryAction.SPLIT
        if attempt % _TRIES_OF_LONG == 0 and size > _LONG:
            return RetryAction.DIVIDE
        return RetryAction.RETRY

    def is_temporary(self, status: int) -> bool:
        """Return whether an operation that got this status may be taken later."""
        return (
            status in _NOT_OF_THE_RECORD
            or status >= HTTPStatus.INTERNAL_SERVER_ERROR
            or super().is_temporary(status)
        )

    def may_be_taken(self, outcome: Outcome) -> bool:
        """Return whether an operation that was refused is to be sent again."""
        return outcome.waits or super().may_be_taken(outcome)
