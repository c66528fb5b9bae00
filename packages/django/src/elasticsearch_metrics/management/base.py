"""What djelme's management commands have in common."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from djelme.errors import DjelmeError
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = ("DjelmeCommand", "RecordTypesCommand")


class DjelmeCommand(BaseCommand):
    """A command that tells a user's mistake in words, without a traceback."""

    requires_system_checks = ("djelme",)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; an error of djelme becomes one of the command."""
        try:
            return super().execute(*args, **options)
        except DjelmeError as error:
            raise CommandError(str(error)) from error

    def add_format_argument(self, parser: ArgumentParser) -> None:
        """Add the option ``--format``."""
        parser.add_argument(
            "--format",
            choices=("table", "json"),
            default="table",
            help="a table for people (the default) or JSON for machines",
        )

    def confirm(self, question: str) -> None:
        """Ask whether to delete.

        Raises:
            CommandError: if the answer isn't yes, or if nobody is there to answer.
        """
        if not sys.stdin.isatty():
            msg = (
                "Nothing was deleted: standard input is no terminal, so nobody can be asked. Add "
                "--noinput to delete without asking."
            )
            raise CommandError(msg)
        try:
            answer = input(question)
        except EOFError:
            answer = ""
        if answer.strip().lower() != "yes":
            msg = "Nothing was deleted."
            raise CommandError(msg)

    def write_json(self, value: object) -> None:
        """Write a value as indented JSON."""
        self.stdout.write(json.dumps(value, indent=2, default=str))

    def write_table(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write rows in columns; numbers are aligned to the right."""
        cells = [[_shown(value) for value in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(headings, *cells, strict=True)]
        self.stdout.write(
            _line(headings, widths, [False] * len(widths)), self.style.MIGRATE_HEADING
        )
        for row, shown in zip(rows, cells, strict=True):
            numbers = [isinstance(value, (int, float)) for value in row]
            self.stdout.write(_line(shown, widths, numbers))


class UnknownAppError(CommandError, LookupError):
    """A command was asked about an app that isn't installed."""


class RecordTypesCommand(DjelmeCommand):
    """A command about the record types of all apps or of some."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the labels of apps."""
        parser.add_argument(
            "app_label", nargs="*", help="only the record types of these apps; all by default"
        )

    def get_recordtypes(self, app_labels: Sequence[str]) -> list[type[RecordType]]:
        """Return the record types of some apps, or of all if none is named.

        Raises:
            UnknownAppError: if there is no such app.
            CommandError: if it has no record types.
        """
        for label in app_labels:
            if label in djelme_registry.each_app_label():
                continue
            try:
                apps.get_app_config(label)
            except LookupError as error:
                raise UnknownAppError(str(error)) from error
            msg = f"App {label!r} has no record types; they are declared in its metrics.py."
            raise CommandError(msg)
        labels = app_labels or (None,)
        return [found for label in labels for found in djelme_registry.each_recordtype(label)]


def _shown(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


def _line(cells: Sequence[str], widths: Sequence[int], numbers: Sequence[bool]) -> str:
    padded = [
        cell.rjust(width) if number else cell.ljust(width)
        for cell, width, number in zip(cells, widths, numbers, strict=True)
    ]
    return "  ".join(padded).rstrip()
