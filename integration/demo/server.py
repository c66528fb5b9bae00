"""Serve the site over HTTP on this machine."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import TYPE_CHECKING
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from _typeshed.wsgi import WSGIApplication

__all__ = ("serve",)

HOST = "127.0.0.1"


class Server(ThreadingMixIn, WSGIServer):
    """A server with a thread for each request; none of them outlives the process."""

    daemon_threads = True
    request_queue_size = 64


class Handler(WSGIRequestHandler):
    """Handle a request, and say nothing: the site records its requests itself."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Say nothing."""


@contextmanager
def serve(application: WSGIApplication, port: int) -> Iterator[str]:
    """Serve an application from a thread while the block runs, and offer its address.

    Args:
        application: of WSGI.
        port: on 127.0.0.1; 0 for a free one.

    Raises:
        OSError: if the port is taken.
    """
    try:
        server = make_server(HOST, port, application, Server, Handler)
    except OSError as error:
        msg = f"the site can't be served on port {port} of {HOST}: {error.strerror}"
        raise OSError(msg) from error
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.1,), daemon=True)
        thread.start()
        try:
            yield f"http://{HOST}:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
