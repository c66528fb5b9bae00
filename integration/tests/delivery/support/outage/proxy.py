"""A proxy before a server that behaves as broken ones do."""

from __future__ import annotations

import contextlib
import http.client
import socket
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("Proxy",)

_HOP_BY_HOP = {"connection", "content-length", "keep-alive", "transfer-encoding"}


class Proxy:
    """Passes requests on, except where it is told not to.

    Args:
        url: address of the server, without TLS.

    Attributes:
        url: its own address.
        misbehaved: how often it did what it was told.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.scheme == "http", "a proxy sees nothing of what TLS protects"
        self._host, self._port = parts.hostname or "", parts.port or 80
        self.misbehaved = 0
        self._lock = threading.Lock()
        self._fault = ""
        self._status = 0
        self._left = 0.0
        self._released = threading.Event()
        handler = type("Handler", (_Handler,), {"proxy": self})
        self._server = _Server(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()

    def answer(self, status: int, times: float = float("inf")) -> None:
        """Answer requests that write by itself, with an error in HTML."""
        self._behave("answer", times, status)

    def lose_answers(self, times: float = float("inf")) -> None:
        """Pass requests that write on, and cut the connection in place of answering."""
        self._behave("lose", times)

    def stall(self, times: float = float("inf")) -> None:
        """Take requests that write, pass them on, and say nothing until `behave` is called."""
        self._behave("stall", times)

    def behave(self) -> None:
        """Pass on whatever comes."""
        self._behave("", 0)

    def _behave(self, fault: str, times: float, status: int = 0) -> None:
        with self._lock:
            self._released.set()
            self._released = threading.Event()
            self._fault, self._left, self._status = fault, times, status

    def _next_fault(self, method: str, path: str) -> str:
        writes = method in {"PUT", "POST"} and (
            "_bulk" in path or "/_doc/" in path or "/doc/" in path
        )
        with self._lock:
            if not (writes and self._fault and self._left > 0):
                return ""
            self._left -= 1
            self.misbehaved += 1
            return self._fault

    def handle(self, handler: _Handler) -> None:
        """Answer one request, or don't."""
        body = handler.rfile.read(int(handler.headers.get("content-length", 0)))
        fault = self._next_fault(handler.command, handler.path)
        released = self._released
        if fault == "answer":
            handler.respond(self._status, {"content-type": "text/html"}, b"<h1>Try later</h1>")
            return
        status, headers, answer = self._ask(handler, body)
        if fault == "stall":
            released.wait()
        if fault:
            handler.cut()
            return
        handler.respond(status, headers, answer)

    def _ask(self, handler: _Handler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=60)
        try:
            headers = {
                name: value
                for name, value in handler.headers.items()
                if name.lower() not in _HOP_BY_HOP
            }
            connection.request(handler.command, handler.path, body, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def close(self) -> None:
        """Close all connections and end all threads."""
        self.behave()
        self._server.shutdown()
        self._server.close_connections()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    """A server that knows its connections, to close them in the end."""

    daemon_threads = False

    def __init__(self, *arguments: Any) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(*arguments)

    def get_request(self) -> tuple[socket.socket, Any]:
        connection, address = super().get_request()
        self._connections.add(connection)
        return connection, address

    def close_request(self, request: Any) -> None:
        self._connections.discard(request)
        super().close_request(request)

    def close_connections(self) -> None:
        """Cut what is open."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: clients go away in these tests."""


class _Handler(BaseHTTPRequestHandler):
    """Hands each request to the proxy."""

    proxy: Proxy
    protocol_version = "HTTP/1.1"

    def _handle(self) -> None:
        self.proxy.handle(self)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815 - http.server's names

    def respond(self, status: int, headers: dict[str, str], body: bytes) -> None:
        """Send an answer."""
        self.send_response_only(status)
        for name, value in headers.items():
            if name.lower() not in _HOP_BY_HOP:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def cut(self) -> None:
        """End the connection without an answer."""
        self.close_connection = True
        with contextlib.suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing."""


@contextlib.contextmanager
def proxied(url: str) -> Iterator[Proxy]:
    """Give a proxy before a server."""
    proxy = Proxy(url)
    try:
        yield proxy
    finally:
        proxy.close()
