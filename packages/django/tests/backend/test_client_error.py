"""Reasons of errors, as clients of several versions tell them."""

from __future__ import annotations

import pytest

from elasticsearch_metrics.backend.client_error import unreachable


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
    assert unreachable("main", error).reason == "ClientError: to 192.0.2.1: refused"


@pytest.mark.parametrize("info", [(), (None,), ("told",), ({"error": "x"},), (OSError(),)])
def test_without_anything_else_it_is_what_the_client_says(info: tuple[object, ...]) -> None:
    error = ClientError("timed out", (), *info)
    assert unreachable("main", error).reason == "ClientError: timed out"


def test_no_other_error_that_is_being_handled_is_told() -> None:
    error = ClientError("timed out")
    error.__context__ = ValueError("of the site, about me@example.org")
    assert unreachable("main", error).reason == "ClientError: timed out"


def test_passwords_stay_out_of_it() -> None:
    cause = OSError("to https://me:s3cret@192.0.2.1: refused")
    assert "s3cret" not in unreachable("main", _caused(ClientError("x"), cause)).reason
