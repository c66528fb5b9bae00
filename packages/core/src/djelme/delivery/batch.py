"""Follow the operations of a batch until each one is acknowledged.

It is used so::

    batch = Batch(operations, policy)
    batch.send(backend.store_many, wait=lambda part: time.sleep(part.delay))
    batch.acknowledged

`Batch.send` is for threads that may wait. Whoever may not, as an event loop, does the same step by
step: `Batch.next_part`, and `Batch.acknowledge` or `Batch.fail` with what came of it.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from djelme.delivery.retry import RetryAction, RetryDecision, is_answer_lost
from djelme.errors import BackendError, BackendRefusedError
from djelme.operation import NEW_DOCUMENT, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from djelme.delivery.retry import RetryPolicy
    from djelme.operation import Operation

__all__ = ("Batch", "Part")


@dataclass(frozen=True)
class Part:
    """Operations of a batch that are to be sent in one request.

    Attributes:
        operations: what to send.
        places: their places in the batch.
        attempt: which attempt this is, from 1.
        delay: how long to wait before it, in seconds.
        reason: why it has to be sent again, empty at the first attempt.
    """

    operations: Sequence[Operation]
    places: Sequence[int]
    attempt: int = 1
    delay: float = 0.0
    reason: str = ""

    @property
    def size(self) -> int:
        """Bytes of the request."""
        return sum(len(operation.lines) for operation in self.operations)


class Batch:
    """Operations on their way, and what became of each.

    Args:
        operations: what to send.
        policy: what is sent again, and when.

    Attributes:
        outcomes: one for each operation, None for those that aren't acknowledged yet.
        repeated: operations that are sent again, as the answer to their request was lost.
    """

    def __init__(self, operations: Sequence[Operation], policy: RetryPolicy) -> None:
        self.operations = operations
        self.outcomes: list[Outcome | None] = [None] * len(operations)
        self.repeated = 0
        self._policy = policy
        self._parts = deque([Part(operations, range(len(operations)))] if operations else ())

    @property
    def acknowledged(self) -> list[Outcome]:
        """The outcomes of the operations that are acknowledged."""
        return [outcome for outcome in self.outcomes if outcome is not None]

    @property
    def unacknowledged(self) -> list[Operation]:
        """The operations that aren't acknowledged."""
        return [
            operation
            for operation, outcome in zip(self.operations, self.outcomes, strict=True)
            if outcome is None
        ]

    @property
    def is_acknowledged(self) -> bool:
        """Whether nothing is left to be sent."""
        return not self._parts

    @property
    def delay(self) -> float:
        """How long to wait before sending the next part, in seconds."""
        return self._parts[0].delay if self._parts else 0.0

    def next_part(self) -> Part | None:
        """Return what to send next, the same until it has an answer or failed; None at the end."""
        return self._parts[0] if self._parts else None

    def send(
        self,
        store_many: Callable[[Sequence[Operation]], Sequence[Outcome]],
        *,
        wait: Callable[[Part], object],
    ) -> None:
        """Send part by part until everything is acknowledged.

        Args:
            store_many: as `djelme.contracts.Backend.store_many`.
            wait: waits for a part's delay before it is sent again; what it raises ends the
                sending.

        Raises:
            BackendError: if there is nothing to be done about one; the part that failed is still
                the next one.
        """
        while (part := self.next_part()) is not None:
            if part.delay:
                wait(part)
            try:
                answers = store_many(part.operations)
            except BackendError as error:
                self.fail(part, error)
            else:
                self.acknowledge(part, answers)

    def acknowledge(self, part: Part, answers: Sequence[Outcome]) -> None:
        """Take the answer to a request.

        Args:
            part: what was sent.
            answers: one outcome for each of its operations.

        Raises:
            ValueError: if their numbers differ; then nothing is acknowledged.
        """
        if len(answers) != len(part.operations):
            msg = f"{len(answers)} outcomes came for {len(part.operations)} operations"
            raise ValueError(msg)
        self._remove(part)
        if len(answers) == len(self.outcomes) and answers.count(NEW_DOCUMENT) == len(answers):
            self.outcomes = list(answers)
            return
        again = []
        reason = ""
        last = self._policy.is_last(part.attempt)
        for place, operation, outcome in zip(part.places, part.operations, answers, strict=True):
            acknowledged: Outcome | None = outcome
            if outcome.reason is not None:
                decision = self._policy.decide(operation, outcome)
                if decision is RetryDecision.STORED:
                    acknowledged = Outcome(outcome.status, created=False)
                elif decision is RetryDecision.RETRY and not last:
                    again.append(place)
                    reason = f"{outcome.status} {outcome.reason}"
                    acknowledged = None
            self.outcomes[place] = acknowledged
        again = [place for place in again if not self._is_replaced(place)]
        if again:
            self._retry(again, part.attempt, reason)

    def fail(self, part: Part, error: BackendError) -> None:
        """Take the error of a request.

        Args:
            part: what was sent.
            error: what came of it.

        Raises:
            BackendError: the same, if there is nothing to be done about it.
        """
        action = self._policy.action_for(error, attempt=part.attempt, size=part.size)
        if action is RetryAction.SPLIT and len(part.places) == 1:
            status = error.status if isinstance(error, BackendRefusedError) else 0
            self.refuse(part, Outcome(status, error.reason, created=False))
        elif action is RetryAction.SPLIT:
            self._remove(part)
            self._divide(part)
        elif action is RetryAction.DIVIDE and len(part.places) > 1:
            self._remove(part)
            self._divide(part, self._policy.backoff.delay(part.attempt), error.reason)
        elif action is RetryAction.SEPARATE and len({item.index for item in part.operations}) > 1:
            self._remove(part)
            self._separate(part)
        elif action is not RetryAction.RAISE and not self._policy.is_last(part.attempt):
            self._remove(part)
            if is_answer_lost(error):
                self.repeated += len(part.places)
            self._retry(part.places, part.attempt, error.reason)
            if action is RetryAction.SEPARATE:
                self._parts.rotate(-1)  # Other indexes go first: they may fare better.
        else:
            raise error

    def _remove(self, part: Part) -> None:
        # Only now, so that an error on the way (of a log, say) makes nothing look acknowledged.
        if self._parts and self._parts[0] is part:
            self._parts.popleft()

    def _retry(self, places: Sequence[int], attempt: int, reason: str) -> None:
        operations = [self.operations[place] for place in places]
        delay = self._policy.backoff.delay(attempt)
        # First in the queue: what is older goes first, so that the last of two writes wins.
        self._parts.appendleft(Part(operations, places, attempt + 1, delay, reason))

    def refuse(self, part: Part, outcome: Outcome) -> None:
        """Give up the operations of a part, with an outcome that has a reason."""
        self._remove(part)
        for place in part.places:
            self.outcomes[place] = outcome

    def leave(self) -> None:
        """Give up what isn't acknowledged, without outcomes."""
        self._parts.clear()

    def _divide(self, part: Part, delay: float = 0.0, reason: str = "") -> None:
        middle = len(part.places) // 2
        for half in (slice(middle, None), slice(middle)):
            self._parts.appendleft(
                Part(
                    part.operations[half],
                    part.places[half],
                    part.attempt + bool(delay),
                    delay if half.start is None else 0.0,
                    reason,
                )
            )

    def _separate(self, part: Part) -> None:
        places: dict[str, list[int]] = {}
        for place, operation in zip(part.places, part.operations, strict=True):
            places.setdefault(operation.index, []).append(place)
        self._parts.extendleft(
            Part([self.operations[place] for place in of_index], of_index, part.attempt)
            for of_index in places.values()
        )

    def _is_replaced(self, place: int) -> bool:
        """Return whether a later operation of the batch replaces the same document.

        Sending the earlier one again would undo the later one.
        """
        operation = self.operations[place]
        if operation.conflict_is_stored:
            return False
        replaced = any(
            later.id == operation.id and later.index == operation.index
            for later in self.operations[place + 1 :]
        )
        if replaced:
            self.outcomes[place] = Outcome(200, created=False)
        return replaced
