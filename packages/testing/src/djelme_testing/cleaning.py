"""Delete what a test left on a cluster, and nothing else."""

from __future__ import annotations

import secrets
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from djelme_testing.request import HttpStatusError, request_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from djelme_testing.cluster import Cluster

__all__ = ("delete_with_prefix", "random_prefix", "split_names")

_MAX_URL_BYTES = 3000  # a server takes 4,096 for the first line of a request
_FIRST_WITH_COMPOSABLE = 7


def random_prefix() -> str:
    """Return a fresh beginning for names of indexes and templates, such as ``t3f9c01ab_``."""
    return f"t{secrets.token_hex(4)}_"


def delete_with_prefix(cluster: Cluster, prefix: str) -> list[str]:
    """Delete the indexes and templates of a cluster whose names begin with a prefix.

    They are listed first and deleted by name: from version 8 on, wildcards delete nothing.

    Returns:
        The names that were deleted.

    Raises:
        ValueError: if the prefix is so short that it may be somebody else's, too.
        OSError: if the cluster doesn't do it.
    """
    if len(prefix) < len(random_prefix()):
        msg = f"{prefix!r} is too short to be sure that only a test's own names begin with it"
        raise ValueError(msg)

    def ask(path: str, method: str = "GET") -> Any:
        try:
            return request_json(
                cluster.url,
                path,
                method=method,
                username=cluster.username,
                password=cluster.password,
                ca_path=cluster.ca_path,
                timeout=30.0,
            )
        except HttpStatusError as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    pattern = quote(prefix) + "*"
    # Not _cat/indices, which lists no hidden indexes on version 6.
    deleted = list(
        ask(f"/{pattern}/_settings?expand_wildcards=all&filter_path=*.settings.index.uuid") or ()
    )
    for names in split_names(deleted):
        ask(f"/{names}", "DELETE")
    templates = [f"/_template/{name}" for name in ask(f"/_template/{pattern}") or ()]
    if cluster.major >= _FIRST_WITH_COMPOSABLE:
        for kind in ("index_template", "component_template"):
            answer = ask(f"/_{kind}/{pattern}") or {}
            templates += [f"/_{kind}/{each['name']}" for each in answer.get(f"{kind}s", ())]
    for path in templates:
        ask(quote(path), "DELETE")
        deleted.append(path.rpartition("/")[2])
    return deleted


def split_names(names: Iterable[str], limit: int = _MAX_URL_BYTES) -> Iterator[str]:
    """Yield names joined by commas, ready for URLs, in pieces of at most so many bytes.

    A name that is longer by itself makes a piece of its own.

    >>> list(split_names(["aa", "bb", "c"], limit=5))
    ['aa,bb', 'c']
    """
    piece = ""
    for name in names:
        quoted = quote(name, safe="")
        if piece and len(piece) + 1 + len(quoted) > limit:
            yield piece
            piece = ""
        piece = f"{piece},{quoted}" if piece else quoted
    if piece:
        yield piece
