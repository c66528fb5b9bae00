"""What goes wrong with clients, as djelme's errors."""

from __future__ import annotations

import inspect
from contextlib import contextmanager
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeVar

from djelme.errors import (
    BackendUnreachableError,
    ConfigurationError,
    DjelmeError,
)
from djelme.redaction import redact_text
from elasticsearch_metrics.backend.failure import failure

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("configuring", "joined", "unreachable")


@contextmanager
def configuring(backend_name: str, *refusals: type[Exception]) -> Iterator[None]:
    """Turn a client's refusal of its options into an error that names the backend.

    Args:
        backend_name: key in ``DJELME_BACKENDS``.
        *refusals: classes of the client's own for it.

    Raises:
        djelme.errors.ConfigurationError: if the client refuses its options.
    """
    caught: tuple[type[Exception], ...] = (
        *(TypeError, ValueError, OSError, AttributeError, LookupError),
        *refusals,
    )
    try:
        yield
    except caught as error:
        msg = f"backend {backend_name!r}: the client refuses its options: {redact_text(str(error))}"
        raise ConfigurationError(msg) from error


_Error = TypeVar("_Error", bound=DjelmeError)


def joined(error: _Error, client_error: Exception) -> _Error:
    """Return an error that is one of djelme's and one of the client's as well.

    So a site may catch either. It is to be raised from the client's error, where it finds what
    belongs to that; a pickled one has lost what was the client's.
    """
    both: Any = _restored(type(error), type(client_error), error.args, error.__dict__)
    return both  # type: ignore[no-any-return]


def _restored(
    own: type[DjelmeError],
    client_class: type[Exception],
    args: tuple[object, ...],
    state: dict[str, Any],
) -> DjelmeError:
    cls: Any = _joined_class(own, client_class)  # type: ignore[arg-type]
    error: DjelmeError = cls.__new__(cls, *args)
    error.args = args
    error.__dict__.update(state)
    return error


@cache
def _joined_class(own: type[DjelmeError], client_class: type[Exception]) -> type[DjelmeError]:
    def reduced(error: DjelmeError) -> tuple[Any, ...]:
        return _restored, (own, client_class, error.args, error.__dict__)

    def of_client(error: DjelmeError, name: str) -> Any:
        if name.startswith("__") or error.__cause__ is None:
            raise AttributeError(name)
        return getattr(error.__cause__, name)

    delegated = {
        name: property(partial(of_client, name=name))
        for name, found in inspect.getmembers(client_class)
        if isinstance(found, property) and not hasattr(own, name)
    }
    namespace = {
        **delegated,
        "__module__": own.__module__,
        "__doc__": own.__doc__,
        "__getattr__": of_client,
        "__reduce__": reduced,
        "__repr__": Exception.__repr__,
        "__str__": Exception.__str__,
    }
    return type(own.__name__, (own, client_class), namespace)


def unreachable(backend_name: str, error: Exception) -> BackendUnreachableError:
    """Return the error for a request without answer, from what the client says of it."""
    return BackendUnreachableError(backend=backend_name, reason=failure(backend_name, error))
