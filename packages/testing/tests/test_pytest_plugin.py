from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def run_pytest(folder: Path, test: str, *options: str, **variables: str) -> tuple[int, str]:
    """Run pytest on a file of its own, in a process of its own."""
    (folder / "test_it.py").write_text(test)
    (folder / "pytest.ini").write_text("[pytest]\nelasticsearch8_version = 8.3.3\n")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("ELASTICSEARCH", "DJELME", "PYTEST", "DJANGO"))
    }
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options],
        cwd=folder,
        env=environment | variables,
        check=False,
        capture_output=True,
        text=True,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_prefix_is_fresh_for_each_test_and_starts_nothing(tmp_path: Path) -> None:
    test = """
import sys
seen = set()

def check(prefix):
    assert prefix not in seen
    seen.add(prefix)
    assert prefix.islower() and prefix[0].isalpha() and prefix.endswith("_")

def test_first(djelme_index_prefix):
    check(djelme_index_prefix)

def test_second(djelme_index_prefix):
    check(djelme_index_prefix)

def test_nothing_is_imported_before_its_time():
    assert not {"jgo", "elasticsearch_metrics", "djelme", "docker"} & set(sys.modules)
"""
    code, output = run_pytest(tmp_path, test)
    assert code == 0, output
    assert "3 passed" in output


def test_a_cluster_that_cannot_be_had_fails_the_test_with_the_reason(tmp_path: Path) -> None:
    test = "def test_it(elasticsearch8_cluster): pass\n"
    code, output = run_pytest(tmp_path, test, "--djelme-clusters", "url")
    assert code == 1
    assert "ELASTICSEARCH8_URL is not set" in output
    assert "Traceback" not in output
    assert "skipped" not in output


@pytest.mark.parametrize(
    ("options", "variables", "version"),
    [
        ((), {}, "8.3.3"),
        ((), {"DJELME_ELASTICSEARCH8_VERSION": "8.4.4"}, "8.4.4"),
        (("--elasticsearch8-version=8.5.5",), {"DJELME_ELASTICSEARCH8_VERSION": "8.4.4"}, "8.5.5"),
    ],
)
def test_the_version_comes_from_option_variable_or_ini(
    tmp_path: Path, options: tuple[str, ...], variables: dict[str, str], version: str
) -> None:
    test = """
from djelme_testing.pytest_plugin import wanted_version
import os

def test_it(pytestconfig):
    eight = wanted_version(pytestconfig, 8, os.environ)
    print("wanted", eight, wanted_version(pytestconfig, 6, {}))
"""
    code, output = run_pytest(tmp_path, test, "-s", *options, **variables)
    assert code == 0, output
    assert f"wanted {version} 6" in output


def test_its_options_are_in_the_help(tmp_path: Path) -> None:
    _code, output = run_pytest(tmp_path, "", "--help")
    assert "--djelme-clusters" in output
    assert "--elasticsearch6-version" in output
