"""Where django-elasticsearch-metrics 2026.0 looked apps up; says what Django has for it."""

from elasticsearch_metrics.util.published_name import published_names

__all__ = ()

__getattr__ = published_names(
    __name__,
    {},
    gone={
        "find_app_label_for_module": "use django.apps.apps.get_containing_app_config(module).label"
    },
)
