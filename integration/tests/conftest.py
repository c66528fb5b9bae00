"""The Django project of the integration tests, and the imps that they are about.

``DJELME_TEST_IMP`` names them, such as ``elastic8`` or ``elastic9,elastic8``. Without it, all that
are installed are tested, but elastic9 only where it is alone: its clusters need a JDK. Where
clusters come from is the business of djelme_testing's plugin.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import django
import pytest
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance import Site

_HERE = Path(__file__).parent
_KNOWN = ("elastic9", "elastic8", "elastic6")
_IMPS = "elasticsearch_metrics.imps."
#: Names an imp of which a cell of the matrix runs its share, in the same run of scripts/test.
_IN_A_CELL = "DJELME_TEST_IMP_IN_A_CELL"
_NOT_IN_CELLS = frozenset({"delivery", "demo", "docs", "memory", "migration"})


def _tested_imps() -> list[str]:
    """Return the names of the imps to test.

    Raises:
        pytest.UsageError: if the one that was asked for, or any at all, isn't installed.
    """
    installed = [name for name in _KNOWN if importlib.util.find_spec(f"{_IMPS}{name}")]
    asked = os.environ.get("DJELME_TEST_IMP", "")
    names = [name.strip() for name in asked.split(",") if name.strip()]
    if not set(names) <= set(installed):
        msg = f"DJELME_TEST_IMP={asked} is not installed (installed: {', '.join(installed)})"
        raise pytest.UsageError(msg)
    if not installed:
        msg = f"no imp is installed; install one of {', '.join(_KNOWN)}"
        raise pytest.UsageError(msg)
    return names or [name for name in installed if name != "elastic9"] or installed


TESTED_IMPS = _tested_imps()
#: Tests of an imp are in modules and folders that have its name.
collect_ignore_glob = [f"*{name}*" for name in _KNOWN if name not in TESTED_IMPS]


#: Cells of the matrix don't have it.
_OPTIONAL_APPS = [
    name for name in ("elasticsearch_metrics.migration",) if importlib.util.find_spec(name)
]


def pytest_configure() -> None:
    """Set Django up, unless other tests of the same run did."""
    if settings.configured:
        return
    sys.path.insert(0, str(_HERE / "apps"))
    settings.configure(
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DJELME_BACKENDS={name: {f"{_IMPS}{name}": {}} for name in TESTED_IMPS},
        INSTALLED_APPS=["elasticsearch_metrics", *_OPTIONAL_APPS, "testapp"],
        TESTAPP_IMPS=[f"{_IMPS}{name}" for name in TESTED_IMPS],
        USE_TZ=True,
    )
    django.setup()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that asks for ``imp_name`` once for each imp, or for the one of its folder."""
    if "imp_name" in metafunc.fixturenames:
        path = metafunc.definition.path
        folder = path.parent.name
        names = [folder] if folder in TESTED_IMPS else TESTED_IMPS
        if len(names) > 1 and path.relative_to(_HERE).parts[0] not in _NOT_IN_CELLS:
            names = [name for name in names if name != os.environ.get(_IN_A_CELL)]
        metafunc.parametrize("imp_name", [f"{_IMPS}{name}" for name in names], ids=names)


@pytest.fixture
def site(imp_name: str, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site with one backend, on the shared cluster of its imp, and no record types of its own."""
    from djelme_testing.backend_settings import imp_major
    from djelme_testing.conformance import Site

    cluster = request.getfixturevalue(f"elasticsearch{imp_major(imp_name)}_cluster")
    with Site.opened(imp_name, cluster.client_options) as site:
        yield site


@pytest.fixture
def only_own_recordtypes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be only the record types that a test declares."""
    from elasticsearch_metrics.registry import djelme_registry

    monkeypatch.setattr(djelme_registry, "_recordtypes", {})
