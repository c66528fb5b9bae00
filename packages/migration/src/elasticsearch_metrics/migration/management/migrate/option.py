"""Options of the command line, as the steps state them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Mapping

__all__ = ("LOSS_OPTION", "Option", "number", "switch")


@dataclass(frozen=True)
class Option:
    """An option of a step.

    Attributes:
        name: with its dashes.
        help: what it does, in a sentence.
        parsing: how it is read, in the words of `argparse.ArgumentParser.add_argument`.
    """

    name: str
    help: str
    parsing: Mapping[str, Any] = field(default_factory=dict)

    def add_to(self, parser: ArgumentParser) -> None:
        """Let a parser know it."""
        parser.add_argument(self.name, help=self.help, **self.parsing)


def switch(name: str, help: str) -> Option:  # noqa: A002 - as argparse has it
    """Return an option without a value."""
    return Option(name, help, {"action": "store_true"})


def number(name: str, help: str, *, default: float, metavar: str | None = None) -> Option:  # noqa: A002 - as argparse has it
    """Return an option with a number; its default gives the type, and is shown."""
    parsing = {"type": type(default), "default": default, "metavar": metavar}
    return Option(name, f"{help} (default: %(default)s)", parsing)


LOSS_OPTION = Option(
    "--accept-loss",
    "go on without a field that can't be copied; may be repeated",
    {"action": "append", "default": [], "metavar": "FIELD"},
)
