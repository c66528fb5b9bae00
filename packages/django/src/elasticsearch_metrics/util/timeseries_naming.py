"""Where django-elasticsearch-metrics 2026.0 had the names of indexes; says where they are now."""

from elasticsearch_metrics.util.published_name import published_names

__all__ = ()

_NAMING = "its inner workings have changed; djelme.naming.IndexNaming makes and parses names"

__getattr__ = published_names(
    __name__,
    {},
    gone=dict.fromkeys(
        (
            "TimeseriesIndexNaming",
            "TimeseriesRangePattern",
            "format_namepart",
            "format_template_name",
        ),
        _NAMING,
    ),
)
