"""The record type that tests of values share: one field of each kind."""

from __future__ import annotations

import datetime  # noqa: TC003 - annotations of record types are read at run time
import enum
from typing import TYPE_CHECKING, Any, Literal

from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("Color", "Level", "set_up_sample")


class Color(enum.Enum):
    """Values that are stored as strings."""

    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    """Values that are stored as numbers."""

    LOW = 1
    HIGH = 2


def set_up_sample(site: Site) -> Any:
    """Return the type, set up."""

    @site.set_up
    class Sample(Body):
        item_id: int
        path: str
        ratio: float | None
        active: bool | None
        seen: datetime.datetime | None
        day: datetime.date | None
        kind: Literal["view", "download"] | None
        color: Color | None
        level: Level | None
        tags: list[str]
        counts: list[int]
        ratios: list[float] | None
        colors: list[Color]
        days: list[datetime.date]

    return Sample
