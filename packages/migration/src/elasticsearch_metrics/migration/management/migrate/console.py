"""What the steps write for people and for machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme.quantity import size

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from elasticsearch_metrics.management.base import DjelmeCommand

__all__ = ("Console", "size")


class Console:
    """The output of one command, and its options.

    Args:
        command: the command.
        options: as argparse gives them.
    """

    def __init__(self, command: DjelmeCommand, options: Mapping[str, Any]) -> None:
        self._command = command
        self.options = options
        self.stream = command.stdout
        self.is_json = options.get("format") == "json"

    @property
    def is_terminal(self) -> bool:
        """Whether the output is a terminal."""
        return bool(self.stream.isatty())

    def say(self, text: str = "") -> None:
        """Write a line, unless the output is for machines."""
        if not self.is_json:
            self._command.stdout.write(text)

    def success(self, text: str) -> None:
        """Write a line about something good."""
        self.say(self._command.style.SUCCESS(text))

    def warn(self, text: str) -> None:
        """Write a line about something that needs attention."""
        self.say(self._command.style.WARNING(text))

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Write a table, unless the output is for machines."""
        if not self.is_json and rows:
            self._command.write_table(headings, rows)

    def json(self, value: object) -> None:
        """Write a value, if the output is for machines."""
        if self.is_json:
            self._command.write_json(value)
