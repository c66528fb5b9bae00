"""What the in-memory Elasticsearch refuses: as the real one does, or because it can't do it."""

from djelme.errors import DjelmeError

__all__ = ("NotInMemoryError", "Refusal")


class Refusal(Exception):  # noqa: N818 - an answer, of which the client makes an error
    """An answer that the real Elasticsearch would give, too, with its status of HTTP."""

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.status = status
        self.error = {"type": kind, "reason": reason}


class NotInMemoryError(DjelmeError, NotImplementedError):
    """Something was asked for that only a real Elasticsearch can do.

    Attributes:
        what: the thing, with its name if it has one.
    """

    def __init__(self, what: str, name: object = None) -> None:
        self.what = what if name is None else f"{what} {name!r}"
        super().__init__(
            f"the in-memory Elasticsearch of djelme_testing can't do this: {self.what}; "
            "use a cluster, by the fixture djelme_set_up_backends"
        )
