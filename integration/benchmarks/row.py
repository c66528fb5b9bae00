"""One line of the table: what was measured, against what, and whether the budget holds."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

__all__ = ("Row",)


@dataclass(frozen=True)
class Row:
    """A measured ratio.

    Attributes:
        what: what is measured.
        reference: what it is compared with.
        measured: the figure.
        budget: its bound; None where there is none.
        at_least: whether the budget is a lower bound; an upper one otherwise.
        unit: of figure and budget, such as ``x`` for ratios.
        detail: medians and spreads, for people.
    """

    what: str
    reference: str
    measured: float
    budget: float | None = None
    at_least: bool = False
    unit: str = "x"
    detail: str = ""

    @property
    def holds(self) -> bool:
        """Whether the budget holds, if there is one."""
        if self.budget is None:
            return True
        return self.measured >= self.budget if self.at_least else self.measured <= self.budget

    def described(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return {**asdict(self), "holds": self.holds}
