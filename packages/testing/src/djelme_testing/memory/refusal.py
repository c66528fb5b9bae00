"""What the in-memory Elasticsearch refuses: as the real one does, or because it can't do it."""

from __future__ import annotations

from djelme.errors import DjelmeError

__all__ = ("NotInMemoryError", "Refusal")


class Refusal(Exception):  # noqa: N818 - an answer, of which the client makes an error
    """An answer that the real Elasticsearch would give, too.

    Attributes:
        status: of HTTP.
        kind: the type of the error, in Elasticsearch's words.
        reason: what is wrong.
    """

    def __init__(self, status: int, kind: str, reason: str) -> None:
        super().__init__(f"{kind}: {reason}")
        self.status = status
        self.kind = kind
        self.reason = reason


class NotInMemoryError(DjelmeError, NotImplementedError):
    """Something was asked for that only a real Elasticsearch can do.

    Attributes:
        what: the thing.
    """

    def __init__(self, what: str) -> None:
        super().__init__(
            f"the in-memory Elasticsearch of djelme_testing can't do this: {what}; test it with a "
            "real one, by the fixture djelme_set_up_backends"
        )
        self.what = what
