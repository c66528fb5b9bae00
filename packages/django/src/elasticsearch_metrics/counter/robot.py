"""Recognise robots by the lists that COUNTER prescribes, of the optional package counter-robots."""

from __future__ import annotations

import functools
import importlib.util
import re
from importlib import resources

__all__ = ("is_robot", "robots_are_known")

_PACKAGE = "counter_robots"
_LISTS = ("robot.txt", "machine.txt")


def robots_are_known() -> bool:
    """Return whether counter-robots is installed (``django-elasticsearch-metrics[counter]``)."""
    return importlib.util.find_spec(_PACKAGE) is not None


def is_robot(useragent: str) -> bool:
    """Return whether COUNTER's lists of robots and machines have a user agent, in any case.

    They also have the empty one, of a request that names none.

    Raises:
        ImportError: if counter-robots isn't installed.
    """
    return _lists().search(useragent) is not None


@functools.cache
def _lists() -> re.Pattern[str]:
    """Return the lists as one regular expression, made when it is first needed.

    The package's own functions regard the case of letters, as its lists aren't meant to.
    """
    folder = resources.files(_PACKAGE) / "data"
    patterns = [
        pattern
        for name in _LISTS
        for pattern in (folder / name).read_text(encoding="utf-8").splitlines()
        if pattern
    ]
    return re.compile("|".join(patterns), re.IGNORECASE)
