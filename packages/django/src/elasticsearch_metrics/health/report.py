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
    IndexTemplateOverriddenError,
)
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.backend.failure import unanswered
from elasticsearch_metrics.health.probe import ConcurrentProbe, probe_key
from elasticsearch_metrics.index.template_check import index_differences
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Sequence

    from djelme.difference import Difference
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = (
    "HEALTH_TIMEOUT",
    "BackendHealth",
    "RecordTypeHealth",
    "check_health",
    "check_recordtype",
)

#: How long a report on all backends may take, in seconds.
HEALTH_TIMEOUT = 2.0


@dataclass(frozen=True)
class RecordTypeHealth:
    """One record type.

    Attributes:
        label: its name for people.
        state: ``"in sync"``, ``"missing"`` or ``"differs"`` for its index template; ``"index
            differs"`` if only its present index does; ``"unknown"`` if the backend doesn't say.
        detail: what is wrong in words, empty if nothing is.
        differences: between the class and what the backend has.
        overridden_by: names of index templates of others that count more than its own.
    """

    label: str
    state: str
    detail: str = ""
    differences: tuple[Difference, ...] = ()
    overridden_by: tuple[str, ...] = ()

    @property
    def is_in_sync(self) -> bool:
        """Whether its index template, and its index where it was looked at, are as declared."""
        return self.state == "in sync"


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
        return self.is_reachable and all(found.is_in_sync for found in self.recordtypes)


@dataclass(frozen=True)
class _Snapshot:
    """What a backend says itself."""

    server_version: str = ""
    reason: str = ""
    recordtypes: tuple[RecordTypeHealth, ...] = ()


_probe: ConcurrentProbe[_Snapshot] = ConcurrentProbe()


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
    snapshots = _probe.ask(
        {
            key: partial(_take_snapshot, name, by_backend.get(name, ()), timeout)
            for name, key in keys.items()
        },
        timeout,
    )
    return [
        _health(
            name,
            snapshots.get(key) or _Snapshot(reason=unanswered(name, timeout)),
            by_backend.get(name, ()),
        )
        for name, key in keys.items()
    ]


def check_recordtype(recordtype: type[RecordType], *, with_index: bool = False) -> RecordTypeHealth:
    """Compare a record type with its index template.

    Args:
        recordtype: the record type.
        with_index: whether to compare it with its index for the present moment as well.

    Raises:
        djelme.errors.BackendError: if the backend can't be reached or refuses.
    """
    label = recordtype.djelme.label
    try:
        recordtype.check_djelme_setup()
        drift = index_differences(djelme_registry.placement(recordtype)) if with_index else ()
    except IndexTemplateNotFoundError as error:
        return RecordTypeHealth(label, "missing", str(error))
    except IndexTemplateOutOfSyncError as error:
        others = error.templates if isinstance(error, IndexTemplateOverriddenError) else ()
        return RecordTypeHealth(label, "differs", str(error), error.differences, others)
    except BackendError:
        raise
    except DjelmeError as error:
        return RecordTypeHealth(label, "unknown", str(error))
    if drift:
        detail = "its present index was made otherwise than the class declares"
        return RecordTypeHealth(label, "index differs", detail, tuple(drift))
    return RecordTypeHealth(label, "in sync")


def _key(name: str) -> str:
    try:
        return probe_key(name)
    except ConfigurationError:
        return name  # its snapshot says what is wrong


def _take_snapshot(name: str, recordtypes: Sequence[type[RecordType]], timeout: float) -> _Snapshot:
    try:
        # Nobody may wait for it any more by then, so it shouldn't go on either.
        with answered_within(timeout):
            version = djelme_registry.get_backend(name).server_version(timeout=timeout)
            checked = tuple(check_recordtype(recordtype) for recordtype in recordtypes)
    except BackendError as error:
        return _Snapshot(reason=error.reason)
    except ConfigurationError as error:
        return _Snapshot(reason=str(error))
    return _Snapshot(version, recordtypes=checked)


def _health(name: str, found: _Snapshot, recordtypes: Sequence[type[RecordType]]) -> BackendHealth:
    unknown = tuple(
        RecordTypeHealth(recordtype.djelme.label, "unknown", "the backend doesn't answer")
        for recordtype in recordtypes
    )
    try:
        delivery = djelme_registry.get_backend(name).stats()
    except ConfigurationError:
        delivery = DeliveryStats()  # what is wrong is the reason already
    return BackendHealth(
        name,
        not found.reason,
        found.server_version,
        found.reason,
        unknown if found.reason else found.recordtypes,
        delivery,
    )
