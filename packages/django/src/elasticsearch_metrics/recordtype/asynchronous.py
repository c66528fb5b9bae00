"""The asynchronous forms of what stores records."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from asgiref.sync import sync_to_async

from djelme.bulk_load import CHUNK_SIZE
from elasticsearch_metrics import signals
from elasticsearch_metrics.delivery.bulk import prepare_load
from elasticsearch_metrics.delivery.submission import asend, asend_many
from elasticsearch_metrics.recordtype.argument import outcome_name
from elasticsearch_metrics.recordtype.base import BaseRecord
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from typing_extensions import Self

    from djelme.bulk import BulkResult

__all__ = ("AsyncRecord",)


class AsyncRecord(BaseRecord):
    """A record type that can be stored without blocking an event loop."""

    @classmethod
    async def arecord(cls, *, using: str | Literal[False] | None = None, **fields: Any) -> Self:
        """Do the same as `record` without blocking the event loop."""
        if using is False:
            return cls.prepared(fields)
        placement = djelme_registry.placement(cls, using)
        if cls.djelme.hooks:
            instance = cls(**fields)
            await instance.asave(using=using)
            return instance
        values = cls.completed(fields)
        if signals.pre_save.receivers or signals.post_save.receivers:
            instance = cls.from_values(cls.djelme.validator.clean(values))
            await instance.asave(using=using)
            return instance
        operation = cls.completed_operation(values, placement)
        await asend(placement, operation)
        return cls.from_operation(values, operation)

    async def asave(self, using: str | None = None, index: str | None = None) -> str:
        """Do the same as `save` without blocking the event loop.

        A type with a `save` of its own and no `asave` is stored by that, in a thread.
        """
        if self.djelme.saves_itself:
            return await sync_to_async(self.save)(using=using, index=index)
        placement = djelme_registry.placement(type(self), using)
        about = {"sender": type(self), "instance": self, "using": placement.backend.name}
        # Signal.asend() is there since Django 5.0.
        if signals.pre_save.receivers:
            await sync_to_async(signals.pre_save.send)(index=index, **about)
        is_known = self.has_id
        operation = self.get_operation(placement, index)
        outcome = await asend(placement, operation)
        self.mark_stored(operation)
        if signals.post_save.receivers:
            await sync_to_async(signals.post_save.send)(index=operation.index, **about)
        return outcome_name(outcome, is_new=operation.create and not is_known)

    @classmethod
    async def abulk_record(
        cls,
        records: Iterable[Mapping[str, Any] | Self],
        *,
        using: str | None = None,
        chunk_size: int = CHUNK_SIZE,
        senders: int = 1,
        raise_on_error: bool = True,
        progress: Callable[[BulkResult], object] | None = None,
    ) -> BulkResult:
        """Do the same as `bulk_record` without blocking the event loop.

        `senders` requests are on their way at a time. `records` is read between requests; an
        iterable that itself blocks, blocks the loop.
        """
        placement = djelme_registry.placement(cls, using)
        load, pairs = prepare_load(
            placement,
            records,
            chunk_size=chunk_size,
            senders=senders,
            raise_on_error=raise_on_error,
            progress=progress,
        )
        return await load.asend(pairs, partial(asend_many, placement))
