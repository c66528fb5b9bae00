"""Count double-clicks once: COUNTER Code of Practice, Release 5.1, section 7.2.

Of two clicks on the same thing in succession, in one session-hour and at most 30 seconds apart, the
first is removed and the second retained.

With direct delivery, they are looked for when a click was stored. Time is cut into windows of 30
seconds. All clicks within a window have the same document id, and their time as its version, so the
last one replaces the others, without a question asked, from whichever process they come and in
whichever order. What remains are pairs in neighbouring windows: both processes store first and look
then, so that at least one of them sees both clicks.

In bulks and with other deliveries nobody looks, and a click that is replaced can't link those
before it to those after it any more. So each click is a document, until `drop_double_clicks` looks
at all clicks of a period.
"""

from __future__ import annotations

import datetime
import logging
from typing import TYPE_CHECKING, Any, Protocol

from djelme.errors import BackendError, RecordTypeError
from djelme.log_field import log_fields
from djelme.session import (
    DOUBLE_CLICK_MILLISECONDS,
    Click,
    click_window,
    milliseconds,
    superseded_clicks,
)
from djelme.timeparts import parse_range
from elasticsearch_metrics.backend.completeness import STRICT, require_complete
from elasticsearch_metrics.declaration.contract import RecordType
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from elasticsearch_metrics.declaration.contract import Place

__all__ = ("ClickType", "drop_double_clicks", "drop_neighbours")

logger = logging.getLogger(__name__)

_PAGE = 2_000


class ClickType(RecordType, Protocol):
    """What is asked of a record type here; `elasticsearch_metrics.counter.click` has it."""

    @classmethod
    def click_id(cls, values: Mapping[str, Any], window: int) -> str: ...  # noqa: D102
    @classmethod
    def click_key(cls, values: Mapping[str, Any]) -> str | None: ...  # noqa: D102
    @classmethod
    def restored(cls, values: dict[str, Any]) -> dict[str, Any]: ...  # noqa: D102
    @classmethod
    def search_timeseries_range(  # noqa: D102
        cls, from_when: object, until_when: object, using: str | None = None
    ) -> Any: ...


def drop_neighbours(
    recordtype: type[ClickType], placement: Place, index: str, values: Mapping[str, Any]
) -> None:
    """Delete what a click that was just stored supersedes, or the click itself if it came late.

    The click is stored by now, so an error is logged, not raised; `drop_double_clicks` repairs it.

    Args:
        recordtype: of the click.
        placement: where it was stored.
        index: name of the click's index.
        values: of the click.
    """
    window = click_window(values["timestamp"])
    ids = [recordtype.click_id(values, window + step) for step in (-1, 0, 1)]
    backend = placement.backend
    try:
        hits = backend.get_documents(index, ids)
        clicks = [Click(None, milliseconds(values["timestamp"]), None)]
        clicks += _clicks_of(recordtype, hits)
        # The click itself comes before its document, if that has it and not a later one.
        clicks.sort(key=lambda click: (click.moment, click.reference is not None))
        backend.delete_documents(
            [_hit(click) for click in superseded_clicks(clicks) if click.reference is not None]
        )
    except (BackendError, RecordTypeError) as error:
        logger.warning(
            "%s: double-clicks could not be looked for (%s); "
            "filter_double_clicks() finds what is left of them",
            recordtype.djelme.label,
            error,
            extra=log_fields(
                backend=backend.name,
                recordtype=recordtype.djelme.label,
                reason=getattr(error, "reason", type(error).__name__),
            ),
        )


def _clicks_of(recordtype: type[ClickType], hits: Sequence[Mapping[str, Any]]) -> Iterator[Click]:
    for hit in hits:
        when = _stored_values(recordtype, hit).get(recordtype.TIME_FIELD)
        if isinstance(when, datetime.datetime):
            yield Click(None, milliseconds(when), hit)


def _hit(click: Click) -> Mapping[str, Any]:
    hit: Mapping[str, Any] = click.reference  # type: ignore[assignment]
    return hit


