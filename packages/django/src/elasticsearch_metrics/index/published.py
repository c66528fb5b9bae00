"""Index templates and indexes of django-elasticsearch-metrics 2026.0, and how it goes on beside us.

That version names indexes ``myapp_usagerecord_2026.2.14.``, with a dot at the end, and makes them
by a template ``myapp_usagerecord__template`` without priority. A record type's own template matches
these names too, has a priority, and is strict: alone, it would refuse what the old version writes.
So, for as long as the old template is there, a copy of it with a higher priority makes the indexes
whose names end with a dot. Old and new processes then write side by side, for as long as they like.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.errors import DjelmeSetupError
from djelme.naming import SingleIndexNaming, patterns_overlap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from elasticsearch_metrics.index.placement import Placement

__all__ = ("require_published_kept", "require_published_read", "sync_published")


def sync_published(placement: Placement, own: Mapping[str, Any]) -> bool:
    """Let the old version's next indexes be made as its own template says.

    Args:
        placement: where the records of the type go.
        own: body of the type's own index template.

    Returns:
        Whether anything was changed.

    Raises:
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    if isinstance(placement.naming, SingleIndexNaming):
        return False
    backend, name = placement.backend, placement.kept_template_name
    wanted, found = _kept(placement, own), backend.get_template(name)
    if wanted is None:
        if found is not None:
            backend.delete_template(name)
        return found is not None
    if found is not None and _is_same(placement, wanted, found):
        return False
    backend.put_template(name, wanted)
    return True


def require_published_kept(placement: Placement, own: Mapping[str, Any]) -> None:
    """Check that the old version's next indexes will be made as its own template says.

    Raises:
        djelme.errors.DjelmeSetupError: if they won't; ``djelme_backend_setup`` sees to it.
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    if isinstance(placement.naming, SingleIndexNaming):
        return
    name = placement.kept_template_name
    wanted = _kept(placement, own)
    if wanted is None:
        return
    found = placement.backend.get_template(name)
    if found is None or not _is_same(placement, wanted, found):
        old = placement.published_template_name
        problem = (
            f"index template {old!r} of django-elasticsearch-metrics 2026.0 is there, and what it "
            f"writes next would be refused, since index template {name!r} is missing or out of "
            f"date; create it with: python manage.py djelme_backend_setup"
        )
        raise _error(placement, problem, name)


def require_published_read(placement: Placement) -> None:
    """Check that the type reads the indexes that the old version wrote for it.

    Raises:
        djelme.errors.DjelmeSetupError: if they have other names; it says what to do.
        djelme.errors.BackendError: if the cluster can't be reached or refuses.
    """
    base = placement.published_base
    if isinstance(placement.naming, SingleIndexNaming) or base == placement.naming.base:
        return
    if placement.is_published_base_taken:
        return  # by another type, which reads them
    name = placement.published_template_name
    if placement.backend.get_template(name) is not None:
        without_prefix = base.removeprefix(placement.prefix)
        problem = (
            f"its indexes begin with {placement.naming.base + '_'!r}, so it wouldn't read those "
            f"that django-elasticsearch-metrics 2026.0 wrote, which begin with {base + '_'!r}; "
            f'state template_name = "{without_prefix}" in its class Meta, or, if it needs none of '
            f"them, delete index template {name!r}"
        )
        raise _error(placement, problem, name)


def _kept(placement: Placement, own: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the copy of the old template; None where there is no such template to be copied."""
    base = placement.published_base
    pattern = f"{base}_*."
    if not patterns_overlap(placement.pattern, pattern):
        return None
    old = placement.backend.get_template(placement.published_template_name)
    if old is None or "template" not in old:  # that version had no legacy templates
        return None
    return {**old, "index_patterns": [pattern], "priority": own["priority"] + 1}


def _is_same(placement: Placement, wanted: Mapping[str, Any], found: Mapping[str, Any]) -> bool:
    flatten = placement.backend.flatten_template
    return flatten(wanted) == flatten(found)


def _error(placement: Placement, problem: str, template_name: str) -> DjelmeSetupError:
    label = placement.recordtype.djelme.label
    return DjelmeSetupError(
        f"{label}: {problem}",
        recordtype=label,
        template_name=template_name,
        backend=placement.backend.name,
    )
