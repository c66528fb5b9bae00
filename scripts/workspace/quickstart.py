"""The quickstart of README.md, done word for word in a new Django project."""

from __future__ import annotations

import ast
import re
import subprocess
from typing import TYPE_CHECKING

from workspace.report import say
from workspace.toolchain import ROOT, environment

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Quickstart", "QuickstartError"]

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
#: Where the settings of README.md look for a server.
URL_VARIABLE = "ELASTICSEARCH8_URL"
PRELUDE = "import django\ndjango.setup()\n"


class QuickstartError(Exception):
    """README.md doesn't have what is looked for, or what it promises doesn't happen."""


class Quickstart:
    """The quickstart's pieces, and a project in which they are tried.

    Args:
        home: An empty folder for the project.
        python: An interpreter that has the packages.
        url: The Elasticsearch to use, where README.md's settings look for it.
        imp: The imp to use in place of README.md's elastic8.

    Raises:
        QuickstartError: If README.md lacks one of the pieces.
    """

    def __init__(self, home: Path, python: Path, url: str, imp: str = "elastic8") -> None:
        readme = (ROOT / "README.md").read_text(encoding="utf-8")
        blocks = BLOCK.findall(readme.replace("imps.elastic8", f"imps.{imp}"))
        python_blocks = [text for language, text in blocks if language == "python"]
        self.home = home
        self.python = python
        self.url = url
        self.metrics = piece(python_blocks, "# myapp/metrics.py\n")
        self.settings = piece(python_blocks, "# settings.py\n")
        self.session = piece(python_blocks, ">>> from myapp.metrics import")
        consoles = [text for language, text in blocks if language == "console"]
        self.setup = piece(consoles, "$ python manage.py djelme_backend_setup\n")

    def follow(self) -> None:
        """Make the project, set the backend up, and type the session.

        Raises:
            QuickstartError: If a command fails or answers otherwise than README.md says.
        """
        self.run("-m", "django", "startproject", "quickstart", ".")
        self.run("manage.py", "startapp", "myapp")
        (self.home / "myapp" / "metrics.py").write_text(self.metrics, encoding="utf-8")
        settings = self.settings.replace("[...,", "[*INSTALLED_APPS,")
        with (self.home / "quickstart" / "settings.py").open("a", encoding="utf-8") as file:
            file.write(f"\n{settings}")
        self.run("manage.py", "check")
        self.run("manage.py", "djelme_backend_types")
        command, _, promised = self.setup.partition("\n")
        expect(self.run(*command.split()[2:]), promised)
        self.run("manage.py", "djelme_backend_check")
        statements, promised = statements_and_answer(self.session)
        expect(self.run("-c", PRELUDE + statements), promised)

    def run(self, *arguments: str) -> str:
        """Run Python in the project with warnings as errors; return what it printed.

        Raises:
            QuickstartError: If it fails.
        """
        say(
            f"+ python {arguments[0] if arguments[0] != '-c' else '-c (the session)'} "
            f"{' '.join(arguments[1:]) if arguments[0] != '-c' else ''}".rstrip()
        )
        done = subprocess.run(
            [str(self.python), "-W", "error", *arguments],
            cwd=self.home,
            env=environment(
                DJANGO_SETTINGS_MODULE="quickstart.settings", **{URL_VARIABLE: self.url}
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        say(done.stdout.rstrip())
        if done.returncode:
            message = f"python {' '.join(arguments)} failed with exit code {done.returncode}"
            raise QuickstartError(message)
        return done.stdout


def piece(blocks: list[str], beginning: str) -> str:
    """Return the first block that begins so.

    Raises:
        QuickstartError: If there is none.
    """
    for block in blocks:
        if block.startswith(beginning):
            return block
    message = f"README.md has no block that begins with {beginning.strip()!r}"
    raise QuickstartError(message)


def statements_and_answer(session: str) -> tuple[str, str]:
    """Return a session's statements, the last one printed, and its last answer.

    The answers in between have ids and times of the day that README.md was written.
    """
    statements = re.findall(r"^(?:>>>|\.\.\.) ?(.*)$", session, re.MULTILINE)
    tree = ast.parse("\n".join(statements))
    last = tree.body[-1]
    if not isinstance(last, ast.Expr):
        message = "README.md: the session of the quickstart should end with an answer"
        raise QuickstartError(message)
    before = "\n".join(ast.unparse(statement) for statement in tree.body[:-1])
    return f"{before}\nprint(repr({ast.unparse(last)}))", session.rstrip().rpartition("\n")[2]


def expect(answer: str, promised: str) -> None:
    """Compare what was printed last with what README.md promises.

    Raises:
        QuickstartError: If they differ.
    """
    if not answer.rstrip().endswith(promised.rstrip()):
        message = f"README.md promises {promised.rstrip()!r}, but the answer is {answer!r}"
        raise QuickstartError(message)
