"""Follow a page in its project: type its sessions, run its commands, and compare the answers.

``python -m documentation.follow PAGE PREFIX`` in the folder of the project writes what is otherwise
than the page says to standard output, and exits with 1 if there is such.
"""

from __future__ import annotations

import doctest
import importlib
import os
import shlex
import subprocess
import sys
from http import HTTPStatus
from pathlib import Path

from documentation.page import Command, Page

__all__ = ["main"]

_SETTINGS_VARIABLE = "DJANGO_SETTINGS_MODULE"  # the page's conftest.py chooses for itself
_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE


class _Checker(doctest.OutputChecker):
    """Compares answers as a reader does: without the prefix, and with … for anything."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        return super().check_output(
            want.replace("…", "..."), got.replace(self._prefix, ""), optionflags
        )


def main(page: Page, prefix: str) -> int:
    """Follow a page, and return the exit code."""
    import django

    importlib.import_module("manage")  # the project's own: chooses settings and prefix
    django.setup()
    checker = _Checker(prefix)
    runner = doctest.DocTestRunner(checker, optionflags=_FLAGS, verbose=False)
    parser = doctest.DocTestParser()
    names: dict[str, object] = {}
    is_set_up = False
    wrong = 0
    for block in page.blocks:
        for command in block.commands:
            is_set_up |= command.arguments.startswith("djelme_backend_setup")
            wrong += not _run(page, block.line, command, checker)
        if block.is_session:
            if not is_set_up:
                wrong += not _run(page, block.line, Command("djelme_backend_setup", ""), checker)
                is_set_up = True
            test = parser.get_doctest(block.text, names, page.name, page.name, block.line - 1)
            wrong += runner.run(test, clear_globs=False).failed
            names = test.globs
    wrong += _visit(page) + _test(page)
    return 1 if wrong else 0


def _visit(page: Page) -> int:
    """Ask for the page's addresses of its own site; return how many can't be had."""
    from django.test import Client

    wrong = 0
    for address in page.addresses:
        status = Client().get(address).status_code
        if status != HTTPStatus.OK:
            wrong += 1
            sys.stdout.write(f"{page.name}: {address} has status {status}\n")
    return wrong


def _test(page: Page) -> int:
    """Run the page's own tests; return 1 if one fails."""
    if not page.tests:
        return 0
    done = subprocess.run(  # noqa: S603 - tests of the page
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *page.tests],
        env={name: value for name, value in os.environ.items() if name != _SETTINGS_VARIABLE},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.stdout.write(f"{page.name}: its tests:\n{done.stdout}")
    return int(done.returncode != 0)


def _manage(arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - a command of the page
        [sys.executable, "manage.py", *shlex.split(arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def _run(page: Page, line: int, command: Command, checker: _Checker) -> bool:
    done = _manage(command.arguments)
    is_failure = "CommandError" in command.output
    agrees = bool(done.returncode) == is_failure and (
        not command.output.strip() or checker.check_output(command.output, done.stdout, _FLAGS)
    )
    if not agrees:
        sys.stdout.write(
            f"{page.name}:{line}: manage.py {command.arguments}\n  the page has:\n{command.output}"
            f"\n  but exit code {done.returncode} and:\n{done.stdout}\n"
        )
    return agrees


if __name__ == "__main__":
    sys.exit(main(Page(Path(sys.argv[1])), sys.argv[2]))
