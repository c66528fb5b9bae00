"""The errors that a Django site meets: all those of `djelme.errors`, under the site's own roof."""

from djelme import errors
from djelme.errors import *  # noqa: F403 - whatever errors there are

__all__ = errors.__all__
