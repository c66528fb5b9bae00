"""Read how a backend's records are delivered from its options in the settings."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from djelme.delivery.retry import Backoff
from djelme.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ("OPTION_NAMES", "DeliveryOptions", "default_spool_dir")

_MODES = ("direct", "buffered", "durable")
_FULL_POLICIES = ("raise", "drop_new", "drop_old")
#: Spools need file locks and descriptors that only POSIX systems have.
_IS_POSIX = os.name == "posix"
_LEAST_SPOOL_BYTES = 64 * 1024


@dataclass(frozen=True)
class DeliveryOptions:
    """How the records of a backend are delivered.

    Attributes:
        mode: ``"direct"``, ``"buffered"`` or ``"durable"``.
        batch_size: most records in one request.
        batch_delay: longest time that a record waits for others to be sent with it, in seconds.
        queue_max: most records in memory.
        spool_dir: directory of the spool.
        spool_max_bytes: most bytes in the spool.
        spool_full: what happens to a record when the spool is full: ``"raise"`` refuses it with an
            error, ``"drop_new"`` drops it, ``"drop_old"`` drops the oldest ones.
        shutdown_deadline: longest time that the end of the process waits for records to be sent,
            in seconds.
        backoff: waiting times while the cluster is away.
    """

    mode: str = "direct"
    batch_size: int = 500
    batch_delay: float = 1.0
    queue_max: int = 10_000
    spool_dir: Path = field(default_factory=Path)
    spool_max_bytes: int = 1024**3
    spool_full: str = "raise"
    shutdown_deadline: float = 5.0
    backoff: Backoff = field(default_factory=lambda: Backoff(0.5, 30.0))

    @classmethod
    def parse(cls, backend: str, options: Mapping[str, Any], *, site: str = "") -> DeliveryOptions:
        """Read the options of a backend that concern delivery, and leave the others alone.

        Args:
            backend: name of the backend, for messages and the default directory.
            options: its options, as ``DJELME_BACKENDS`` has them.
            site: what tells this site from others of the same user, for the default directory.

        Raises:
            ConfigurationError: if one of them is wrong; it names the option and what is right.
        """
        reading = _Reading(backend, options, site)
        defaults = cls()
        mode = reading.choice("djelme_delivery", _MODES, defaults.mode)
        if mode != "direct" and not _IS_POSIX:
            reading.fail("djelme_delivery", mode, "'direct' on this platform (others need POSIX)")
        batch_size = reading.whole("djelme_batch_size", defaults.batch_size, 1)
        queue_max = reading.whole("djelme_queue_max", defaults.queue_max, 1)
        minimum = reading.seconds("djelme_backoff_min", defaults.backoff.minimum)
        maximum = reading.seconds("djelme_backoff_max", max(defaults.backoff.maximum, minimum))
        if maximum < minimum:
            reading.fail("djelme_backoff_max", maximum, f"at least djelme_backoff_min ({minimum})")
        if queue_max < batch_size:
            if "djelme_batch_size" in options:
                reading.fail(
                    "djelme_queue_max", queue_max, f"at least djelme_batch_size ({batch_size})"
                )
            batch_size = queue_max
        return cls(
            mode=mode,
            batch_size=batch_size,
            batch_delay=reading.seconds("djelme_batch_delay", defaults.batch_delay),
            queue_max=queue_max,
            spool_dir=reading.directory("djelme_spool_dir", needed=mode != "direct"),
            spool_max_bytes=reading.whole(
                "djelme_spool_max_bytes", defaults.spool_max_bytes, _LEAST_SPOOL_BYTES
            ),
            spool_full=reading.choice("djelme_spool_full", _FULL_POLICIES, defaults.spool_full),
            shutdown_deadline=reading.seconds(
                "djelme_shutdown_deadline", defaults.shutdown_deadline
            ),
            backoff=Backoff(minimum, maximum),
        )


#: The options that `DeliveryOptions.parse` reads.
OPTION_NAMES = frozenset(
    {
        "djelme_backoff_max",
        "djelme_backoff_min",
        "djelme_batch_delay",
        "djelme_batch_size",
        "djelme_delivery",
        "djelme_queue_max",
        "djelme_shutdown_deadline",
        "djelme_spool_dir",
        "djelme_spool_full",
        "djelme_spool_max_bytes",
    }
)


def default_spool_dir(backend: str, site: str = "") -> Path:
    """Return the directory of a backend's spool below the user's state directory.

    Follows the XDG Base Directory Specification: ``$XDG_STATE_HOME``, else ``~/.local/state``.

    Args:
        backend: name of the backend.
        site: what tells this site from others of the same user; empty if nothing does.

    Raises:
        RuntimeError: if the user has no home directory.
    """
    configured = os.environ.get("XDG_STATE_HOME", "")
    state = Path(configured) if Path(configured).is_absolute() else Path.home() / ".local/state"
    names = [site, backend] if site else [backend]
    # quote() leaves dots alone, and "." or ".." would lead elsewhere.
    return state.joinpath("djelme", *(quote(name, safe="").replace(".", "%2E") for name in names))


class _Reading:
    """Reads one option after the other, and says what is wrong with it."""

    def __init__(self, backend: str, options: Mapping[str, Any], site: str) -> None:
        self._backend = backend
        self._options = options
        self._site = site

    def fail(self, name: str, value: object, right: str) -> None:
        msg = f"DJELME_BACKENDS[{self._backend!r}]: {name} is {value!r:.80}; it should be {right}"
        raise ConfigurationError(msg)

    def choice(self, name: str, choices: tuple[str, ...], default: str) -> str:
        value = self._options.get(name, default)
        if not (isinstance(value, str) and value in choices):
            self.fail(name, value, f"one of {', '.join(map(repr, choices))}")
        return str(value)

    def whole(self, name: str, default: int, least: int) -> int:
        value = self._options.get(name, default)
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            self.fail(name, value, f"an int of at least {least:,}")
        return int(value)

    def seconds(self, name: str, default: float) -> float:
        value = self._options.get(name, default)
        if (
            not isinstance(value, (int, float))
            or isinstance(value, bool)
            or not math.isfinite(value)
            or value < 0
        ):
            self.fail(name, value, "a number of seconds, zero or more")
        return float(value)

    def directory(self, name: str, *, needed: bool) -> Path:
        value = self._options.get(name)
        if value is None:
            return self._default_directory(name, needed=needed)
        if not isinstance(value, (str, os.PathLike)) or not Path(value).is_absolute():
            self.fail(name, value, "the absolute path of a directory")
        return Path(value)

    def _default_directory(self, name: str, *, needed: bool) -> Path:
        try:
            return default_spool_dir(self._backend, self._site)
        except RuntimeError:
            if needed:
                self.fail(name, None, "the path of a directory, as the user has no home directory")
            return Path()
