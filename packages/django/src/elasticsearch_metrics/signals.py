"""Signals around index templates, single records and their delivery.

``sender`` is the record type. In a bulk, `pre_save` and `post_save` are sent for each record if a
receiver is connected for its type; without one, a bulk doesn't even make instances.
"""

from django.dispatch import Signal

__all__ = (
    "post_index_template_create",
    "post_save",
    "pre_index_template_create",
    "pre_save",
    "records_dead_lettered",
    "records_dropped",
    "view_not_recorded",
)

#: Before an index template is put into Elasticsearch. Arguments: ``index_template``, ``using``.
pre_index_template_create = Signal()

#: After an index template was put into Elasticsearch. Arguments: ``index_template``, ``using``.
post_index_template_create = Signal()

#: Before a record is validated and sent. Arguments: ``instance``, ``using``, ``index``.
pre_save = Signal()

#: After a record was stored, or accepted by a buffered or durable delivery. Arguments:
#: ``instance``, ``using``, ``index``.
post_save = Signal()

#: After waiting records were dropped, as there was no room for them. Sent in the thread that found
#: it out. Arguments: ``count``, ``reason``, ``using``.
records_dropped = Signal()

#: After Elasticsearch refused waiting records for what they are; they are kept in a dead-letter
#: file. Sent in the thread that delivers. Arguments: ``count``, ``reason``, ``using``.
records_dead_lettered = Signal()

#: After a view answered and its record could not be stored, unless ``DJELME_VIEW_ERRORS`` is
#: ``"raise"``. ``sender`` is the record type, None if there is no type of the given label.
#: Arguments: ``request``, ``error``.
view_not_recorded = Signal()
