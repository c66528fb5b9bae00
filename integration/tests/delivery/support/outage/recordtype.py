"""The record types that the tests and their programs share."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar

from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from djelme.operation import Operation

__all__ = ("declare", "make_operation")

_ONE_SHARD = {"number_of_shards": 1, "number_of_replicas": 0}


def declare(imp_name: str) -> tuple[Any, Any]:
    """Return two record types of an imp; the second one is there to go on while the first waits."""
    base: Any = import_module(imp_name).EventRecord

    class Usage(base):  # type: ignore[misc] # known at run time
        item_id: int
        note: str | None
        notes: list[str]

        class Index:
            settings: ClassVar[dict[str, int]] = _ONE_SHARD

        class Meta:
            app_label = "outage"

    class Other(base):  # type: ignore[misc]
        item_id: int

        class Index:
            settings: ClassVar[dict[str, int]] = _ONE_SHARD

        class Meta:
            app_label = "outage"

    return Usage, Other


def make_operation(recordtype: Any, **values: Any) -> Operation:
    """Return what is sent for a new record."""
    placement = djelme_registry.placement(recordtype)
    operation: Operation = recordtype.completed_operation(recordtype.completed(values), placement)
    return operation
