"""The phases of a migration, and which step can follow which."""

from __future__ import annotations

import enum

__all__ = ("Phase",)


class Phase(enum.Enum):
    """How far a migration is; kept in the target's cluster.

    The value is what is stored and shown.
    """

    NEW = "new"
    """Nothing has begun, or all was rolled back."""

    DUAL = "dual writes"
    """Each write to the source is also written to the target; reads ask the source."""

    CUTOVER = "cut over"
    """Reads and writes through the migration's class go to the target; writes to the source are
    still copied."""

    FINISHED = "finished"
    """Nothing is copied any more."""

    @property
    def is_forwarding(self) -> bool:
        """Whether writes to the source are also written to the target."""
        return self in {Phase.DUAL, Phase.CUTOVER}

    @property
    def asks_target(self) -> bool:
        """Whether the migration's class reads from the target."""
        return self in {Phase.CUTOVER, Phase.FINISHED}
