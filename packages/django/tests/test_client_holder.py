from __future__ import annotations

from elasticsearch_metrics.rest import client_holder
from elasticsearch_metrics.rest.client_holder import ClientHolder


def test_clients_whose_pools_were_closed_are_forgotten() -> None:
    holder = ClientHolder("main", object)
    before = holder.get()
    assert holder.get() is before
    client_holder._forget_all()
    assert holder.get() is not before
