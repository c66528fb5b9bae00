"""Refuse to store records of types that aren't set up, so that no automapped index appears."""

from __future__ import annotations

import logging
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from djelme import process
from djelme.errors import (
    BackendUnreachableError,
    DjelmeError,
    DjelmeSetupError,
    IndexTemplateNotFoundError,
)
from djelme.log_field import log_fields
from djelme.naming import patterns_overlap
from elasticsearch_metrics import conf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.index.placement import Placement

__all__ = ("CHECK_INTERVAL", "SetupGuard", "autosetup_at_start", "setup_guard")

logger = logging.getLogger(__name__)

#: How long a successful check is trusted, in seconds.
CHECK_INTERVAL = 5.0
#: How long a cluster may delay the start of a site, in seconds.
START_TIMEOUT = 2.0
#: How many names of indexes are remembered for a type.
_REMEMBERED_NAMES = 10_000


@dataclass
class _Known:
    """What was found out: indexes that may be written to, until a moment of the clock."""

    indexes: set[str] = field(default_factory=set)
    until: float = 0.0


class SetupGuard:
    """Remembers which record types were found set up, for a short time.

    Elasticsearch looks at a template only at the moment when it creates an index. So a record for
    an index that this process hasn't written to always has the template checked first; for other
    records the last check is trusted for `CHECK_INTERVAL` seconds.

    Args:
        clock: seconds that never go back.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = process.Lock()
        self._known: WeakKeyDictionary[Placement, _Known] = WeakKeyDictionary()

    def knows(self, placement: Placement, index: str) -> bool:
        """Return whether `require` would pass without asking the backend."""
        known = self._known.get(placement)
        return known is not None and index in known.indexes and self._clock() < known.until

    def require(self, placement: Placement, index: str) -> None:
        """Check that a type is set up before one of its records goes to an index.

        With ``DJELME_AUTOSETUP``, what is missing is set up now.

        Raises:
            djelme.errors.DjelmeSetupError: if the index template is missing or out of sync, or
                isn't for the index.
            djelme.errors.BackendError: if that can't be found out.
        """
        if self.knows(placement, index):
            return
        recordtype, backend = placement.recordtype, placement.backend
        try:
            recordtype.check_djelme_setup(using=backend.name, index=index)
        except IndexTemplateNotFoundError:
            if not conf.autosetup():
                raise
            recordtype.sync_index_template(using=backend.name)
        _require_made_by_template(placement, index)
        with self._lock.held:
            known = self._known.setdefault(placement, _Known())
            if len(known.indexes) >= _REMEMBERED_NAMES:
                known.indexes.clear()
            known.indexes.add(index)
            known.until = self._clock() + CHECK_INTERVAL

    def forget(self) -> None:
        """Check everything anew at its next use."""
        with self._lock.held:
            self._known.clear()


setup_guard = SetupGuard()


def _require_made_by_template(placement: Placement, index: str) -> None:
    """Check that Elasticsearch won't make an index by itself, without the type's template.

    Raises:
        djelme.errors.DjelmeSetupError: if the index is missing and not one of the template's.
        djelme.errors.BackendError: if that can't be found out.
    """
    if patterns_overlap(placement.pattern, index):
        return
    backend = placement.backend
    if backend.get_mapping(index) is not None:
        return
    label, name = placement.recordtype.djelme.label, placement.naming.template_name
    msg = (
        f"{label}: index {index!r} does not exist in backend {backend.name!r}, and is none that "
        f"index template {name!r} is for, whose pattern is {placement.pattern!r}; correct "
        f"`template` in the type's `class Meta`, or create the index first"
    )
    raise DjelmeSetupError(msg, recordtype=label, template_name=name, backend=backend.name)


def autosetup_at_start(recordtypes: Iterable[type[RecordType]]) -> None:
    """Create the index templates that are missing, as ``DJELME_AUTOSETUP`` asks for.

    A cluster that is away doesn't keep the site from starting: the error is logged, the other types
    of that backend are left for their first use too, and the site goes on.
    """
    reached: set[str] = set()
    unreachable: set[str] = set()
    for recordtype in recordtypes:
        try:
            backend = recordtype.get_backend()
            if backend.name in unreachable:
                continue
            if backend.name not in reached:
                backend.server_version(timeout=START_TIMEOUT)
                reached.add(backend.name)
            _set_up_if_missing(recordtype)
        except DjelmeError as error:
            if isinstance(error, BackendUnreachableError):
                unreachable.add(error.backend)
            logger.error(  # noqa: TRY400 - the message says it all; the site has to start
                "DJELME_AUTOSETUP: %s is not set up (%s); it is tried again at its first use",
                recordtype.djelme.label,
                error,
                extra=log_fields(
                    backend=getattr(error, "backend", None),
                    recordtype=recordtype.djelme.label,
                    reason=str(error),
                ),
            )


def _set_up_if_missing(recordtype: type[RecordType]) -> None:
    try:
        recordtype.check_djelme_setup()
    except IndexTemplateNotFoundError:
        recordtype.sync_index_template()
