"""What the tests of delivery share: servers of their own, and a site on them.

A test that asks for ``every_imp`` runs with each imp that is installed, the others with one.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from djelme_testing.backend_settings import default_backends, imp_major
from djelme_testing.conformance import Site

sys.path.insert(0, str(Path(__file__).parent / "support"))

from outage.program import Plan, Program
from outage.proxy import proxied
from outage.recordtype import declare
from outage.server import Server, Servers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from outage.proxy import Proxy

    from djelme.delivery.background import BackgroundDelivery

#: Small batches, and short waits where a bound isn't what a test is about.
QUICK = {
    "djelme_batch_size": 50,
    "djelme_batch_delay": 0.05,
    "djelme_backoff_min": 0.05,
    "djelme_backoff_max": 0.5,
    "max_retries": 0,
}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "imp" in metafunc.fixturenames:
        asked = os.environ.get("DJELME_TEST_IMP", "")
        imps = [imp for entry in default_backends().values() for imp in entry]
        # Elasticsearch 9 needs a JDK where there is no Docker: only where nothing else is there.
        others = [imp for imp in imps if not imp.endswith(".elastic9")] or imps
        imps = [imp for imp in imps if imp.endswith(f".{asked}")] if asked else others
        if "every_imp" not in metafunc.fixturenames:
            imps = imps[:1]
        ids = [imp.rpartition(".")[2] for imp in imps]
        metafunc.parametrize("imp", imps, ids=ids, scope="session")


@pytest.fixture
def every_imp() -> None:
    """Ask for a run with each imp."""


@pytest.fixture(scope="session")
def servers() -> Iterator[Servers]:
    servers = Servers()
    yield servers
    servers.stop()


@pytest.fixture
def server(imp: str, servers: Servers) -> Iterator[Server]:
    """A server that the test may kill, freeze and fill."""
    server = servers.get(imp_major(imp) or 0)
    yield server
    server.recover()


@pytest.fixture
def spool_dir(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def quick_options(imp: str, server: Server, spool_dir: Path) -> dict[str, Any]:
    """Options of a backend on the server, which still delivers directly."""
    timeout = "timeout" if imp.endswith("6") else "request_timeout"
    return {**server.options, **QUICK, timeout: 5, "djelme_spool_dir": str(spool_dir)}


@pytest.fixture
def site(
    imp: str, quick_options: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> Iterator[Site]:
    """A site on the server, with direct delivery until `deliver` says otherwise."""
    caplog.set_level(logging.INFO, "djelme")
    with Site.opened(imp, quick_options) as site:
        yield site


@pytest.fixture
def types(site: Site) -> tuple[Any, Any]:
    """Two record types that are set up."""
    found = declare(site.imp_name)
    for recordtype in found:
        site._declared.append(recordtype)
        recordtype.sync_index_template()
    return found


@pytest.fixture
def usage(types: tuple[Any, Any]) -> Any:
    return types[0]


@pytest.fixture
def other(types: tuple[Any, Any]) -> Any:
    return types[1]


@pytest.fixture
def deliver(
    site: Site, types: tuple[Any, Any], quick_options: dict[str, Any]
) -> Iterator[Callable[..., BackgroundDelivery]]:
    """Return a function that gives the site's backend a mode of delivery."""
    import contextlib

    with contextlib.ExitStack() as stack:

        def choose(mode: str, **options: Any) -> BackgroundDelivery:
            chosen = {**quick_options, "djelme_delivery": mode, **options}
            stack.enter_context(site.configured({"main": chosen}))
            return site.backend.delivery  # type: ignore[return-value]

        yield choose


@pytest.fixture
def proxy(server: Server) -> Iterator[Proxy]:
    with proxied(server.url) as proxy:
        yield proxy


@pytest.fixture
def plan(site: Site, types: tuple[Any, Any], quick_options: dict[str, Any]) -> Plan:
    """What programs have to know to record durably with the others."""
    return Plan(site.imp_name, {**quick_options, "djelme_delivery": "durable"}, site.prefix)


@pytest.fixture
def start(plan: Plan, tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """Return a function that starts a program, which never outlives the test."""
    started: list[Program] = []

    def start(action: str, *arguments: object, **options: Any) -> Program:
        changed = options.pop("plan", plan)
        started.append(Program(changed, tmp_path, action, *arguments, **options))
        return started[-1]

    yield start
    for program in started:
        program.close()


@pytest.fixture
def flush(deliver: Callable[..., Any]) -> Callable[[], Any]:
    """Return a function that sends whatever is in the spool."""

    def flush() -> Any:
        delivery = deliver("durable")
        assert delivery.flush(120), delivery.stats()
        return delivery

    return flush
