"""What goes wrong between djelme and a cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from djelme.errors.root import DjelmeError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = (
    "BackendError",
    "BackendRefusedError",
    "BackendUnreachableError",
    "BackendVersionError",
    "IncompleteAnswerError",
    "UnsupportedFeatureError",
)


class BackendError(DjelmeError):
    """The backend could not do what it was asked.

    Attributes:
        backend: name of the backend.
        reason: what the client or the server said.
    """

    def __init__(self, message: str, *, backend: str, reason: str) -> None:
        super().__init__(message)
        self.backend = backend
        self.reason = reason


class BackendUnreachableError(BackendError):
    """No answer came: refused connection, time-out, broken TLS or an unusable proxy."""

    def __init__(self, *, backend: str, reason: str) -> None:
        super().__init__(
            f"backend {backend!r} is unreachable: {reason}", backend=backend, reason=reason
        )


class BackendVersionError(BackendUnreachableError):
    """The server is of a version that the backend's imp isn't for; nothing was asked of it.

    Attributes:
        versions: the first version that the imp is for, and the first one after those.
        found: the server's.
        found_product: what the server is.
    """

    def __init__(
        self,
        *,
        backend: str,
        product: str,
        versions: tuple[str, str],
        found: str,
        found_product: str | None = None,
    ) -> None:
        first, after = versions
        server = found_product or product
        is_other = server != product
        which = f"{server} of version" if is_other else "of version"
        reason = (
            f"its imp is for {product} {first} or newer, before {after}, and the server is "
            f"{which} {found}"
        )
        wanted = f"an imp for {server}" if is_other else "the imp for that version"
        message = (
            f"backend {backend!r} can't be used: {reason}. Name {wanted} in "
            f"DJELME_BACKENDS, or correct its hosts"
        )
        BackendError.__init__(self, message, backend=backend, reason=reason)
        self.versions = versions
        self.found = found
        self.found_product = server


class IncompleteAnswerError(BackendUnreachableError):
    """Some shards gave no answer, so what was read lacks documents; it was not used.

    Attributes:
        indexes: names or patterns of the indexes that were asked.
    """

    def __init__(self, *, backend: str, indexes: Sequence[str], reason: str) -> None:
        names = ", ".join(indexes)
        message = (
            f"backend {backend!r} can't give all documents of {names}: {reason}. Bring the missing "
            f"nodes back or restore the index (GET _cat/shards/{','.join(indexes)} tells which), "
            f"and try again"
        )
        BackendError.__init__(self, message, backend=backend, reason=reason)
        self.indexes = tuple(indexes)


class BackendRefusedError(BackendError):
    """The server answered with an error.

    Attributes:
        status: HTTP status code.
        waits: as of `djelme.operation.Outcome`: whether the status would blame what was sent, and
            something else is at fault, or may be.
    """

    def __init__(self, *, backend: str, status: int, reason: str, waits: bool = False) -> None:
        super().__init__(
            f"backend {backend!r} refused with status {status}: {reason}",
            backend=backend,
            reason=reason,
        )
        self.status = status
        self.waits = waits


class UnsupportedFeatureError(BackendRefusedError):
    """A record type needs something that the server's distribution doesn't have.

    Attributes:
        recordtype: label of the record type.
        fields: dotted names of its fields that need it, as far as they are known.
        feature: what is missing, such as ``field type 'version'``.
    """

    def __init__(
        self,
        *,
        recordtype: str,
        fields: Sequence[str],
        feature: str,
        backend: str,
        status: int,
        reason: str,
    ) -> None:
        needing = ", ".join(f"{recordtype}.{field}" for field in fields) or recordtype
        message = (
            f"{needing} can't be set up in backend {backend!r}: the server lacks {feature}. "
            f"Minimal distributions do, such as the embedded one of djelme-cluster; use a full one "
            f"(DJELME_CLUSTERS=docker or a server of yours), or declare it otherwise"
        )
        BackendError.__init__(self, message, backend=backend, reason=reason)
        self.status = status
        self.waits = False
        self.recordtype = recordtype
        self.fields = tuple(fields)
        self.feature = feature
