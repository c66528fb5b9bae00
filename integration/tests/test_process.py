"""A site as a process: it starts, and its commands tell mistakes without a traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from djelme_testing.conformance import Site

_APPS = Path(__file__).parent / "apps"
_AWAY = {"hosts": "http://127.0.0.1:9"}
_SECRET = "s3cr3t"


def _manage(settings: dict[str, Any], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command of a site, as ``manage.py`` does."""
    return subprocess.run(  # noqa: S603 - our own arguments
        [sys.executable, "-m", "django", *arguments],
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "site_settings",
            "PYTHONPATH": str(_APPS),
            "SITE_SETTINGS": json.dumps(settings),
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def _backends(imp_name: str, options: dict[str, Any]) -> dict[str, Any]:
    return {"DJELME_BACKENDS": {"main": {imp_name: options}}, "TESTAPP_IMPS": [imp_name]}


@pytest.mark.parametrize(
    ("command", "mistake", "told"),
    [
        ("check", lambda imp: ["main"], "DJELME_BACKENDS should be a dict"),
        (
            "setup",
            lambda imp: {"main": "http://localhost:9200"},
            "DJELME_BACKENDS['main'] should have",
        ),
        ("types", lambda imp: {"main": {"no.such.imp": {}}}, "imp 'no.such.imp' can't be imported"),
        (
            "check",
            lambda imp: {"main": {imp: {**_AWAY, "hots": 1}}},
            "the client has no option 'hots'",
        ),
        ("setup", lambda imp: {"one": {imp: _AWAY}, "two": {imp: _AWAY}}, "several ('one', 'two')"),
        ("setup", lambda imp: {"main": {imp: _AWAY}}, "'main' is unreachable"),
        (
            "check",
            lambda imp: {"main": {imp: {"hosts": f"http://me:{_SECRET}@127.0.0.1:9"}}},
            "'main' is unreachable",
        ),
    ],
    ids=["list", "url", "imp", "option", "several", "away", "secret"],
)
def test_a_mistake_is_told_without_a_traceback(
    imp_name: str, command: str, mistake: Any, told: str
) -> None:
    settings = {"DJELME_BACKENDS": mistake(imp_name), "TESTAPP_IMPS": [imp_name]}
    done = _manage(settings, f"djelme_backend_{command}")

    assert done.returncode != 0
    assert told in done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    assert _SECRET not in done.stdout + done.stderr


def test_a_site_starts_without_its_cluster(imp_name: str) -> None:
    settings = {**_backends(imp_name, _AWAY), "DJELME_AUTOSETUP": True}
    done = _manage(settings, "check")

    assert done.returncode == 0, done.stderr
    assert "'main' is unreachable" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_site_sets_up_what_is_missing_when_it_starts(imp_name: str, site: Site) -> None:
    options = {**site.options, "djelme_default_index_name_prefix": site.prefix}
    settings = _backends(imp_name, options)
    template_name = site.name(f"testapp_{imp_name.rpartition('.')[2]}usage")
    try:
        assert site.backend.get_template(template_name) is None
        done = _manage({**settings, "DJELME_AUTOSETUP": True}, "check")
        assert done.returncode == 0, done.stderr
        assert site.backend.get_template(template_name) is not None

        done = _manage(settings, "djelme_backend_check")
        assert done.returncode == 0, done.stderr
        assert f"{template_name} in main: in sync" in done.stdout
    finally:
        site.backend.delete_template(template_name)
