"""Say in words why a backend doesn't answer: for commands, pages, logs and errors alike."""

from __future__ import annotations

import http.client
import os
import re
import ssl
from typing import TYPE_CHECKING

from djelme.quantity import duration
from djelme.redaction import redact_text
from elasticsearch_metrics.conf import backend_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ("failure", "unanswered")

_LATE = "did not answer in time"
#: What errors mean, the more exact ones first.
_FAILURES: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str], ...] = (
    (ssl.SSLError, "can't be spoken to by TLS: {}"),
    (TimeoutError, _LATE),
    ((ConnectionResetError, BrokenPipeError), "closed the connection without an answer"),
    (http.client.HTTPException, "did not answer in HTTP"),
)
#: How the text of a time-out ends in urllib3, in seconds.
_STATED_TIMEOUT = re.compile(r"timeout=([0-9.]+)")


def failure(backend_name: str, error: Exception) -> str:
    """Return the reason of a request without answer, from what the client says of it.

    In words, such as ``http://127.0.0.1:9200 did not answer within 5 s``, with the name of the
    client's error.
    """
    chain = list(_chain(error))
    happened = next(filter(None, map(_words, chain)), "")
    stated = _STATED_TIMEOUT.search(" ".join(map(str, chain)))
    if happened == _LATE and stated:
        happened = f"did not answer within {duration(float(stated[1]))}"
    address = next(filter(None, map(_address, chain)), "") or _configured(backend_name)
    if address and happened:
        reason = f"{address} {happened} ({type(error).__name__})"
    else:
        reason = f"{type(error).__name__}: {_happened(error)}"
    return redact_text(reason)


def unanswered(backend_name: str, seconds: float) -> str:
    """Return the reason why a backend can't be used that has been asked and is silent."""
    address = _configured(backend_name) or "the server"
    return redact_text(f"{address} did not answer within {duration(seconds)} (TimeoutError)")


def _happened(error: Exception) -> Exception:
    """Return what a client's error came from: it says more than its text, and says it once."""
    attempts = getattr(error, "errors", ())
    for cause in _causes(error):
        if str(cause):
            return _happened(cause) if attempts and cause in attempts else cause
    return error


def _causes(error: BaseException) -> Iterator[Exception]:
    """Yield what an error came from.

    Errors of the client for 8 have a cause, or the ``errors`` of all attempts; of that for 6,
    perhaps a third argument.
    """
    causes = (error.__cause__, *error.args[2:], *getattr(error, "errors", ())[:1])
    yield from (cause for cause in causes if isinstance(cause, Exception))


def _chain(error: Exception) -> Iterator[BaseException]:
    """Yield an error and all that it came from, the last one first: it knows best."""
    for cause in (*_causes(error), *error.args):
        if isinstance(cause, Exception):
            yield from _chain(cause)
    if error.__cause__ is None and error.__suppress_context__ and error.__context__ is not None:
        # Asynchronous transports raise theirs `from None`; nothing but its class is told.
        yield error.__context__
    yield error


def _words(error: BaseException) -> str:
    """Return what happened in words; empty if an error doesn't say it by its class."""
    if "Timeout" in type(error).__name__:
        return _LATE
    for kind, words in _FAILURES:
        if isinstance(error, kind):
            return words.format(error)
    number = getattr(error, "errno", None)
    if not isinstance(error, OSError) or not number:
        return ""
    # Resolvers have numbers of their own, below zero.
    return f"can't be reached: {os.strerror(number) if number > 0 else error.strerror}"


def _address(error: BaseException) -> str:
    """Return the URL of the server that an error of urllib3 is about; empty for other errors."""
    # Not by getattr: some errors have a deprecated property of the one name beside the other.
    place = next((vars(error)[name] for name in ("conn", "pool") if name in vars(error)), None)
    host, port = getattr(place, "host", None), getattr(place, "port", None)
    if not isinstance(host, str) or not isinstance(port, int):
        return ""
    scheme = "https" if type(place).__name__.startswith("HTTPS") else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"


def _configured(backend_name: str) -> str:
    """Return the URLs of a backend's hosts as ``DJELME_BACKENDS`` has them; empty if it has not."""
    settings = backend_settings().get(backend_name)
    hosts = settings.options.get("hosts") if settings else None
    several = hosts if isinstance(hosts, (list, tuple)) else [hosts]
    urls = [
        host if "://" in host else f"http://{host}" for host in several if isinstance(host, str)
    ]
    return " or ".join(urls)
