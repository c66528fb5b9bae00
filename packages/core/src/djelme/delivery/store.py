"""What a delivery expects of the place that it delivers to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djelme.operation import Operation, Outcome

__all__ = ("Store",)


class Store(Protocol):
    """Where documents are stored; `djelme.contracts.Backend` is one.

    Attributes:
        name: the backend's key in ``DJELME_BACKENDS``, by which messages name it.
    """

    name: str

    def server_version(self, *, timeout: float) -> str:
        """Return the version of the server; the cheapest question that it can be asked.

        Args:
            timeout: how long to wait for the answer, in seconds.

        Raises:
            djelme.errors.BackendError: if no answer comes, or an error.
        """

    def store(self, operation: Operation) -> Outcome:
        """Store one document; return when the cluster has it.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses the document.
        """

    def store_many(self, operations: Sequence[Operation]) -> Sequence[Outcome]:
        """Store documents in one request; return one outcome each, in the same order.

        Raises:
            djelme.errors.BackendError: if the cluster can't be reached or refuses the request.
        """
