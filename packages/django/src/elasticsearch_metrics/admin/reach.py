"""Find out which backends answer, all at once and within two seconds."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from djelme.errors import BackendRefusedError, BackendUnreachableError, DjelmeError
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djelme.contracts import Backend

__all__ = ("PATIENCE", "Reach", "reach_backends")

#: How long backends have to answer, in seconds: what is left of two is for the rest of the page.
PATIENCE = 1.5
#: A cluster has several nodes; each attempt asks the next one.
_ATTEMPTS = 3
_LEAST_TIME = 0.1
#: What a server says to somebody who may not ask for its version, but may perhaps ask for records.
_REFUSALS = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.TOO_MANY_REQUESTS,
    }
)


@dataclass(frozen=True)
class Reach:
    """Whether a backend answers.

    Attributes:
        name: of the backend.
        version: of its server; empty if that isn't known.
        problem: why it can't be used, in words; empty if it answers.
    """

    name: str
    version: str = ""
    problem: str = ""


def reach_backends(names: Iterable[str], patience: float = PATIENCE) -> dict[str, Reach]:
    """Ask backends for their versions, at the same time, and return by name what became of it.

    Each one is asked by a thread of its own, since not everything that takes time can be bounded: a
    name server may not answer, and a server may send its answer byte by byte.

    Args:
        names: of the backends.
        patience: how long to wait for all of them, in seconds.
    """
    ends = time.monotonic() + patience
    found: dict[str, Reach] = {}
    threads = []
    for name in dict.fromkeys(names):
        try:
            backend = djelme_registry.get_backend(name)
        except DjelmeError as error:
            found[name] = Reach(name, problem=str(error))
            continue
        silence = _("no answer came within %(seconds).1f seconds") % {"seconds": patience}
        found[name] = Reach(name, problem=silence)
        thread = threading.Thread(target=_reach, args=(backend, ends, found), daemon=True)
        thread.start()
        threads.append(thread)
    for thread in threads:
        thread.join(max(0.0, ends - time.monotonic()))
    return dict(found)


def _reach(backend: Backend, ends: float, found: dict[str, Reach]) -> None:
    for _attempt in range(_ATTEMPTS):
        left = ends - time.monotonic()
        if left < _LEAST_TIME:
            return
        try:
            found[backend.name] = Reach(backend.name, backend.server_version(timeout=left / 2))
        except BackendUnreachableError as error:
            found[backend.name] = Reach(backend.name, problem=str(error))
        except BackendRefusedError as error:
            problem = "" if error.status in _REFUSALS else str(error)
            found[backend.name] = Reach(backend.name, problem=problem)
            return
        else:
            return
