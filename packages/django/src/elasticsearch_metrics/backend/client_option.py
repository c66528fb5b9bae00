"""Options that the clients take as they are, and stumble over only when a request is sent."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping
from typing import Any

from djelme.errors import ConfigurationError
from djelme.redaction import redact

__all__ = ("check_client_options",)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_time(value: Any) -> bool:
    return value is None or (_is_number(value) and value > 0)


def _is_delay(value: Any) -> bool:
    return value is None or (_is_number(value) and value >= 0)


def _is_path(value: object) -> bool:
    return value is None or isinstance(value, (str, os.PathLike))


def _is_text(value: object) -> bool:
    return value is None or isinstance(value, str)


def _are_hosts(value: object) -> bool:
    if isinstance(value, str):
        return bool(value.strip())
    is_listed = isinstance(value, Collection) and not isinstance(value, (Mapping, bytes))
    return is_listed and bool(value)


def _are_statuses(value: object) -> bool:
    if isinstance(value, Collection) and not isinstance(value, (str, bytes)):
        return all(map(_is_whole, value))
    return _is_whole(value)


def _are_credentials(value: object) -> bool:
    """Return whether a user and a password are two; other objects may be a library's own."""
    if isinstance(value, (list, tuple)):
        return list(map(type, value)) == [str, str]
    return not isinstance(value, (int, float, bytes, Mapping))


_Check = tuple[str, Callable[[Any], bool]]
_TIME: _Check = ("a number of seconds above 0", _is_time)
_DELAY: _Check = ("a number of seconds", _is_delay)
_WHOLE: _Check = ("a whole number, 0 or more", _is_whole)
_PATH: _Check = ("the path of a file", _is_path)
_CREDENTIALS: _Check = ("a pair of str, user and password", _are_credentials)
_TEXT: _Check = ("a str", _is_text)
#: What an option should be, and whether a value is that.
_CHECKS: dict[str, _Check] = {
    "hosts": ("a URL such as 'http://localhost:9200', or a list of such", _are_hosts),
    "request_timeout": _TIME,
    "timeout": _TIME,
    "sniff_timeout": _TIME,
    "sniffer_timeout": _DELAY,
    "min_delay_between_sniffing": _DELAY,
    "dead_node_backoff_factor": _DELAY,
    "dead_timeout": _DELAY,
    "max_dead_node_backoff": _DELAY,
    "max_retries": _WHOLE,
    "timeout_cutoff": _WHOLE,
    "retry_on_status": ("a list of HTTP status codes", _are_statuses),
    "ca_certs": _PATH,
    "client_cert": _PATH,
    "client_key": _PATH,
    "basic_auth": _CREDENTIALS,
    "http_auth": _CREDENTIALS,
    "api_key": ("a str, or a pair of str", _are_credentials),
    "bearer_auth": _TEXT,
    "opaque_id": _TEXT,
}


def check_client_options(backend_name: str, options: Mapping[str, Any]) -> None:
    """Check the values of options that the clients don't look at when they are made.

    Args:
        backend_name: key in ``DJELME_BACKENDS``, for messages.
        options: those of the client.

    Raises:
        djelme.errors.ConfigurationError: for the first value that no request can be sent with.
    """
    where = f"DJELME_BACKENDS[{backend_name!r}]"
    for name, value in options.items():
        expected, is_good = _CHECKS.get(name, ("", lambda _: True))
        if not is_good(value):
            msg = f"{where}: {name} should be {expected}, not {redact(value, name)!r}"
            raise ConfigurationError(msg)
    if options.get("cloud_id") is not None and "hosts" in options:
        msg = f"{where}: the client takes either hosts or cloud_id, not both"
        raise ConfigurationError(msg)
