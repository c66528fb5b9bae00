"""An answer that gets lost on the wire: the client tries again, and nothing is doubled."""

from __future__ import annotations

import contextlib
import itertools
import socket
import threading
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from djelme.bulk import BulkResult
from djelme.errors import BackendUnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance import Site

_BUFFER = 65_536


class LosingProxy:
    """Passes connections on to a server; drops the answers to some requests.

    Args:
        url: address of the server, without TLS.
    """

    def __init__(self, url: str) -> None:
        parts = urlsplit(url)
        assert parts.scheme == "http", "answers can only be lost where there is no TLS"
        self._server = (parts.hostname or "", parts.port or 80)
        self._losing, self._times = b"", 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.lost = 0
        self._open: list[socket.socket] = [self._listener]
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def lose(self, beginning: bytes, times: int) -> None:
        """Drop the answers to the next requests that begin in a way."""
        self._losing, self._times = beginning, times

    def close(self) -> None:
        """Close all connections and end all threads."""
        for connection in self._open:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        for thread in self._threads:
            thread.join()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._server)
                self._open += [client, server]
                thread = threading.Thread(target=self._serve, args=(client, server))
                self._threads.append(thread)
                thread.start()

    def _serve(self, client: socket.socket, server: socket.socket) -> None:
        """Pass whole requests on, one after the other, and the answers back."""
        with contextlib.suppress(OSError), client, server:
            while request := client.recv(_BUFFER):
                head, _, body = request.partition(b"\r\n\r\n")
                length = _content_length(head)
                server.sendall(request)
                left = length - len(body)
                while left > 0:
                    part = client.recv(_BUFFER)
                    server.sendall(part)
                    left -= len(part)
                answer = server.recv(_BUFFER)
                if self._losing and request.startswith(self._losing) and self._times:
                    self._times -= 1
                    self.lost += 1
                    return
                client.sendall(answer)
                answer_head, _, answer_body = answer.partition(b"\r\n\r\n")
                left = _content_length(answer_head) - len(answer_body)
                while left > 0:
                    part = server.recv(_BUFFER)
                    client.sendall(part)
                    left -= len(part)


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0


@pytest.fixture
def proxy(site: Site) -> Iterator[LosingProxy]:
    proxy = LosingProxy(site.options["hosts"])
    yield proxy
    proxy.close()


@pytest.fixture
def usage(site: Site, proxy: LosingProxy) -> Iterator[Any]:
    """A record type that is set up, behind the proxy."""

    @site.set_up
    class UsageRecord:
        item_id: int

    with site.configured({"main": {**site.options, "hosts": proxy.url}}):
        yield UsageRecord


def test_a_record_whose_answer_is_lost_is_stored_once(usage: Any, proxy: LosingProxy) -> None:
    proxy.lose(b"PUT", times=1)
    usage.record(item_id=1)
    usage.refresh()

    assert proxy.lost == 1
    assert [hit.item_id for hit in usage.search()] == [1]


def test_a_record_whose_answers_are_all_lost_can_be_saved_again(
    usage: Any, proxy: LosingProxy
) -> None:
    record = usage(item_id=1)
    proxy.lose(b"PUT", times=100)
    with pytest.raises(BackendUnreachableError):
        record.save()
    proxy.lose(b"", times=0)
    record.save()
    usage.refresh()

    assert proxy.lost > 0
    assert [hit.meta.id for hit in usage.search()] == [record.meta.id]


def test_a_bulk_whose_answer_is_lost_is_stored_once(
    usage: Any, proxy: LosingProxy, caplog: pytest.LogCaptureFixture
) -> None:
    proxy.lose(b"POST", times=1)
    result = usage.bulk_record(({"item_id": number} for number in range(100)), chunk_size=40)
    usage.refresh()

    assert proxy.lost == 1
    assert (result.created, result.existing, result.repeated) == (100, 0, 40)
    assert usage.search().count() == 100
    assert "40 records of a bulk were sent again" in caplog.text


def test_a_new_record_whose_answer_is_lost_was_created(usage: Any, proxy: LosingProxy) -> None:
    proxy.lose(b"PUT", times=1)
    record = usage(item_id=1)

    assert record.save() == "created"
    assert proxy.lost == 1
    assert record.save() == "updated"


def test_a_bulk_of_instances_counts_those_that_were_there(usage: Any, proxy: LosingProxy) -> None:
    old = usage(item_id=0)
    proxy.lose(b"PUT", times=100)
    with pytest.raises(BackendUnreachableError):
        old.save()
    proxy.lose(b"POST", times=1)
    result = usage.bulk_record([old, usage(item_id=1), {"item_id": 2}])

    assert (result.created, result.existing, result.repeated) == (2, 1, 3)


def test_a_bulk_that_ends_in_the_middle_can_go_on(usage: Any, proxy: LosingProxy) -> None:
    records = iter([{"item_id": number} for number in range(100)])

    def lose_all(result: BulkResult) -> None:
        if result.stored == 40:
            proxy.lose(b"POST", times=100)

    with pytest.raises(BackendUnreachableError) as caught:
        usage.bulk_record(records, chunk_size=20, progress=lose_all)
    proxy.lose(b"", times=0)
    broken = caught.value.result
    assert isinstance(broken, BulkResult)
    # The third request may have been on its way.
    assert broken.created in {40, 60}
    assert (broken.existing, broken.failed) == (0, [])
    assert broken.unacknowledged
    result = usage.bulk_record(itertools.chain(broken.unacknowledged, records))
    usage.refresh()

    assert broken.stored + result.stored == 100
    assert sorted(hit.item_id for hit in usage.search()[:200]) == list(range(100))