def drop_double_clicks(
    recordtype: type[ClickType], from_when: object, until_when: object, using: str | None
) -> int:
    """Delete the superseded clicks of a range of time; return how many there were.

    Reads what was stored of all clicks in the range, in the order of their times, a page at a time.

    Raises:
        RecordTypeError: if what was clicked on isn't in the ``_source`` of an index.
    """
    start, end = parse_range(from_when, until_when)
    placement_backend = recordtype.get_backend(using)
    placement_backend.require_available(djelme_registry.placement(recordtype, using).all_indexes())
    recordtype.refresh(using)
    dropped = 0
    batch: list[Mapping[str, Any]] = []
    for click in superseded_clicks(_each_click(recordtype, start, end, using)):
        if click.moment < milliseconds(end):
            batch.append(_hit(click))
        if len(batch) == _PAGE:
            dropped += placement_backend.delete_documents(batch)
            batch = []
    return dropped + placement_backend.delete_documents(batch)


def _each_click(
    recordtype: type[ClickType],
    start: datetime.datetime,
    end: datetime.datetime,
    using: str | None,
) -> Iterator[Click]:
    """Yield the clicks of a range, and those after it that can be the second of a double-click.

    What is indexed may differ from what was stored: a long keyword isn't there, a normalised one
    is another one's. So sorting only brings clicks into the order of their times, and what they are
    on comes from the ``_source``.
    """
    for hit in _each_hit(recordtype, start, end, using):
        values = _stored_values(recordtype, hit)
        key, when = recordtype.click_key(values), values.get(recordtype.TIME_FIELD)
        if key is not None and isinstance(when, datetime.datetime):
            about = {name: value for name, value in hit.items() if name != "_source"}
            yield Click(key, milliseconds(when), about)


def _stored_values(recordtype: type[ClickType], hit: Mapping[str, Any]) -> dict[str, Any]:
    source = hit.get("_source")
    if not source:
        msg = (
            f"double-clicks can't be told in index {hit['_index']!r}: its documents have no "
            f"_source that would say what was clicked on"
        )
        raise RecordTypeError(msg, recordtype=recordtype.djelme.label)
    return recordtype.restored(recordtype.djelme.decoder.decode(source))


def _each_hit(
    recordtype: type[ClickType],
    start: datetime.datetime,
    end: datetime.datetime,
    using: str | None,
) -> Iterator[Mapping[str, Any]]:
    """Yield the documents of a range by their times.

    Wholly: where there is no ``_source``, Elasticsearch 8 refuses to give a part of it.
    """
    search = recordtype.search_timeseries_range(start, _later(end), using)
    search = search.sort(recordtype.TIME_FIELD, "_seq_no")
    search = search.params(**STRICT).extra(seq_no_primary_term=True, docvalue_fields=[])
    backend = recordtype.get_backend(using)
    expressions = djelme_registry.placement(recordtype, using).all_indexes()
    after: list[Any] | None = None
    seen: set[tuple[str, str]] = set()
    while True:
        # Each shard counts its sequence numbers for itself, so a page begins with those documents
        # that sort the same as the last one of the page before it.
        size = _PAGE + len(seen)
        page = search.extra(size=size, **({"search_after": after} if after else {}))
        answer = page.execute().to_dict()
        require_complete(backend.name, expressions, answer)
        hits = answer["hits"]["hits"]
        for hit in hits:
            if (hit["_index"], hit["_id"]) not in seen:
                yield hit
        if len(hits) < size:
            return
        last = hits[-1]["sort"]
        seen = {(hit["_index"], hit["_id"]) for hit in hits if hit["sort"] == last}
        after = [last[0], last[1] - 1]


def _later(end: datetime.datetime) -> datetime.datetime:
    try:
        return end + datetime.timedelta(milliseconds=DOUBLE_CLICK_MILLISECONDS + 1)
    except OverflowError:
        return end
