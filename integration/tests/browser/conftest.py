"""Sites in every look, on a real cluster, and a browser; all of them the same for all tests."""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "admin"))
sys.path.insert(0, str(Path(__file__).parent))

from chromium import launched
from site_process import serve, silent_server, started
from view import View

from djelme_testing.cleaning import delete_with_prefix, random_prefix
from djelme_testing.provider.url import variables_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser
    from site_process import SiteProcess

    from djelme_testing import Cluster

_HERE = Path(__file__).parent
_IMP = "elasticsearch_metrics.imps.elastic8"
#: One flight in so many is loaded: enough for a chart, and for a picture of one.
_FEW, _MANY = 60, 12


class Demo(NamedTuple):
    """The demonstration: its address, with a slash, and the key of a session for its admin."""

    address: str
    session: str


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that makes the pictures of the documentation anew."""
    parser.addoption(
        "--pictures", action="store_true", help="write the pictures of docs/_static/pictures"
    )


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """A browser without a window."""
    with launched() as browser:
        yield browser


@pytest.fixture
def opened(browser: Browser) -> Iterator[Callable[..., View]]:
    """Give an empty page of somebody with what playwright's ``new_context()`` takes."""
    with ExitStack() as stack:

        def page(**options: Any) -> View:
            return View(stack.enter_context(browser.new_context(**options)).new_page())

        yield page


@pytest.fixture
def view(opened: Callable[..., View]) -> View:
    """An empty page."""
    return opened()


@pytest.fixture(scope="session")
def prefix(elasticsearch8_cluster: Cluster) -> Iterator[str]:
    """What the names of all indexes begin with."""
    prefix = random_prefix()
    try:
        yield prefix
    finally:
        delete_with_prefix(elasticsearch8_cluster, prefix)


@pytest.fixture(scope="session")
def admin_site(
    elasticsearch8_cluster: Cluster, prefix: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., SiteProcess]]:
    """Give the site with record types in every state, by the theme of its admin."""
    options = {"djelme_default_index_name_prefix": f"{prefix}admin_"}
    running: dict[str, SiteProcess] = {}
    with silent_server() as silence, ExitStack() as stack:
        backends: dict[str, Any] = {
            "elastic8": {_IMP: {**elasticsearch8_cluster.client_options, **options}},
            "elastic8-away": {_IMP: {"hosts": silence, **options}},
        }

        def site(theme: str = "") -> SiteProcess:
            if theme not in running:
                database = tmp_path_factory.mktemp("site") / "site.sqlite3"
                imps, has_records = {"elastic8": _IMP}, bool(running)
                running[theme] = stack.enter_context(
                    serve(imps, backends, database, theme=theme, has_records=has_records)
                )
            return running[theme]

        yield site


@pytest.fixture(scope="session")
def demo(
    elasticsearch8_cluster: Cluster,
    prefix: str,
    pytestconfig: pytest.Config,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Demo]:
    """The demonstration, with flights of the whole year."""
    is_for_pictures = pytestconfig.getoption("--pictures")
    if is_for_pictures and elasticsearch8_cluster.provider == "url":
        pytest.fail("pictures need a cluster of their own: unset ELASTICSEARCH8_URL", pytrace=False)
    step = _MANY if is_for_pictures else _FEW
    variables = {
        **os.environ,
        **variables_of(elasticsearch8_cluster),
        "DEMO_DATABASE": str(tmp_path_factory.mktemp("demo") / "users.sqlite3"),
        "DEMO_INDEX_PREFIX": "" if is_for_pictures else f"{prefix}demo_",
        "PYTHONWARNINGS": "ignore",
    }
    with started([str(_HERE / "demo_site.py"), str(step)], variables, seconds=20) as said:
        yield Demo(*said.split())
