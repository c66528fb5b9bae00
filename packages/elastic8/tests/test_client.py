from __future__ import annotations

import asyncio
import json
import pickle
import re
from typing import Any

import pytest
from elastic_transport import (
    ApiResponseMeta,
    BaseAsyncNode,
    BaseNode,
    ConnectionTimeout,
    HttpHeaders,
)
from elastic_transport._node import NodeApiResponse
from elasticsearch8 import ConflictError, NotFoundError
from elasticsearch8 import ConnectionTimeout as ClientTimeout

from djelme.errors import (
    BackendRefusedError,
    BackendUnreachableError,
    BackendVersionError,
    ConfigurationError,
)
from elasticsearch_metrics.imps import elastic8

HOST = "http://127.0.0.1:1"
VERSION = {"nodes": {"a": {"version": "8.19.3"}}}


class Told:
    """Notes what it is asked and answers as it is told, without a connection."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.asked: list[dict[str, Any]] = []

    def answer(self, node: Any, asked: dict[str, Any]) -> NodeApiResponse:
        self.asked.append(asked)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        status, headers, body = answer if isinstance(answer, tuple) else (200, {}, answer)
        sent = {
            "content-type": "application/json",
            "x-elastic-product": "Elasticsearch",
            **headers,
        }
        meta = ApiResponseMeta(status, "1.1", HttpHeaders(sent), 0.0, node.config)
        return NodeApiResponse(meta, json.dumps(body).encode())

    def node_class(self) -> type[BaseNode]:
        told = self

        class Node(BaseNode):
            def perform_request(
                self,
                method: str,
                target: str,
                body: Any = None,
                headers: Any = None,
                request_timeout: Any = None,
            ) -> NodeApiResponse:
                asked = {"method": method, "target": target, "body": body}
                asked |= {"headers": dict(headers or {}), "timeout": request_timeout}
                return told.answer(self, asked)

            def close(self) -> None:
                """There is nothing to close."""

        return Node


def make(told: Told, *, met: bool = True) -> elastic8.Elastic8Backend:
    options = {"hosts": HOST, "node_class": told.node_class(), "max_retries": 0}
    backend = elastic8.djelme_backend("es8", options)
    backend.is_unmet = not met
    return backend


def send(told: Told, path: str = "/x", **request: Any) -> Any:
    request = {"params": None, "body": None, "timeout": None, **request}
    backend = make(told)
    return backend.send_request(backend.client, "POST", path, **request)


def test_options_are_those_of_the_client() -> None:
    names = elastic8.djelme_option_names()
    assert {"hosts", "cloud_id", "api_key", "basic_auth", "request_timeout"} <= names
    assert names.isdisjoint({"self", "_transport"})


@pytest.mark.parametrize("make", ["make_client", "make_async_client"])
def test_what_the_client_refuses_is_a_configuration_error_without_secrets(make: str) -> None:
    backend = elastic8.djelme_backend("es8", {"hosts": HOST})
    with pytest.raises(ConfigurationError, match="backend 'es8': the client refuses") as refused:
        getattr(backend, make)({"hosts": "http://me:s3cret@localhost:port"})
    assert "s3cret" not in str(refused.value)


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/_bulk", "x-ndjson"),
        ("/_index_template/myapp_bulk", "json"),
        ("/myapp_bulk/_search", "json"),
    ],
)
def test_only_a_bulk_is_sent_in_lines(path: str, kind: str) -> None:
    told = Told({})
    send(told, path, body=b'{"a":1}\n')
    assert told.asked[0]["headers"]["content-type"].partition(";")[0].endswith(kind)
    assert told.asked[0]["body"] == b'{"a":1}\n'


def test_a_time_out_is_for_one_request() -> None:
    told = Told(ConnectionTimeout("slow"))
    with pytest.raises(BackendUnreachableError, match="ConnectionTimeout"):
        send(told, timeout=1.5)
    assert [asked["timeout"] for asked in told.asked] == [1.5]


def test_an_error_of_the_server_keeps_status_and_reason() -> None:
    body = {"error": {"type": "outer", "reason": "a", "caused_by": {"type": "in", "reason": "b"}}}
    with pytest.raises(BackendRefusedError) as refused:
        send(Told((429, {}, body)))
    assert refused.value.status == 429
    assert refused.value.reason == "outer: a (in: b)"


def test_an_error_without_the_usual_body_has_its_text() -> None:
    with pytest.raises(BackendRefusedError, match="too large"):
        send(Told((413, {}, "too large")))


def test_what_isnt_elasticsearch_is_unreachable_rather_than_a_refusal() -> None:
    with pytest.raises(BackendUnreachableError, match="is not Elasticsearch"):
        send(Told((200, {"x-elastic-product": "something else"}, {})))


def test_credentials_in_addresses_stay_out_of_errors() -> None:
    told = Told(ConnectionTimeout("http://me:s3cret@host:9200 is slow"))
    with pytest.raises(BackendUnreachableError) as away:
        send(told)
    assert "s3cret" not in str(away.value)


def test_the_asynchronous_client_sends_the_same() -> None:
    told = Told(VERSION, {"ok": True}, (404, {}, {"error": {"type": "missing", "reason": "it is"}}))

    class Node(BaseAsyncNode):
        async def perform_request(
            self,
            method: str,
            target: str,
            body: Any = None,
            headers: Any = None,
            request_timeout: Any = None,
        ) -> NodeApiResponse:
            asked = {"target": target, "body": body, "headers": dict(headers or {})}
            return told.answer(self, asked)

        async def close(self) -> None:
            """There is nothing to close."""

    async def ask() -> Any:
        backend = elastic8.djelme_backend("es8", {"hosts": HOST, "node_class": Node})
        answer = await backend.arequest("POST", "/_bulk", body=b"{}\n")
        with pytest.raises(BackendRefusedError, match="missing: it is"):
            await backend.arequest("POST", "/_bulk", body=b"{}\n")
        await backend.async_client.close()
        return answer

    assert asyncio.run(ask()) == {"ok": True}


def test_the_version_of_the_server_is_asked_for_once_and_first() -> None:
    told = Told(VERSION, {"a": 1}, {"a": 2})
    backend = make(told, met=False)
    assert [backend.request("GET", "/x") for _ in range(2)] == [{"a": 1}, {"a": 2}]
    assert [asked["target"] for asked in told.asked] == ["/_nodes/_local/http", "/x", "/x"]
    # Not in this client's version of JSON, by which a server of another version won't answer.
    assert told.asked[0]["headers"]["accept"] == "*/*"


@pytest.mark.parametrize("version", ["6.8.23", "7.16.3", "10.0.0"])
def test_a_server_of_another_version_is_asked_nothing_else(version: str) -> None:
    answer = {"nodes": {"a": {"version": version}}}
    told = Told((200, {"x-elastic-product": "none"} if version[0] == "6" else {}, answer))
    expected = rf"7\.17 or newer, before 10, .* {re.escape(version)}"
    with pytest.raises(BackendVersionError, match=expected) as error:
        make(told, met=False).request("GET", "/x")
    assert error.value.found == version
    assert len(told.asked) == 1


def test_another_product_is_named() -> None:
    answer = {"nodes": {"a": {"version": "2.19.6", "build_type": "zip"}}}
    told = Told((200, {"x-elastic-product": "none"}, answer))
    with pytest.raises(BackendVersionError, match=r"the server is OpenSearch of version 2\.19\.6"):
        make(told, met=False).request("GET", "/x")
    assert len(told.asked) == 1


def test_searches_meet_the_server_first_too() -> None:
    told = Told({"nodes": {"a": {"version": "10.1.0"}}})
    with pytest.raises(BackendVersionError):
        make(told, met=False).client.search(index="x")


@pytest.mark.parametrize("status", [403, 404, 405])
def test_who_may_not_ask_for_the_version_goes_on(status: int) -> None:
    told = Told((status, {}, {"error": {"type": "security_exception", "reason": "no"}}), {"a": 1})
    assert make(told, met=False).request("GET", "/x") == {"a": 1}


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ((404, {}, {"error": {"type": "missing", "reason": "it is"}}), NotFoundError),
        ((409, {}, {"error": {"type": "conflict", "reason": "it is"}}), ConflictError),
        (ConnectionTimeout("slow"), ClientTimeout),
    ],
)
def test_errors_are_those_of_the_client_as_well(answer: Any, expected: Any) -> None:
    for act in (
        lambda backend: backend.request("GET", "/x"),
        lambda backend: backend.client.search(index="x"),
    ):
        with pytest.raises(expected) as caught:
            act(make(Told(answer)))
        assert isinstance(caught.value, (BackendRefusedError, BackendUnreachableError))
        assert str(caught.value).startswith("backend 'es8' ")
        again = pickle.loads(pickle.dumps(caught.value))  # noqa: S301 - our own
        assert (type(again), str(again)) == (type(caught.value), str(caught.value))
        if isinstance(answer, tuple):
            assert caught.value.status_code == caught.value.meta.status == answer[0]
            assert caught.value.body == answer[2]
