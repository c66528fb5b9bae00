"""Recognise robots by the lists that COUNTER prescribes, of the optional package counter-robots."""

from __future__ import annotations

import functools
import importlib
import importlib.util
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ("is_robot", "robots_are_known")

_PACKAGE = "counter_robots"


def robots_are_known() -> bool:
    """Return whether counter-robots is installed (``django-elasticsearch-metrics[counter]``)."""
    return importlib.util.find_spec(_PACKAGE) is not None


def is_robot(useragent: str) -> bool:
    """Return whether COUNTER's lists of robots and machines have a user agent.

    Raises:
        ImportError: if counter-robots isn't installed.
    """
    return _recognise()(useragent)


@functools.cache
def _recognise() -> Callable[[str], bool]:
    # Imported here, since its lists make a regular expression of some size.
    return cast("Callable[[str], bool]", importlib.import_module(_PACKAGE).is_robot_or_machine)
