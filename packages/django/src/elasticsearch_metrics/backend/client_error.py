"""What goes wrong with clients, as djelme's errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from djelme.errors import BackendUnreachableError, ConfigurationError
from djelme.redaction import redact_text

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("configuring", "unreachable")


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


def unreachable(backend_name: str, error: Exception) -> BackendUnreachableError:
    """Return the error for a request without answer, from what the client says of it."""
    reason = redact_text(f"{type(error).__name__}: {_happened(error)}")
    return BackendUnreachableError(backend=backend_name, reason=reason)


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
