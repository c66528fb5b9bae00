"""Where django-elasticsearch-metrics 2026.0 had the styles of commands; says where Django's are."""

from elasticsearch_metrics.util.published_name import published_names

__all__ = ()

_STYLES = "use `self.style` of a command, or django.core.management.color"

__getattr__ = published_names(__name__, {}, gone={"color_style": _STYLES, "no_style": _STYLES})
