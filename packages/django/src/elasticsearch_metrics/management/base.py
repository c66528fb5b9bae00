"""What djelme's management commands have in common."""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
from argparse import RawDescriptionHelpFormatter
from collections import Counter
from typing import TYPE_CHECKING, Any, ClassVar

from django.apps import apps
from django.core import checks
from django.core.management.base import BaseCommand, CommandError, DjangoHelpFormatter

from djelme.errors import DjelmeError
from djelme.quantity import counted
from djelme.suggestion import choices
from elasticsearch_metrics.management.table import table_lines
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from django.core.management.base import CommandParser

    from elasticsearch_metrics.declaration.contract import RecordType

__all__ = (
    "NO_RECORDTYPES",
    "DjelmeCommand",
    "RecordTypesCommand",
    "failure_total",
    "terminal_width",
)

NO_RECORDTYPES = "There are no record types; they are declared in an app's metrics.py."
#: As a shell reports a program that was ended since nobody reads its output any more.
_OUTPUT_CLOSED = 141


def terminal_width() -> int:
    """Return how wide lines may be, in columns: of the terminal, or 80 where there is none."""
    return shutil.get_terminal_size().columns


def failure_total(
    failures: Sequence[str], number: int, failed: str, noun: str = "record type"
) -> str:
    """Return how many failed, and each reason once: for the end of a command that went on.

    Args:
        failures: a reason for each that failed.
        number: how many there are in all.
        failed: what was not done, as in "could not be `set up`".
        noun: what they are, for one.

    >>> failure_total(["main is away", "main is away"], 3, "counted")
    '2 of 3 record types could not be counted: main is away'
    """
    reasons = "; ".join(dict.fromkeys(failures))
    return f"{len(failures)} of {counted(number, noun)} could not be {failed}: {reasons}"


class _HelpFormatter(DjangoHelpFormatter, RawDescriptionHelpFormatter):
    """Django's, which leaves the lines of examples as they are."""


class DjelmeCommand(BaseCommand):
    """A command that tells a user's mistake in words, without a traceback.

    Attributes:
        examples: command lines for the end of ``--help``, without ``python manage.py``.
    """

    requires_system_checks = ("djelme",)
    examples: ClassVar[Sequence[str]] = ()

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Return a parser whose help ends with examples."""
        lines = [f"  python manage.py {example}" for example in self.examples]
        parser = super().create_parser(
            prog_name,
            subcommand,
            **{
                "formatter_class": _HelpFormatter,
                "epilog": "\n".join(["examples:", *lines]) if lines else None,
                **kwargs,
            },
        )
        # The formatter leaves lines as they are, those of the description too.
        parser.description = textwrap.fill(self.help, terminal_width() - 2)
        return parser

    def run_from_argv(self, argv: list[str]) -> None:
        """Run the command; end in silence if whoever reads its output, as `head`, has enough."""
        try:
            try:
                super().run_from_argv(argv)
            finally:
                sys.stdout.flush()
        except BrokenPipeError:
            # Python writes what is left when it ends, which must not fail again.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(_OUTPUT_CLOSED)

    def execute(self, *args: Any, **options: Any) -> str | None:
        """Run the command; an error of djelme becomes one of the command."""
        if os.environ.get("NO_COLOR") and not options.get("force_color"):
            options["no_color"] = True
        try:
            return super().execute(*args, **options)
        except DjelmeError as error:
            raise CommandError(str(error)) from error

    def check(self, *args: Any, **kwargs: Any) -> None:
        """Run the system checks; of mere warnings give the number, as each would be repeated.

        Raises:
            django.core.management.base.SystemCheckError: for errors, in Django's words.
        """
        found = [
            message
            for message in checks.run_checks(tags=kwargs.get("tags"))
            if not message.is_silenced()
        ]
        if any(message.is_serious() for message in found):
            super().check(*args, **kwargs)
        numbers = Counter(message.id for message in found if message.level >= checks.WARNING)
        if numbers:
            which = ", ".join(
                f"{number} x {name}" if number > 1 else str(name)
                for name, number in sorted(numbers.items(), key=str)
            )
            self.stderr.write(
                f"{counted(numbers.total(), 'warning')} of the system checks ({which}); "
                f"see python manage.py check --tag djelme",
                self.style.WARNING,
            )

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

    def write_table(
        self,
        headings: Sequence[str],
        rows: Sequence[Sequence[object]],
        *,
        spare: Sequence[str] = (),
        text_last: bool = False,
        indent: str = "",
    ) -> None:
        """Write rows in columns that fit the terminal, see `table_lines`.

        Args:
            headings: one a column.
            rows: values.
            spare: headings of columns that a narrow terminal does without.
            text_last: whether the last column may go below its row.
            indent: what each line begins with.
        """
        width = terminal_width() - len(indent)
        first, *others = table_lines(headings, rows, width, spare=spare, text_last=text_last)
        has_headings = all(heading in first for heading in headings[:2])
        style = self.style.MIGRATE_HEADING if has_headings else None
        self.stdout.write(f"{indent}{first}", style)
        for line in others:
            self.stdout.write(f"{indent}{line}".rstrip())


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
        known = list(djelme_registry.each_app_label())
        for label in app_labels:
            if label in known:
                continue
            try:
                apps.get_app_config(label)
            except LookupError as error:
                msg = f"No installed app with label {label!r} {choices(label, known)}"
                raise UnknownAppError(msg) from error
            msg = (
                f"App {label!r} has no record types, which are declared in its metrics.py "
                f"{choices(label, known)}"
            )
            raise CommandError(msg)
        labels = app_labels or (None,)
        return [found for label in labels for found in djelme_registry.each_recordtype(label)]
