"""The client for Elasticsearch 9, also in the version that can be beside elasticsearch8."""

import elasticsearch9.helpers  # noqa: F401 - by its own name, before its DSL asks for it

from elasticsearch_metrics.backend.import_alias import known_as

with known_as("elasticsearch", "elasticsearch9"):
    from elasticsearch9 import dsl
    from elasticsearch9.dsl import InnerDoc, M, MetaField, mapped_field

__all__ = ("InnerDoc", "M", "MetaField", "dsl", "mapped_field")
