"""Requests to a real Elasticsearch 6, and what comes of those that fail."""

from __future__ import annotations

import datetime
import socket
import threading
from typing import TYPE_CHECKING, Any

import pytest

from djelme.errors import BackendRefusedError, BackendUnreachableError
from djelme.operation import Operation
from elasticsearch_metrics.imps.elastic6 import djelme_backend

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance import Site
from djelme_testing.port import silent_port, unused_port


def test_a_bulk_gives_every_index_the_one_mapping_type(site: Site) -> None:
    """The type stands in the path, after the first operation's index; other indexes get it too."""

    @site.set_up
    class Usage:
        item_id: int

    moments = [datetime.datetime(2020, 1, day) for day in (1, 2, 3)]  # noqa: DTZ001 - UTC
    usage: Any = Usage
    usage.bulk_record([{"timestamp": when, "item_id": when.day} for when in moments])
    backend: Any = site.backend
    mappings = backend.request("GET", f"/{site.name('myapp_usage_*')}/_mapping")
    assert len(mappings) == 3
    assert all(list(found["mappings"]) == ["doc"] for found in mappings.values())
    usage.refresh()
    assert sorted(hit.item_id for hit in usage.search()) == [1, 2, 3]


def test_operations_of_one_bulk_fail_by_themselves(site: Site) -> None:
    @site.set_up
    class Usage:
        item_id: int

    index = Usage.record(item_id=1).meta.index  # type: ignore[attr-defined]
    source = b'{"timestamp":"2020-01-01T00:00:00.000Z","item_id":1}'
    unknown = b'{"timestamp":"2020-01-01T00:00:00.000Z","unknown":1}'
    outcomes = site.backend.store_many(
        [
            Operation(index=index, id="a", source=source, create=True),
            Operation(index=index, id="a", source=source, create=True),
            Operation(index=index, id="a", source=source, create=False),
            Operation(index=index, id="b", source=unknown, create=True),
        ]
    )
    assert [(outcome.status, outcome.created) for outcome in outcomes] == [
        (201, True),
        (409, False),
        (200, False),
        (400, False),
    ]
    assert [outcome.reason is None for outcome in outcomes] == [True, True, True, False]
    assert "strict_dynamic_mapping_exception" in str(outcomes[3].reason)
    again = site.backend.store(Operation(index=index, id="a", source=source, create=True))
    assert (again.status, again.created, again.reason) == (409, False, None)


def test_the_version_of_the_server(site: Site) -> None:
    assert site.backend.server_version(timeout=5.0).startswith("6.")


def test_a_refusal_names_status_and_reason(site: Site) -> None:
    backend: Any = site.backend
    with pytest.raises(BackendRefusedError, match="index_not_found_exception") as refused:
        backend.request("GET", f"/{site.name('nothing')}/_search")
    assert refused.value.status == 404
    with pytest.raises(BackendRefusedError) as refused:
        backend.request("POST", "/_search", body={"query": {"unknown": {}}})
    assert refused.value.status == 400


def test_names_of_indexes_fit_into_a_url(site: Site) -> None:
    @site.set_up
    class Usage:
        item_id: int

    usage: Any = Usage
    assert usage.search_timeseries_range("2000-01-02", "2025-12-30").count() == 0


@pytest.fixture
def proxy_port() -> Iterator[int]:
    """A port at which every request is answered with a page of HTML."""
    page = b"<html>Bad gateway</html>"
    answer = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(page), page)
    )
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(16)

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(answer)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join(5)


def test_a_silent_server_is_given_up_after_the_time_out_without_retries() -> None:
    with silent_port() as port:
        backend = djelme_backend("es6", {"hosts": f"http://127.0.0.1:{port}", "max_retries": 9})
        with pytest.raises(BackendUnreachableError, match=r"within 0\.2 s \(ConnectionTimeout"):
            backend.server_version(timeout=0.2)
        backend.close()


def test_a_server_that_is_away_says_so_without_the_password() -> None:
    backend = djelme_backend(
        "es6", {"hosts": f"http://me:s3cret@127.0.0.1:{unused_port()}", "max_retries": 0}
    )
    with pytest.raises(BackendUnreachableError, match="'es6' is unreachable") as away:
        backend.get_template("any")
    assert "s3cret" not in str(away.value)
    assert away.value.__cause__ is not None
    backend.close()


def test_what_is_no_elasticsearch_is_unreachable(proxy_port: int) -> None:
    backend = djelme_backend("es6", {"hosts": f"http://127.0.0.1:{proxy_port}"})
    with pytest.raises(BackendUnreachableError, match="mimetype"):
        backend.get_template("any")
    backend.close()


def test_sniffing_at_the_start_may_find_nobody() -> None:
    host = f"http://127.0.0.1:{unused_port()}"
    backend = djelme_backend("es6", {"hosts": host, "sniff_on_start": True})
    with pytest.raises(BackendUnreachableError, match="sniff"):
        backend.get_template("any")
    backend.close()
