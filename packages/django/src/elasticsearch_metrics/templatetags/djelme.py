"""Template tags: ``{% load djelme %}``."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from django import template

from djelme.errors import BackendError
from elasticsearch_metrics.usage.reader import item_usage as look_up

if TYPE_CHECKING:
    from elasticsearch_metrics.usage.figure import Usage

__all__ = ("item_usage", "register", "usage_box")

logger = logging.getLogger(__name__)
register = template.Library()


@register.simple_tag
def item_usage(recordtype: Any, item: object, **options: Any) -> Usage | None:
    """Return how often an item was used: ``{% item_usage "shop.UsageRecord" item.pk as usage %}``.

    Args:
        recordtype: the type of the records that are counted, or its label.
        item: value of the field that tells items.
        **options: those of `elasticsearch_metrics.usage.item_usage`.

    Returns:
        None if the cluster doesn't answer and nothing is known of the item.
    """
    try:
        return look_up(recordtype, item, **options)
    except BackendError as error:
        # Without a cause the cluster wasn't asked, since it didn't answer another box just before:
        # a page with a hundred boxes needs one line.
        level = logging.DEBUG if error.__cause__ is None else logging.WARNING
        logger.log(level, "usage can't be shown: %s", error)
        return None


@register.inclusion_tag("elasticsearch_metrics/usage_box.html")
def usage_box(recordtype: Any = None, item: object = None, **options: Any) -> dict[str, Any]:
    """Show how often an item was used: ``{% usage_box "shop.UsageRecord" item.pk %}``.

    With ``usage=`` it shows what a view found by `elasticsearch_metrics.usage.usage_of_many`. A
    site has its own look by its own template ``elasticsearch_metrics/usage_box.html``.

    Args:
        recordtype: the type of the records that are counted, or its label.
        item: value of the field that tells items.
        **options: ``usage``, or those of `elasticsearch_metrics.usage.item_usage`.
    """
    if recordtype is None:
        return {"usage": options.get("usage")}
    return {"usage": item_usage(recordtype, item, **options)}
