"""Reasons of errors, as clients of several versions tell them."""

from __future__ import annotations

import errno
import http.client
import socket
import ssl
from types import SimpleNamespace

import pytest
from django.test import override_settings

from elasticsearch_metrics.backend.failure import failure, unanswered

FAKE_IMP = "djelme_fake_imp"


class ClientError(Exception):
    """What a client raises.

    Args:
        text: its own words.
        errors: of all attempts, as the client for 8 has them.
        info: what happened; the client for 6 has it as its third argument, if there is one.
    """

    def __init__(self, text: str, errors: tuple[Exception, ...] = (), *info: object) -> None:
        super().__init__("N/A", text, *info)
        self.errors = errors

    def __str__(self) -> str:
        return str(self.args[1])


def _caused(error: Exception, cause: Exception) -> Exception:
    error.__cause__ = cause
    return error


REFUSED = OSError("to 192.0.2.1: refused")


@pytest.mark.parametrize(
    "error",
    [
        _caused(ClientError("Connection error"), REFUSED),
        _caused(ClientError("caused by: caused by", (ClientError("1"),)), REFUSED),
        ClientError("caused by", (_caused(ClientError("Connection error"), REFUSED),)),
        ClientError("caused by", (REFUSED,)),
        ClientError("caused by", (), REFUSED),
    ],
    ids=["cause", "attempts and cause", "attempt with cause", "attempt", "info"],
)
def test_the_reason_is_what_happened(error: Exception) -> None:
    assert failure("main", error) == "ClientError: to 192.0.2.1: refused"


@pytest.mark.parametrize("info", [(), (None,), ("told",), ({"error": "x"},), (OSError(),)])
def test_without_anything_else_it_is_what_the_client_says(info: tuple[object, ...]) -> None:
    error = ClientError("timed out", (), *info)
    assert failure("main", error) == "ClientError: timed out"


def test_no_other_error_that_is_being_handled_is_told() -> None:
    error = ClientError("timed out")
    error.__context__ = ValueError("of the site, about me@example.org")
    assert failure("main", error) == "ClientError: timed out"


def test_passwords_stay_out_of_it() -> None:
    cause = OSError("to https://me:s3cret@192.0.2.1: refused")
    assert "s3cret" not in failure("main", _caused(ClientError("x"), cause))


class ReadTimeoutError(Exception):
    """Of urllib3: it knows whom it asked, and says for how long."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.pool = SimpleNamespace(host="::1", port=9200)


class HTTPSConnection(SimpleNamespace):
    """Of urllib3."""


class NewConnectionError(Exception):
    """Of urllib3."""

    def __init__(self, *args: object) -> None:
        super().__init__(*args)
        self.conn = HTTPSConnection(host="es.example", port=9243)

    @property
    def pool(self) -> None:
        """Deprecated."""
        raise FutureWarning


def test_a_time_out_says_whose_answer_did_not_come_and_for_how_long() -> None:
    slow = ReadTimeoutError("Read timed out. (read timeout=4.9999712)")
    error = _caused(ClientError("x"), _caused(slow, TimeoutError("timed out")))
    said = failure("main", error)
    assert said == "http://[::1]:9200 did not answer within 5 s (ClientError)"


def test_it_is_in_time_where_nobody_says_how_long_that_was() -> None:
    error = _caused(ClientError("x"), ReadTimeoutError("timed out"))
    assert "http://[::1]:9200 did not answer in time" in failure("main", error)


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "no"), "can't be reached: Connection refused"),
        (OSError(errno.ECONNREFUSED, "Connect call"), "can't be reached: Connection refused"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "closed the connection without"),
        (http.client.RemoteDisconnected("closed"), "closed the connection without an answer"),
        (http.client.BadStatusLine("SSH"), "did not answer in HTTP"),
        (socket.gaierror(-2, "Name or service not known"), "can't be reached: Name or service"),
        (ssl.SSLError(1, "wrong version number"), "can't be spoken to by TLS: "),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "can't be reached: No route to host"),
    ],
)
def test_what_happened_is_said_of_the_server(cause: Exception, said: str) -> None:
    error = ClientError("x", (_caused(NewConnectionError("failed"), cause),))
    assert failure("main", error).startswith(f"https://es.example:9243 {said}")
    told = ClientError("x", (), NewConnectionError("failed", cause))
    assert failure("main", told).startswith(f"https://es.example:9243 {said}")


@pytest.mark.parametrize(
    ("hosts", "said"),
    [
        ("http://me:s3cret@127.0.0.1:9200", "http://***@127.0.0.1:9200"),
        (["localhost:9200", "https://two:9200"], "http://localhost:9200 or https://two:9200"),
        ([{"host": "localhost"}], ""),
        (None, ""),
    ],
)
def test_the_hosts_are_those_of_the_settings_where_the_error_names_none(
    hosts: object, said: str
) -> None:
    error = ClientError("Connection timed out")
    # As asynchronous transports raise it: `from None`.
    error.__context__, error.__suppress_context__ = TimeoutError(), True
    with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: {"hosts": hosts}}}):
        reason = failure("main", error)
        late = unanswered("main", 2)
    if said:
        assert reason == f"{said} did not answer in time (ClientError)"
    else:
        assert reason == "ClientError: Connection timed out"
    assert late == f"{said or 'the server'} did not answer within 2 s (TimeoutError)"
