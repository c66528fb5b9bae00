"""What goes wrong with clients, as djelme's errors, which are the client's own as well.

A site that moves from one Elasticsearch to another catches djelme's errors. One that has caught
those of its client for years, in views or in a task queue's ``autoretry_for``, goes on as it is.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

from djelme.errors import (
    BackendRefusedError,
    BackendUnreachableError,
    ConfigurationError,
    DjelmeError,
)
from djelme.redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("as_client_error", "configuring", "refused", "unreachable")

_Error = TypeVar("_Error", bound=DjelmeError)
#: What the client's ``args`` may be to be sent to other processes.
_PLAIN = (str, int, float, dict, list, type(None))


def as_client_error(error: _Error, client_error: Exception) -> _Error:
    """Return one of djelme's errors as one that is of a client's class, too.

    It has the text and the attributes of djelme's. The client's attributes are read from its error,
    which becomes the ``__cause__``, and stays in this process.

    Args:
        error: djelme's.
        client_error: the client's.
    """
    # Some clients compute their attributes from these.
    args = (arg if isinstance(arg, _PLAIN) else str(arg) for arg in client_error.args)
    made = _restore(type(error), type(client_error), tuple(args), vars(error))
    made._text, made.__cause__ = str(error), client_error
    return cast("_Error", made)


class _ClientError(DjelmeError):
    """What the classes that are of two kinds have in common."""

    _text: str

    if not TYPE_CHECKING:  # to type checkers it would mean that every attribute exists

        def __getattr__(self, name: str) -> Any:
            if name.startswith("_") or self.__cause__ is None:
                msg = f"{type(self).__name__!r} object has no attribute {name!r}"
                raise AttributeError(msg)
            return getattr(self.__cause__, name)

    def __str__(self) -> str:
        return self._text

    def __repr__(self) -> str:
        # The client's may show its options, and secrets in them.
        return f"{type(self).__name__}({self._text!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        _, ours, client = type(self).__bases__
        return _restore, (ours, client, self.args, vars(self))


@cache
def _combined(ours: Any, client: type[Exception]) -> Any:
    """Return the class of the errors that are of two classes."""
    names = ("__doc__", "__module__", "__qualname__")
    about = {name: getattr(ours, name) for name in names}
    return type(ours.__name__, (_ClientError, ours, client), about)


def _restore(ours: Any, client: Any, args: tuple[Any, ...], state: dict[str, Any]) -> Any:
    combined = _combined(ours, client)
    error = combined.__new__(combined, *args)
    error.__dict__.update(state)
    return error


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


def unreachable(
    backend_name: str, error: Exception, reason: str | None = None
) -> BackendUnreachableError:
    """Return the error for a request without answer, from what the client says of it.

    Args:
        backend_name: key in ``DJELME_BACKENDS``.
        error: the client's.
        reason: what happened, where its error doesn't say so.
    """
    reason = reason or redact_text(f"{type(error).__name__}: {_happened(error)}")
    return as_client_error(BackendUnreachableError(backend=backend_name, reason=reason), error)


def refused(
    backend_name: str, error: Exception, *, status: int, reason: str, waits: bool
) -> BackendRefusedError:
    """Return the error for an answer that is one; see `djelme.errors.BackendRefusedError`."""
    ours = BackendRefusedError(backend=backend_name, status=status, reason=reason, waits=waits)
    return as_client_error(ours, error)


def _happened(error: Exception) -> Exception:
    """Return what a client's error came from: it says more than its text, and says it once.

    Errors of the client for 8 have a cause, or the ``errors`` of all attempts; of that for 6,
    perhaps a third argument.
    """
    attempts = getattr(error, "errors", ())
    causes = (error.__cause__, *error.args[2:], *attempts[:1])
    for cause in causes:
        if isinstance(cause, Exception) and str(cause):
            return _happened(cause) if attempts and cause in attempts else cause
    return error
