"""The client for Elasticsearch 6, also beside a numpy that lacks what it asks for."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

__all__ = ("library",)


def _import_client() -> ModuleType:
    """Import elasticsearch6, also beside a numpy that lacks what it asks for.

    elasticsearch6 6.8.2, the last of its line, reads ``numpy.float_`` where numpy is installed, and
    numpy 2 has it no longer. This can go together with the imp.
    """
    numpy = importlib.import_module("numpy") if importlib.util.find_spec("numpy") else None
    if numpy is None or hasattr(numpy, "float_"):
        return importlib.import_module("elasticsearch6")
    numpy.float_ = numpy.float64  # type: ignore[attr-defined]
    try:
        return importlib.import_module("elasticsearch6")
    finally:
        del numpy.float_


#: The client's module.
library: Any = _import_client()
