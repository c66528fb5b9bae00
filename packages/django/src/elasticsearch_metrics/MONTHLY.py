"""The constant of this name, for ``from elasticsearch_metrics import MONTHLY``.

`elasticsearch_metrics` is a namespace that several packages share, so it can't have attributes of
its own; Python looks for a module of the name instead, and takes what that puts in its place.
"""  # noqa: N999 - the constant's name

import sys

from djelme.timedepth import MONTHLY

sys.modules[__name__] = MONTHLY  # type: ignore[assignment]
