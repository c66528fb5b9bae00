"""Refuse to store records of types that aren't set up, so that no automapped index appears."""

from __future__ import annotations

import logging
import threading
import time
from typing import TYPE_CHECKING

from djelme.errors import DjelmeError, IndexTemplateNotFoundError

from elasticsearch_metrics import conf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from djelme.contracts import Backend

    from elasticsearch_metrics.records import BaseRecord

__all__ = ("CHECK_INTERVAL", "SetupGuard", "autosetup_at_start", "setup_guard")

logger = logging.getLogger(__name__)

#: How long a successful check is trusted, in seconds.
CHECK_INTERVAL = 5.0
#: How many names of indexes are remembered for a type.
_REMEMBERED_NAMES = 10_000


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
        self._lock = threading.Lock()
        self._checked_at: dict[tuple[type[BaseRecord], str, str], float] = {}
        self._names: dict[tuple[type[BaseRecord], str, str], set[str]] = {}

    def require(self, recordtype: type[BaseRecord], backend: Backend, index: str) -> None:
        """Check that a type is set up before one of its records goes to an index.

        With ``DJELME_AUTOSETUP``, what is missing is set up now.

        Raises:
            djelme.errors.DjelmeSetupError: if the index template is missing or out of sync.
            djelme.errors.BackendError: if that can't be found out.
        """
        key = (recordtype, backend.name, recordtype.get_timeseries_template_name())
        names = self._names.get(key)
        if (
            names is not None
            and index in names
            and self._clock() - self._checked_at[key] < CHECK_INTERVAL
        ):
            return
        try:
            recordtype.check_djelme_setup(using=backend.name)
        except IndexTemplateNotFoundError:
            if not conf.autosetup():
                raise
            recordtype.sync_index_template(using=backend.name)
        with self._lock:
            names = self._names.setdefault(key, set())
            if len(names) >= _REMEMBERED_NAMES:
                names.clear()
            names.add(index)
            self._checked_at[key] = self._clock()

    def forget(self) -> None:
        """Check everything anew at its next use."""
        with self._lock:
            self._names.clear()
            self._checked_at.clear()


setup_guard = SetupGuard()


def autosetup_at_start(recordtypes: Iterable[type[BaseRecord]]) -> None:
    """Create the index templates that are missing, as ``DJELME_AUTOSETUP`` asks for.

    A cluster that is away doesn't keep the site from starting: the error is logged, the other types
    of that backend are left for their first use too, and the site goes on.
    """
    unreachable: set[str] = set()
    for recordtype in recordtypes:
        try:
            backend = recordtype.get_backend_name()
            if backend in unreachable:
                continue
            unreachable.add(backend)
            try:
                recordtype.check_djelme_setup()
            except IndexTemplateNotFoundError:
                recordtype.sync_index_template()
            unreachable.discard(backend)
        except DjelmeError as error:
            logger.error(  # noqa: TRY400 - the message says it all; the site has to start
                "DJELME_AUTOSETUP: %s is not set up (%s); it is tried again at its first use",
                recordtype.djelme.label,
                error,
            )
