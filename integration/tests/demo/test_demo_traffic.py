"""Requests are planned the same way each time, served and counted."""

from __future__ import annotations

import socket
from collections import Counter
from typing import TYPE_CHECKING

import pytest

from demo.options import parse
from demo.server import serve
from demo.traffic import ask, plan, send

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any


def test_a_plan_is_the_same_each_time_and_has_all_kinds() -> None:
    planned = plan(400, ["ATL", "ORD"])
    assert planned == plan(400, ["ATL", "ORD"])
    assert len(planned) == 400
    assert {request.status for request in planned} == {200, 400, 404}
    assert {request.method for request in planned} == {"GET", "HEAD"}
    assert all(request.path.startswith("/") and "?" not in request.path for request in planned)


def test_a_plan_without_airports_asks_for_none() -> None:
    airports = {request.path for request in plan(400, []) if "/airports/" in request.path}
    assert airports == {"/airports/NOWHERE/"}


def test_a_server_answers_many_at_once_and_is_gone_afterwards() -> None:
    seen: Counter[str] = Counter()

    def application(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
        seen[environ["REQUEST_METHOD"]] += 1
        start("200 OK" if environ["PATH_INFO"] == "/" else "404 Not Found", [])
        return [b"hello"]

    planned = plan(60, ["ATL"])
    with serve(application, 0) as address:
        answered = send(address, planned)
        assert ask(address, "GET", "/") == (200, b"hello")
    assert seen == Counter({"GET": 1}) + Counter(request.method for request in planned)
    assert answered == Counter(
        (request.path, 200 if request.path == "/" else 404) for request in planned
    )
    with pytest.raises(OSError, match=r"refused"):
        ask(address, "GET", "/")


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(OSError, match=rf"port {port} of"), serve(nothing, port):
            raise AssertionError


def nothing(environ: dict[str, Any], start: Callable[..., object]) -> Iterable[bytes]:
    raise AssertionError


def test_options_have_defaults_and_are_checked(capsys: pytest.CaptureFixture[str]) -> None:
    options = parse([])
    assert (options.records, options.serve, options.elasticsearch) == (None, False, "8")
    assert parse(["--records", "10,000"]).records == 10_000
    for wrong in (
        ["--records", "0"],
        ["--records", "x"],
        ["--port", "70000"],
        ["--elasticsearch", "9"],
    ):
        with pytest.raises(SystemExit) as ended:
            parse(wrong)
        assert ended.value.code == 2
    assert "scripts/demo: error" in capsys.readouterr().err
