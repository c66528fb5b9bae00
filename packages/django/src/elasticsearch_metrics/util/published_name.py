"""Names of django-elasticsearch-metrics 2026.0 that are others by now, or gone."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, NoReturn

from djelme.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ("published_names", "refuse_gone", "warn_renamed")


def warn_renamed(old: str, new: str, *, stacklevel: int = 3) -> None:
    """Warn of a name that has another one by now.

    Args:
        old: the published name.
        new: what to write instead.
        stacklevel: as for `warnings.warn`; 3 is the caller of who calls this.
    """
    warnings.warn(f"{old} is deprecated: use {new}", DeprecationWarning, stacklevel=stacklevel)


def refuse_gone(old: str, instead: str) -> NoReturn:
    """Refuse a call of what is gone.

    Args:
        old: the published name.
        instead: what to do in its place.

    Raises:
        ConfigurationError: always.
    """
    msg = f"{old} is gone: {instead}"
    raise ConfigurationError(msg)


def published_names(
    module: str,
    renamed: Mapping[str, tuple[Any, str]],
    gone: Mapping[str, str] | None = None,
) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` for its names of old.

    Args:
        module: path of the module.
        renamed: by the old name, what it is, and what to write instead.
        gone: by the old name, why there is no such thing, and what to write instead.
    """

    def get(name: str) -> Any:
        if name in renamed:
            found, new = renamed[name]
            warn_renamed(f"{module}.{name}", new)
            return found
        if gone and name in gone:
            # An AttributeError would lose its message when the name is imported.
            msg = f"{module}.{name} is gone: {gone[name]}"
            raise ImportError(msg, name=name)
        msg = f"module {module!r} has no attribute {name!r}"
        raise AttributeError(msg)

    return get
