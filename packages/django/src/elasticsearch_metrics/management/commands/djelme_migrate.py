"""The command of an app that a site may not have: say so, or let it run.

The app's own command has the same name, and which of both Django takes depends on the order of
``INSTALLED_APPS``.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management import load_command_class
from django.core.management.base import BaseCommand, CommandError

if TYPE_CHECKING:
    from django.core.management.base import CommandParser

__all__ = ("Command",)

_APP = "elasticsearch_metrics.migration"


class MissingCommand(BaseCommand):
    """Says what is missing, whatever it is asked."""

    help = f"Move records to another record type; a command of the app {_APP}, which is missing."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Take everything."""
        parser.add_argument("arguments", nargs=argparse.REMAINDER)

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Refuse."""
        msg = (
            f"djelme_migrate is a command of the app {_APP!r}, which this site doesn't have; run "
            f"pip install 'django-elasticsearch-metrics[migration]' and add {_APP!r} to "
            f"INSTALLED_APPS"
        )
        raise CommandError(msg)


def Command() -> BaseCommand:  # noqa: N802 - Django calls it as if it were a class
    """Return the command of the app, if the site has it."""
    if apps.is_installed(_APP):
        return load_command_class(_APP, "djelme_migrate")
    return MissingCommand()
