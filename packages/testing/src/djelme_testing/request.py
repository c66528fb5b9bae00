"""The few questions that we ask a cluster ourselves, without a client library."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ("HttpStatusError", "cluster_health", "node_version", "request_json")


class HttpStatusError(OSError):
    """The server answered with a status that is not a success.

    Attributes:
        status: the HTTP status.
    """

    def __init__(self, status: int, path: str) -> None:
        super().__init__(f"HTTP status {status} for {path}")
        self.status = status
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.status, self.path)


def request_json(
    url: str,
    path: str,
    *,
    method: str = "GET",
    username: str | None = None,
    password: str | None = None,
    ca_path: Path | None = None,
    timeout: float = 5.0,
) -> Any:
    """Send a request without a body, past any proxy, and return the decoded answer.

    Args:
        url: the address of the server, perhaps with a path.
        path: the rest of the address, beginning with a slash.
        method: the HTTP method.
        username: the user to log in as.
        password: their password.
        ca_path: the certificate to trust besides the system's.
        timeout: how long to wait for each step, in seconds.

    Raises:
        OSError: if it can't be reached or doesn't answer in time; HttpStatusError, which is
            one, if it answers with no success.
        ValueError: if the answer isn't JSON.
    """
    parts = urlsplit(url)
    connection: http.client.HTTPConnection
    if parts.scheme == "https":
        context = ssl.create_default_context()
        if ca_path is not None:
            context.load_verify_locations(ca_path)
        connection = http.client.HTTPSConnection(
            parts.hostname or "", parts.port, timeout=timeout, context=context
        )
    else:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout)
    headers = {"Accept": "application/json"}
    if username is not None:
        token = base64.b64encode(f"{username}:{password or ''}".encode())
        headers["Authorization"] = f"Basic {token.decode()}"
    try:
        connection.request(method, parts.path.rstrip("/") + path, headers=headers)
        answer = connection.getresponse()
        body = answer.read()
    except http.client.HTTPException as error:
        msg = f"no proper HTTP answer: {error!r}"
        raise ConnectionError(msg) from error
    finally:
        connection.close()
    if not http.client.OK <= answer.status < http.client.MULTIPLE_CHOICES:
        raise HttpStatusError(answer.status, path)
    return json.loads(body)


def cluster_health(url: str, **options: Any) -> str:
    """Return the status of a cluster, ``"green"``, ``"yellow"`` or ``"red"``.

    Raises:
        OSError: if it doesn't answer.
    """
    answer = request_json(url, "/_cluster/health?timeout=1s", **options)
    return str(answer["status"])


def node_version(url: str, **options: Any) -> str:
    """Return the version of a cluster's first node.

    The minimal distributions answer ``GET /`` with 405, so it is not asked.

    Raises:
        OSError: if it doesn't answer.
        ValueError: if the answer isn't one of Elasticsearch.
    """
    answer = request_json(url, "/_nodes/_all/http?filter_path=nodes.*.version", **options)
    try:
        return str(next(iter(answer["nodes"].values()))["version"])
    except (TypeError, KeyError, StopIteration, AttributeError):
        msg = "the answer is not one of Elasticsearch"
        raise ValueError(msg) from None
