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
    caught: tuple[type[Exception], ...] = (TypeError, ValueError, OSError, *refusals)
    try:
        yield
    except caught as error:
        msg = f"backend {backend_name!r}: the client refuses its options: {redact_text(str(error))}"
        raise ConfigurationError(msg) from error


def unreachable(backend_name: str, error: Exception) -> BackendUnreachableError:
    """Return the error for a request without answer, from what the client says of it."""
    reason = redact_text(f"{type(error).__name__}: {error}")
    return BackendUnreachableError(backend=backend_name, reason=reason)
