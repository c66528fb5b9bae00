"""Signals around index templates and single records.

``sender`` is the record type. In a bulk, `pre_save` and `post_save` are sent for each record if a
receiver is connected for its type; without one, a bulk doesn't even make instances.
"""

from django.dispatch import Signal

__all__ = ("post_index_template_create", "post_save", "pre_index_template_create", "pre_save")

#: Before an index template is put into Elasticsearch. Arguments: ``index_template``, ``using``.
pre_index_template_create = Signal()

#: After an index template was put into Elasticsearch. Arguments: ``index_template``, ``using``.
post_index_template_create = Signal()

#: Before a record is validated and sent. Arguments: ``instance``, ``using``, ``index``.
pre_save = Signal()

#: After a record was stored. Arguments: ``instance``, ``using``, ``index``.
post_save = Signal()
