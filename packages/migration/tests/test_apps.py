"""What the app brings to a site, and what the package alone doesn't."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from django.core.checks.registry import registry
from django.core.management import load_command_class

from elasticsearch_metrics.delivery import submission
from elasticsearch_metrics.health.panel import panels
from elasticsearch_metrics.migration.checks import check_migrations
from elasticsearch_metrics.migration.dual_write.writer import dual_writer
from elasticsearch_metrics.migration.panel import migration_panel

_SITE = """
import json, sys
from django.apps import apps
from django.conf import settings
settings.configure(INSTALLED_APPS=json.loads(sys.argv[1]), DJELME_BACKENDS={})
apps.populate(settings.INSTALLED_APPS)
import elasticsearch_metrics.migration
from django.core.management import load_command_class, get_commands
from elasticsearch_metrics.delivery import submission
command = load_command_class(get_commands()["djelme_migrate"], "djelme_migrate")
print(json.dumps([len(submission.observers), type(command).__name__]))
"""
_GLUE, _APP = "elasticsearch_metrics", "elasticsearch_metrics.migration"


@pytest.mark.parametrize(
    ("apps", "observers", "command"),
    [
        ([_GLUE, _APP], 1, "Command"),
        ([_APP, _GLUE], 1, "Command"),
        ([_GLUE], 0, "MissingCommand"),
    ],
)
def test_the_app_is_what_counts(apps: list[str], observers: int, command: str) -> None:
    answer = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-W", "error", "-c", _SITE, json.dumps(apps)],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert json.loads(answer.stdout) == [observers, command]


def test_checks_and_the_panel_are_there() -> None:
    assert check_migrations in registry.get_checks()
    assert panels == [migration_panel]


def test_writes_are_observed_once() -> None:
    dual_writer.start()
    assert submission.observers.count(dual_writer.observe) == 1


@pytest.mark.parametrize("arguments", [[], ["backfill"]])
def test_help_ends_with_an_example(
    arguments: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    command = load_command_class("elasticsearch_metrics.migration", "djelme_migrate")
    parser = command.create_parser("manage.py", "djelme_migrate")
    with pytest.raises(SystemExit):
        parser.parse_args([*arguments, "--help"])
    last = capsys.readouterr().out.rstrip().splitlines()[-1]
    assert "python manage.py djelme_migrate" in last
    assert "myapp.UsageMigration" in last
