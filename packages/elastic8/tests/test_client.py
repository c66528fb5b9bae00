from __future__ import annotations

import asyncio
import json
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

from djelme.errors import BackendRefusedError, BackendUnreachableError, ConfigurationError
from elasticsearch_metrics.imps.elastic8.client import (
    CLIENT_OPTION_NAMES,
    asend_request,
    make_async_client,
    make_client,
    send_request,
)

HOST = "http://127.0.0.1:1"


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


def send(told: Told, path: str = "/x", **request: Any) -> Any:
    request = {"params": None, "body": None, "timeout": None, **request}
    client = make_client("es8", {"hosts": HOST, "node_class": told.node_class(), "max_retries": 0})
    return send_request(client, "es8", "POST", path, **request)


def test_options_are_those_of_the_client() -> None:
    assert {"hosts", "cloud_id", "api_key", "basic_auth", "request_timeout"} <= CLIENT_OPTION_NAMES
    assert CLIENT_OPTION_NAMES.isdisjoint({"self", "_transport"})


@pytest.mark.parametrize("make", [make_client, make_async_client])
def test_what_the_client_refuses_is_a_configuration_error_without_secrets(make: Any) -> None:
    with pytest.raises(ConfigurationError, match="backend 'es8': the client refuses") as refused:
        make("es8", {"hosts": "http://me:s3cret@localhost:port"})
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
    with pytest.raises(BackendUnreachableError, match="no Elasticsearch"):
        send(Told((200, {"x-elastic-product": "something else"}, {})))


def test_credentials_in_addresses_stay_out_of_errors() -> None:
    told = Told(ConnectionTimeout("http://me:s3cret@host:9200 is slow"))
    with pytest.raises(BackendUnreachableError) as away:
        send(told)
    assert "s3cret" not in str(away.value)


def test_the_asynchronous_client_sends_the_same() -> None:
    told = Told({"ok": True}, (404, {}, {"error": {"type": "missing", "reason": "it is"}}))

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
        client = make_async_client("es8", {"hosts": HOST, "node_class": Node})
        given = {"params": None, "body": b"{}\n"}
        answer = await asend_request(client, "es8", "POST", "/_bulk", **given)
        with pytest.raises(BackendRefusedError, match="missing: it is"):
            await asend_request(client, "es8", "POST", "/_bulk", **given)
        await client.close()
        return answer

    assert asyncio.run(ask()) == {"ok": True}
