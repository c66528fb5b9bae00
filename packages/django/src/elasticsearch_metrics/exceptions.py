"""The errors that a Django site meets: all those of `djelme.errors`, under the site's own roof."""

from djelme import errors
from djelme.errors import *  # noqa: F403 - whatever errors there are
from elasticsearch_metrics.util.published_name import published_names

__all__ = errors.__all__

#: Types with a single index have an index template as well, so it is this that may be missing.
__getattr__ = published_names(
    __name__,
    {
        "IndexNotFoundError": (errors.IndexTemplateNotFoundError, "IndexTemplateNotFoundError"),
        "IndexOutOfSyncError": (errors.IndexTemplateOutOfSyncError, "IndexTemplateOutOfSyncError"),
    },
)
