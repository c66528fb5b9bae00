from __future__ import annotations

from typing import Any

import pytest

from djelme.errors import BackendUnreachableError
from elasticsearch_metrics.backend import client_holder
from elasticsearch_metrics.backend.client_holder import ClientHolder


def test_clients_whose_pools_were_closed_are_forgotten() -> None:
    holder = ClientHolder("main", object)
    before = holder.get()
    assert holder.get() is before
    client_holder._forget_all()
    assert holder.get() is not before


def test_who_comes_back_while_the_client_is_made_gets_an_error_and_no_deadlock() -> None:
    """As a logging handler does that stores what the client warns of."""
    failures: list[Exception] = []

    def make() -> Any:
        with pytest.raises(BackendUnreachableError, match="still being made") as caught:
            holder.get()
        failures.append(caught.value)
        return object()

    holder = ClientHolder("main", make)
    assert holder.get() is holder.get()
    assert len(failures) == 1
