"""Look up how often items were used."""

from __future__ import annotations

import datetime
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async

from djelme.errors import BackendError, BackendUnreachableError
from djelme.log_field import log_fields
from elasticsearch_metrics.backend.deadline import answered_within
from elasticsearch_metrics.usage.memory import is_away, note_away, recall, remember
from elasticsearch_metrics.usage.question import MAX_ITEMS, Question

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Sequence
    from typing import TypeVar

    from elasticsearch_metrics.declaration.contract import RecordType
    from elasticsearch_metrics.usage.figure import Usage

    Item = TypeVar("Item", bound=Hashable)

__all__ = ("TIMEOUT", "aitem_usage", "ausage_of_many", "item_usage", "usage_of_many")

logger = logging.getLogger(__name__)

#: How long Elasticsearch may take altogether, in seconds.
TIMEOUT = 0.3
#: For how long usage is taken from the cache, in seconds.
_MAX_AGE = 300.0


def item_usage(recordtype: type[RecordType] | str, item: object, **options: Any) -> Usage:
    """Return how often an item was used; see `usage_of_many`.

    Raises:
        djelme.errors.BackendError: if the cluster doesn't answer and nothing is known of the item.
    """
    (usage,) = usage_of_many(recordtype, (item,), **options).values()
    return usage


def usage_of_many(
    recordtype: type[RecordType] | str,
    items: Iterable[Item],
    *,
    field: str | None = None,
    action: str | None = None,
    unique: str | None = None,
    from_when: object = None,
    until_when: object = None,
    using: str | None = None,
    timeout: float = TIMEOUT,
    max_age: float = _MAX_AGE,
) -> dict[Item, Usage]:
    """Return how often items were used, by item, by one search at most, or two with reports.

    What Django's cache has is not asked for again before it is too old. While the cluster doesn't
    answer, the last known usage is given, marked as stale; items of which nothing is known are
    left out then. Records of robots that are marked as such don't count.

    Args:
        recordtype: the type of the records that are counted, or its label.
        items: values of a field, at most 1,000 of them.
        field: the field's name; None for what ``DJELME_USAGE`` says, or for ``item_iri`` of types
            that count usage as COUNTER does.
        action: name of the field that tells views from downloads and the like; None for what
            ``DJELME_USAGE`` says, empty for none.
        unique: name of the field that tells sessions; None for what ``DJELME_USAGE`` says or for
            ``sessionhour_id`` of types that have it, empty for none.
        from_when: first moment, in any form that `search_timeseries_range` takes; None for the
            beginning.
        until_when: first moment after the range; None for no end.
        using: name of a backend, in place of the type's own.
        timeout: how long Elasticsearch may take altogether, in seconds.
        max_age: for how long usage is taken from the cache, in seconds.

    Raises:
        LookupError: if there is no such record type.
        elasticsearch_metrics.statistics.field.StatisticsError: if there is no such field, or if it
            can't be counted.
        TypeError: if a bound is nothing that can be read.
        ValueError: if an item can't be a value of the field, if there are too many, or if a bound
            is impossible.
        djelme.errors.BackendError: if the cluster doesn't answer and nothing is known of any item.
    """
    question = Question.make(
        recordtype,
        field=field,
        action=action,
        unique=unique,
        from_when=from_when,
        until_when=until_when,
        using=using,
    )
    values = {item: question.value(item) for item in items}
    if len(values) > MAX_ITEMS:
        msg = f"usage can be asked of at most {MAX_ITEMS:,} items at once, not {len(values):,}"
        raise ValueError(msg)
    known = recall(question, values.values()) if values else {}
    newest = datetime.timedelta(seconds=max_age)
    wanted = [
        value
        for value in dict.fromkeys(values.values())
        if value not in known or known[value].age >= newest
    ]
    if wanted:
        try:
            found = dict(zip(wanted, _asked(question, wanted, timeout), strict=True))
        except BackendError as error:
            if not known:
                raise
            _log(question, error)
            known |= {
                value: replace(known[value], is_stale=True) for value in wanted if value in known
            }
        else:
            remember(question, found)
            known |= found
    return {item: known[value] for item, value in values.items() if value in known}


async def aitem_usage(recordtype: type[RecordType] | str, item: object, **options: Any) -> Usage:
    """Do the same as `item_usage` without blocking the event loop."""
    return await sync_to_async(item_usage)(recordtype, item, **options)


async def ausage_of_many(
    recordtype: type[RecordType] | str, items: Iterable[Item], **options: Any
) -> dict[Item, Usage]:
    """Do the same as `usage_of_many` without blocking the event loop."""
    return await sync_to_async(usage_of_many)(recordtype, items, **options)


def _asked(question: Question, values: Sequence[str | int], timeout: float) -> list[Usage]:
    backend = question.placement.backend
    if is_away(backend):
        raise BackendUnreachableError(backend=backend.name, reason="it didn't answer a moment ago")
    try:
        with answered_within(timeout):
            return question.ask(values)
    except BackendUnreachableError:
        note_away(backend)
        raise


def _log(question: Question, error: BackendError) -> None:
    label = question.recordtype.djelme.label
    logger.warning(
        "%s: the last known usage is shown: %s",
        label,
        error,
        extra=log_fields(
            backend=question.placement.backend.name,
            recordtype=label,
            reason=type(error).__name__,
        ),
    )
