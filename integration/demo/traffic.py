"""Send real requests to the site, and count what was answered."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ("Request", "ask", "plan", "send")

CLIENTS = 4
TIMEOUT = 60.0  # seconds for one request
SEED = 2013
#: What is asked for, and how often in a hundred.
SHARES = {"overview": 40, "airport": 35, "json": 15, "missing": 6, "wrong": 4}
STATUSES = {"missing": 404, "wrong": 400}  # of the others: 200
MONTHS = [f"2013-{month:02d}" for month in range(1, 13)] + ["2014-01", "2014-02"]


class Request(NamedTuple):
    """A request to send.

    Attributes:
        method: of HTTP.
        target: path and query.
        status: that the answer should have.
    """

    method: str
    target: str
    status: int

    @property
    def path(self) -> str:
        """What is asked for, without the query."""
        return urlsplit(self.target).path


def plan(count: int, airports: Sequence[str]) -> list[Request]:
    """Return requests, the same ones each time.

    Among them are some for pages that don't exist (404) and for impossible ranges (400).

    Args:
        count: how many.
        airports: codes to ask for.
    """
    chance = random.Random(SEED)  # noqa: S311 - nobody is to be surprised
    kinds = chance.choices(list(SHARES), weights=list(SHARES.values()), k=count)
    requests = []
    for kind in kinds:
        start, end = sorted(chance.sample(MONTHS, 2))
        target = {
            "overview": chance.choice(("/", f"/?from={start}&until={end}")),
            "airport": f"/airports/{chance.choice(airports)}/" if airports else "/",
            "json": f"/api/flights/?from={start}&until={end}",
            "missing": chance.choice(("/airports/NOWHERE/", "/favicon.ico")),
            "wrong": f"/?from={end}&until={start}",
        }[kind]
        method = chance.choices(("GET", "HEAD"), (95, 5))[0]
        requests.append(Request(method, target, STATUSES.get(kind, 200)))
    return requests


def send(address: str, requests: Iterable[Request]) -> Counter[tuple[str, int]]:
    """Send requests by some clients at once, and return how often each path had each status.

    Args:
        address: of the site.
        requests: what to send.

    Raises:
        OSError: if the site can't be reached.
        http.client.HTTPException: if it doesn't answer as HTTP demands.
    """

    def ask_for(request: Request) -> tuple[str, int]:
        status, _ = ask(address, request.method, request.target)
        return request.path, status

    with ThreadPoolExecutor(CLIENTS) as pool:
        return Counter(pool.map(ask_for, requests))


def ask(address: str, method: str, target: str) -> tuple[int, bytes]:
    """Send one request on a connection of its own, and return the answer's status and body.

    Raises:
        OSError: if the site can't be reached.
        http.client.HTTPException: if it doesn't answer as HTTP demands.
    """
    parts = urlsplit(address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=TIMEOUT)
    try:
        connection.request(method, target)
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()
