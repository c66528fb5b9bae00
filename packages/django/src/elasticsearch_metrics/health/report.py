"""How a site's backends are: whether they answer, what is set up, what waits to be delivered."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from djelme.delivery import DeliveryStats
from djelme.errors import (
    BackendError,
    ConfigurationError,
    DjelmeError,
    IndexTemplateNotFoundError,
    IndexTemplateOutOfSyncError,
)
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.health.probe import Inquiry
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("HEALTH_TIMEOUT", "BackendHealth", "RecordTypeHealth", "check_health")

#: How long a look at all backends may take, in seconds.
HEALTH_TIMEOUT = 2.0


@dataclass(frozen=True)
class RecordTypeHealth:
    """One record type.

    Attributes:
        label: its name for people.
        state: ``"in sync"``, ``"missing"`` or ``"differs"`` for its index template; ``"unknown"``
            if the backend doesn't say.
        detail: what is wrong in words, empty if nothing is.
    """

    label: str
    state: str
    detail: str = ""


@dataclass(frozen=True)
class BackendHealth:
    """One backend.

    Attributes:
        name: its key in ``DJELME_BACKENDS``.
        is_reachable: whether it answers.
        server_version: version of its server; empty if it isn't known.
        reason: why it isn't reachable, empty if it is.
        recordtypes: the record types that are stored in it.
        delivery: what this process has delivered to it.
    """

    name: str
    is_reachable: bool
    server_version: str = ""
    reason: str = ""
    recordtypes: tuple[RecordTypeHealth, ...] = ()
    delivery: DeliveryStats = field(default_factory=DeliveryStats)

    @property
    def is_well(self) -> bool:
        """Whether it answers and takes records of all its types."""
        return self.is_reachable and all(found.state == "in sync" for found in self.recordtypes)


@dataclass(frozen=True)
class _Look:
    """What a backend says itself."""

    server_version: str = ""
    reason: str = ""
    recordtypes: tuple[RecordTypeHealth, ...] = ()


_inquiry: Inquiry[_Look] = Inquiry()


def check_health(timeout: float = HEALTH_TIMEOUT) -> list[BackendHealth]:
    """Return how all backends are, in the order of ``DJELME_BACKENDS``.

    Args:
        timeout: how long to wait for all of them together, in seconds. Those that haven't answered
            then count as unreachable.

    Raises:
        djelme.errors.ConfigurationError: if ``DJELME_BACKENDS`` can't be read at all.
    """
    by_backend = djelme_registry.recordtypes_by_backend()
    keys = {name: _key(name) for name in djelme_registry.all_backends}
    looks = _inquiry.ask(
        {
            key: partial(_look_at, name, by_backend.get(name, ()), timeout)
            for name, key in keys.items()
        },
        timeout,
    )
    late = f"no answer within {timeout:g} seconds"
    return [
        _health(name, looks.get(key) or _Look(reason=late), by_backend.get(name, ()))
        for name, key in keys.items()
    ]


def _key(name: str) -> str:
    """Return a name that a backend doesn't share with one that was made from other settings."""
    try:
        return f"{name}-{id(djelme_registry.get_backend(name)):x}"
    except ConfigurationError:
        return name


def _look_at(name: str, recordtypes: Sequence[type[RecordType]], timeout: float) -> _Look:
    try:
        # Nobody may wait for it any more by then, so it shouldn't go on either.
        with answered_within(timeout):
            version = djelme_registry.get_backend(name).server_version(timeout=timeout)
            checked = tuple(_check_recordtype(recordtype) for recordtype in recordtypes)
    except BackendError as error:
        return _Look(reason=error.reason)
    except ConfigurationError as error:
        return _Look(reason=str(error))
    return _Look(version, recordtypes=checked)


def _check_recordtype(recordtype: type[RecordType]) -> RecordTypeHealth:
    label = recordtype.djelme.label
    try:
        recordtype.check_djelme_setup()
    except IndexTemplateNotFoundError as error:
        return RecordTypeHealth(label, "missing", str(error))
    except IndexTemplateOutOfSyncError as error:
        return RecordTypeHealth(label, "differs", str(error))
    except BackendError:
        raise
    except DjelmeError as error:
        return RecordTypeHealth(label, "unknown", str(error))
    return RecordTypeHealth(label, "in sync")


def _health(name: str, look: _Look, recordtypes: Sequence[type[RecordType]]) -> BackendHealth:
    unknown = tuple(
        RecordTypeHealth(recordtype.djelme.label, "unknown", "the backend doesn't answer")
        for recordtype in recordtypes
    )
    try:
        delivery = djelme_registry.get_backend(name).stats()
    except ConfigurationError:
        delivery = DeliveryStats()  # what is wrong is the look's reason
    return BackendHealth(
        name,
        not look.reason,
        look.server_version,
        look.reason,
        unknown if look.reason else look.recordtypes,
        delivery,
    )
