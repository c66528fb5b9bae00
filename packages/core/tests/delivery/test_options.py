from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from djelme.delivery import OPTION_NAMES, DeliveryOptions, default_spool_dir
from djelme.errors import ConfigurationError


def test_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    options = DeliveryOptions.parse("main", {"hosts": "http://localhost:9200"})
    assert options.mode == "direct"
    assert options.spool_dir == Path("/var/state/djelme/main")


def test_everything_is_read() -> None:
    given = {
        "djelme_delivery": "durable",
        "djelme_batch_size": 7,
        "djelme_batch_delay": 0.5,
        "djelme_queue_max": 70,
        "djelme_spool_dir": "/var/spool/things",
        "djelme_spool_max_bytes": 1_000_000,
        "djelme_spool_full": "drop_old",
        "djelme_shutdown_deadline": 3,
        "djelme_backoff_min": 1,
        "djelme_backoff_max": 9.5,
    }
    assert given.keys() == OPTION_NAMES
    options = DeliveryOptions.parse("main", given)
    assert (options.mode, options.batch_size, options.batch_delay) == ("durable", 7, 0.5)
    assert (options.queue_max, options.spool_dir) == (70, Path("/var/spool/things"))
    assert (options.spool_max_bytes, options.spool_full) == (1_000_000, "drop_old")
    assert options.shutdown_deadline == 3.0
    assert (options.backoff.minimum, options.backoff.maximum) == (1.0, 9.5)


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("delivery", "sometimes", "one of 'direct', 'buffered', 'durable'"),
        ("delivery", None, "one of"),
        ("delivery", ["direct"], "one of"),
        ("batch_size", 0, "an int of at least 1"),
        ("batch_size", "500", "an int of at least 1"),
        ("batch_size", True, "an int of at least 1"),
        ("queue_max", -5, "an int of at least 1"),
        ("batch_delay", -1, "a number of seconds, zero or more"),
        ("batch_delay", "1s", "a number of seconds"),
        ("batch_delay", float("nan"), "a number of seconds"),
        ("shutdown_deadline", float("inf"), "a number of seconds"),
        ("spool_dir", "spool", "the absolute path of a directory"),
        ("spool_dir", 5, "the absolute path of a directory"),
        ("spool_max_bytes", 100, "an int of at least 65,536"),
        ("spool_full", "ignore", "one of 'raise', 'drop_new', 'drop_old'"),
        ("backoff_min", None, "a number of seconds"),
        ("backoff_max", 0.1, "at least djelme_backoff_min"),
    ],
)
def test_says_what_is_wrong(name: str, value: Any, right: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        DeliveryOptions.parse("main", {f"djelme_{name}": value})
    message = str(caught.value)
    assert f"DJELME_BACKENDS['main']: djelme_{name} is {value!r}" in message
    assert right in message


def test_the_queue_holds_a_batch() -> None:
    assert DeliveryOptions.parse("main", {"djelme_queue_max": 10}).batch_size == 10
    with pytest.raises(ConfigurationError, match=r"djelme_queue_max is 10; .*djelme_batch_size"):
        DeliveryOptions.parse("main", {"djelme_queue_max": 10, "djelme_batch_size": 11})


def test_the_default_directory_is_below_the_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", "/home/me")
    assert default_spool_dir("main") == Path("/home/me/.local/state/djelme/main")


@pytest.mark.parametrize("name", ["..", ".", "a/b", "../../etc", "ä b"])
def test_no_name_leads_elsewhere(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/var/state")
    path = default_spool_dir(name)
    assert path.parent == Path("/var/state/djelme")
    assert path.name not in {"", ".", ".."}


def test_without_a_home_a_directory_has_to_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_home() -> Path:
        raise RuntimeError("no home")

    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    monkeypatch.setattr(Path, "home", no_home)
    assert DeliveryOptions.parse("main", {}).mode == "direct"
    with pytest.raises(ConfigurationError, match="djelme_spool_dir"):
        DeliveryOptions.parse("main", {"djelme_delivery": "buffered"})


def test_other_platforms_deliver_directly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("djelme.delivery.options._IS_POSIX", False)
    with pytest.raises(ConfigurationError, match="djelme_delivery is 'durable'"):
        DeliveryOptions.parse("main", {"djelme_delivery": "durable"})
