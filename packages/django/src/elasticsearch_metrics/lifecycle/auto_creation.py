"""Which writes may make indexes in a cluster, by its setting ``action.auto_create_index``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.core import checks

from djelme.errors import BackendRefusedError
from djelme.naming import patterns_overlap
from elasticsearch_metrics.backend.rest import RestBackend
from elasticsearch_metrics.recordtype.timeseries import utcnow
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from djelme.contracts import Backend
    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("AutoCreation", "check_auto_creation")

_SETTING = "action.auto_create_index"


@dataclass(frozen=True)
class AutoCreation:
    """The setting of one cluster.

    Attributes:
        value: as the cluster gives it: ``"true"``, ``"false"``, or patterns of names with ``+`` or
            ``-`` before each, separated by commas.
    """

    value: str

    def allows(self, index: str) -> bool:
        """Return whether a write to an index that is missing makes it.

        The first pattern that matches decides; a name that none matches is refused.
        """
        if self.value in {"true", "false"}:
            return self.value == "true"
        for stated in self.value.split(","):
            pattern = stated.strip()
            if patterns_overlap(pattern.lstrip("+-"), index):
                return not pattern.startswith("-")
        return False

    def refusing(self, patterns: Iterable[str]) -> str:
        """Return what the setting should be, so that no write by itself makes such indexes."""
        return self._beginning_with("-", patterns)

    def allowing(self, patterns: Iterable[str]) -> str:
        """Return what the setting should be, so that writes make such indexes."""
        return self._beginning_with("+", patterns)

    def _beginning_with(self, sign: str, patterns: Iterable[str]) -> str:
        others = {"true": "+*", "false": "-*"}.get(self.value, self.value)
        return ",".join([*(f"{sign}{pattern}" for pattern in patterns), others])


def check_auto_creation(
    backend: Backend, recordtypes: Iterable[type[RecordType]], *, timeout: float
) -> tuple[AutoCreation | None, list[checks.CheckMessage]]:
    """Return a cluster's setting, and what it means for the indexes of record types.

    Args:
        backend: the cluster; asked once.
        recordtypes: those that it keeps.
        timeout: how long to wait for its answer, in seconds.

    Returns:
        None in place of the setting if the backend doesn't tell it. Warnings that
        ``SILENCED_SYSTEM_CHECKS`` names are left out.

    Raises:
        djelme.errors.BackendUnreachableError: if no answer comes.
    """
    setting = _read(backend, timeout)
    if setting is None:
        return None, []
    by_any_write: list[str] = []
    by_none: list[str] = []
    for recordtype in recordtypes:
        placement = djelme_registry.placement(recordtype)
        template = recordtype.get_timeseries_template().to_dict()
        # Where templates can't allow it themselves, the setting has to: there is nothing to repair.
        by_template = bool(template.get("allow_auto_create"))
        is_allowed = setting.allows(placement.naming.index_name(utcnow()))
        if is_allowed and by_template:
            by_any_write.append(placement.naming.pattern)
        elif not is_allowed and not by_template:
            by_none.append(placement.naming.pattern)
    found: list[checks.CheckMessage] = []
    if by_any_write:
        found.append(_open(setting, by_any_write))
    if by_none:
        found.append(_closed(setting, by_none))
    return setting, [message for message in found if not message.is_silenced()]


def _read(backend: Backend, timeout: float) -> AutoCreation | None:
    if not isinstance(backend, RestBackend):
        return None
    params = {"include_defaults": "true", "filter_path": f"*.{_SETTING}"}
    try:
        answer = backend.request("GET", "/_cluster/settings", params=params, timeout=timeout)
    except BackendRefusedError:
        return None  # needs a right that storing and searching doesn't, such as ``monitor``
    for scope in ("transient", "persistent", "defaults"):
        if scope in answer:
            return AutoCreation(str(answer[scope]["action"]["auto_create_index"]))
    return None


def _open(setting: AutoCreation, patterns: list[str]) -> checks.CheckMessage:
    return checks.Warning(
        f"{_SETTING} is {setting.value}: any write can make {', '.join(patterns)} without a "
        f"template",
        hint=f'Let only templates make them: "{setting.refusing(patterns)}"',
        id="djelme.W040",
    )


def _closed(setting: AutoCreation, patterns: list[str]) -> checks.CheckMessage:
    return checks.Warning(
        f"{_SETTING} is {setting.value}: records for a new index of {', '.join(patterns)} are "
        f"refused",
        hint=f'Allow them: "{setting.allowing(patterns)}"',
        id="djelme.W041",
    )
