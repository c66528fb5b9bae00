from __future__ import annotations

import json
import subprocess
import sys
import textwrap
from typing import Any

import pytest
from elasticsearch6.connection import Connection, RequestsHttpConnection
from elasticsearch6.exceptions import ConnectionTimeout, NotFoundError, TransportError

from djelme.errors import (
    BackendRefusedError,
    BackendUnreachableError,
    BackendVersionError,
    ConfigurationError,
)
from elasticsearch_metrics.imps import elastic6


class Recorder(Connection):  # type: ignore[misc] # untyped
    """A connection that goes nowhere: it notes what it is asked and answers as it is told."""

    asked: list[dict[str, Any]]
    answers: list[Any]

    def perform_request(  # noqa: PLR0917 - as the client calls it
        self,
        method: str,
        url: str,
        params: Any = None,
        body: Any = None,
        timeout: Any = None,
        ignore: Any = (),
        headers: Any = None,
    ) -> tuple[int, dict[str, str], str]:
        self.asked.append(
            {"method": method, "url": url, "params": params, "body": body, "timeout": timeout}
            | {"content-type": (headers or {}).get("content-type")}
        )
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return 200, {"content-type": "application/json"}, json.dumps(answer)


def _client(*answers: Any, **options: Any) -> tuple[Any, list[dict[str, Any]]]:
    asked: list[dict[str, Any]] = []
    connection_class = type("Told", (Recorder,), {"asked": asked, "answers": list(answers)})
    backend = elastic6.djelme_backend("es6", {"connection_class": connection_class, **options})
    backend.is_unmet = False
    return backend, asked


def _made(**options: Any) -> Any:
    return elastic6.djelme_backend("es6", options).client


def _send(client: Any, path: str = "/x", **request: Any) -> Any:
    request = {"params": None, "body": None, "timeout": None, **request}
    return client.send_request(client.client, "POST", path, **request)


def test_options_are_those_of_client_transport_and_connection() -> None:
    names = elastic6.djelme_option_names()
    assert {
        "hosts",
        "transport_class",
        "max_retries",
        "sniff_on_start",
        "timeout",
        "http_auth",
        "ca_certs",
        "maxsize",
        "url_prefix",
        "dead_timeout",
        "scheme",
    } <= names
    assert names.isdisjoint({"self", "kwargs", "basic_auth", "request_timeout"})


def test_other_classes_bring_their_own_options() -> None:
    class Rotating(RequestsHttpConnection):  # type: ignore[misc] # untyped
        def __init__(self, *, region: str = "", **kwargs: Any) -> None:
            super().__init__(**kwargs)

    names = elastic6.Elastic6Backend.option_names({"connection_class": Rotating})
    assert "http_auth" in names
    assert "region" in names
    assert "region" not in elastic6.djelme_option_names()


def test_what_the_client_refuses_is_a_configuration_error_without_secrets() -> None:
    with pytest.raises(ConfigurationError, match="backend 'es6': the client refuses") as refused:
        _made(hosts="http://me:s3cret@localhost:port")
    assert "s3cret" not in str(refused.value)


def test_parameters_are_the_callers_own() -> None:
    client, asked = _client({"a": 1})
    params = {"filter_path": "a"}
    assert _send(client, params=params) == {"a": 1}
    assert params == {"filter_path": "a"}
    assert asked[0]["params"] == {"filter_path": "a"}


def test_a_bulk_is_sent_in_lines_and_bytes_as_they_are() -> None:
    client, asked = _client({}, {})
    _send(client, "/x/doc/_bulk", body=b'{"a":1}\n')
    _send(client, body={"a": "\u00e9"})
    assert (asked[0]["content-type"], asked[0]["body"]) == ("application/x-ndjson", b'{"a":1}\n')
    assert (asked[1]["content-type"], asked[1]["body"]) == (None, '{"a":"\u00e9"}'.encode())


def test_a_time_out_is_for_one_request_and_without_retries() -> None:
    away = ConnectionTimeout("TIMEOUT", "slow", OSError("slow"))
    client, asked = _client(away, {"a": 1}, max_retries=5, retry_on_timeout=True)
    with pytest.raises(BackendUnreachableError, match="ConnectionTimeout"):
        _send(client, timeout=1.5)
    assert [request["timeout"] for request in asked] == [1.5]
    assert "request_timeout" not in asked[0]["params"]
    assert client.client.transport.max_retries == 5
    assert _send(client) == {"a": 1}
    assert asked[1]["timeout"] is None


def test_it_retries_once_unless_told_otherwise() -> None:
    assert _made().transport.max_retries == 1
    assert _made(max_retries=4).transport.max_retries == 4


def test_an_error_of_the_server_keeps_status_and_reason() -> None:
    body = {"error": {"type": "outer", "reason": "a", "caused_by": {"type": "in", "reason": "b"}}}
    client, _ = _client(TransportError(429, "outer", body))
    with pytest.raises(BackendRefusedError) as refused:
        _send(client)
    assert refused.value.status == 429
    assert refused.value.reason == "outer: a (in: b)"
    assert isinstance(refused.value.__cause__, TransportError)


def test_an_error_without_json_has_its_text() -> None:
    client, _ = _client(TransportError(413, "<html>too large</html>", None))
    with pytest.raises(BackendRefusedError, match="too large"):
        _send(client)


def test_a_client_can_be_closed() -> None:
    _made(hosts=["http://127.0.0.1:1", "http://127.0.0.1:2"]).close()


def test_the_client_can_be_imported_beside_a_numpy_that_lacks_a_name() -> None:
    """Stand-ins for numpy 2 and for pandas, so that the test needs neither."""
    code = """
        import importlib.machinery, sys, types, warnings
        warnings.simplefilter("ignore")
        class Numpy(types.ModuleType):
            def __getattr__(self, name):
                if name in {"float_", "__path__"}:
                    raise AttributeError(name)
                return type(name, (), {})
        sys.modules["numpy"] = numpy = Numpy("numpy")
        numpy.__spec__ = importlib.machinery.ModuleSpec("numpy", None)
        sys.modules["pandas"] = None
        from django.conf import settings
        settings.configure()
        import elasticsearch_metrics.imps.elastic6.client
        print(hasattr(numpy, "float_"), "float_" in vars(numpy))
    """
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False
    )
    assert done.stdout == "False False\n", done.stderr


def test_a_server_of_another_version_is_asked_nothing_else() -> None:
    backend, asked = _client({"nodes": {"a": {"version": "8.19.3"}}})
    backend.is_unmet = True
    with pytest.raises(BackendVersionError, match=r"6 or newer, before 7, .* 8\.19\.3"):
        backend.client.search(index="x")
    assert len(asked) == 1


def test_another_product_is_named() -> None:
    backend, asked = _client({"nodes": {"a": {"version": "2.19.6", "build_type": "zip"}}})
    backend.is_unmet = True
    with pytest.raises(BackendVersionError, match=r"the server is OpenSearch of version 2\.19\.6"):
        backend.client.search(index="x")
    assert len(asked) == 1


def test_errors_are_those_of_the_client_as_well() -> None:
    body = {"error": {"root_cause": [{"reason": "it is"}], "type": "missing", "reason": "it is"}}
    backend, _ = _client(NotFoundError(404, "missing", body))
    with pytest.raises(NotFoundError) as caught:
        backend.client.search(index="x")
    assert isinstance(caught.value, BackendRefusedError)
    assert (caught.value.status_code, caught.value.info) == (404, body)
    assert str(caught.value).startswith("backend 'es6' refused with status 404")
