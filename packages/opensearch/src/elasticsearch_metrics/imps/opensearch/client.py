"""The client for OpenSearch, and its DSL as one namespace: half of it is in the client's module."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import opensearchpy as library
from opensearchpy.helpers import field, utils

__all__ = ("dsl", "library")


class _ComposableIndexTemplate(library.IndexTemplate):
    """An index template in the form that has a priority; the DSL knows the older one only."""

    def to_dict(self) -> dict[str, Any]:
        body: dict[str, Any] = super().to_dict()
        patterns = body.pop("index_patterns")
        return {"index_patterns": patterns, "template": body}


#: The DSL, as that of Elasticsearch is laid out.
dsl: Any = SimpleNamespace(
    ComposableIndexTemplate=_ComposableIndexTemplate,
    Document=library.Document,
    InnerDoc=library.InnerDoc,
    Keyword=library.Keyword,
    MetaField=library.MetaField,
    Search=library.Search,
    field=field,
    utils=utils,
)
