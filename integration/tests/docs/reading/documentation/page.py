"""Pages of the documentation and their blocks of code.

What is run of a page is told by the form of its blocks:

- A block whose first line is a comment with a path, as ``# myapp/metrics.py``, is that file.
- A Python block that begins with ``>>>`` is typed into a shell; the answers are compared.
- In a console block, commands that begin with ``$ python manage.py djelme_`` or ``… check`` are
  run; if lines follow, they are compared with the output.
- Files whose names are those of pytest's are tests, and run at the end.
- Addresses as ``<http://127.0.0.1:8000/…>`` in the text are asked for at the end.

An HTML comment ``<!-- not run: why -->`` before a block exempts it, ``<!-- page not run: why -->``
a whole page. Other Python blocks are fragments, which only have to be Python.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

__all__ = ["ROOT", "Block", "Command", "Page", "all_pages", "get_page"]

ROOT = Path(__file__).resolve().parents[5]
_BLOCK = re.compile(
    r"^(?P<indent> *)(?P<fence>`{3,})(?P<language>[\w+-]*)[^\n]*\n"
    r"(?P<text>.*?)^(?P=indent)(?P=fence)`*$",
    re.MULTILINE | re.DOTALL,
)
_EXEMPTION = re.compile(r"<!-- not run: [^>]+ -->\s*\Z")
_PATH = re.compile(r"(?:#|\{#) ([\w./-]+\.(?:py|html))(?: #\})?\n")
_RUN = re.compile(r"\$ python manage\.py (?P<arguments>(?:djelme_|check\b).*)")
_ROW = re.compile(r"^\| (?P<first>`(?:[^|\n\\]|\\.)*?) ?\|(?P<rest>.*)$", re.MULTILINE)
_CODE = re.compile(r"`([^`]+)`")
_HEADING = re.compile(r"^#{1,6} (.*)$", re.MULTILINE)
_SECTION = re.compile(r"^(?P<marks>#{1,6}) (?P<heading>.*)$", re.MULTILINE)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_TEST = re.compile(r"(?:^|/)test_\w+\.py$")
_ADDRESS = re.compile(r"<http://127\.0\.0\.1:8000(/[^>]*)>")
_IMP = re.compile(r"imps\.(elastic\d+)\b")


@dataclass(frozen=True)
class Command:
    """A command of ``manage.py`` and the output that the page shows; "" if it shows none."""

    arguments: str
    output: str


@dataclass(frozen=True)
class Block:
    """A fenced block of code.

    Attributes:
        language: the first word behind the fence.
        text: what is in it.
        line: number of its first line in the page.
        is_exempt: whether the page says that it isn't run.
    """

    language: str
    text: str
    line: int
    is_exempt: bool = False

    @property
    def path(self) -> str | None:
        """The path of the file that this block is; None if it is none."""
        match = _PATH.match(self.text)
        return None if match is None or self.is_exempt else match[1]

    @property
    def is_session(self) -> bool:
        """Whether this is typed into a shell."""
        return self.language == "python" and self.text.startswith(">>>") and not self.is_exempt

    @property
    def is_fragment(self) -> bool:
        """Whether this is Python that isn't run."""
        return self.language == "python" and not self.text.startswith(">>>") and self.path is None

    @property
    def commands(self) -> list[Command]:
        """The commands that are run."""
        if self.language != "console" or self.is_exempt:
            return []
        found = []
        for chunk in re.split(r"^(?=\$ )", self.text, flags=re.MULTILINE):
            first, _, output = chunk.partition("\n")
            match = _RUN.match(first)
            if match is not None:
                found.append(Command(match["arguments"].split("  #")[0].strip(), output))
        return found


@dataclass(frozen=True)
class Page:
    """A Markdown file of the documentation."""

    path: Path

    @property
    def name(self) -> str:
        """Its path within the repository."""
        return self.path.relative_to(ROOT).as_posix()

    @cached_property
    def text(self) -> str:
        """The whole text."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def blocks(self) -> list[Block]:
        """Its blocks of code, in their order."""
        return [
            Block(
                match["language"],
                re.sub(f"^{match['indent']}", "", match["text"], flags=re.MULTILINE),
                self.text.count("\n", 0, match.start()) + 2,
                _EXEMPTION.search(self.text, 0, match.start()) is not None,
            )
            for match in _BLOCK.finditer(self.text)
        ]

    @cached_property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _BLOCK.sub("", self.text)

    @cached_property
    def rows(self) -> dict[str, str]:
        """The rows of its tables by each of the names in code at their beginning."""
        return {
            name: match["rest"]
            for match in _ROW.finditer(self.prose)
            for name in _CODE.findall(match["first"])
        }

    @cached_property
    def headings(self) -> list[str]:
        """Its headings."""
        return _HEADING.findall(self.prose)

    def section(self, heading: str) -> str:
        """Return what stands below the first heading that has a text, code included.

        Raises:
            LookupError: if there is none.
        """
        for match in _SECTION.finditer(self.text):
            if heading in match["heading"]:
                depth = len(match["marks"])
                end = re.compile(rf"^#{{1,{depth}}} ", re.MULTILINE).search(self.text, match.end())
                return self.text[match.end() : end.start() if end else None]
        msg = f"{self.name} has no heading with {heading!r}"
        raise LookupError(msg)

    @property
    def links(self) -> list[str]:
        """The targets of its links that aren't on other sites, without anchors."""
        return [
            target.partition("#")[0]
            for target in _LINK.findall(self.prose)
            if target.partition("#")[0] and "://" not in target and not target.startswith("mailto:")
        ]

    @property
    def has_examples(self) -> bool:
        """Whether something of it is run."""
        return "<!-- page not run: " not in self.text and any(
            block.path or block.is_session or block.commands for block in self.blocks
        )

    @property
    def tests(self) -> list[str]:
        """The paths of its files that are tests."""
        return [block.path for block in self.blocks if block.path and _TEST.search(block.path)]

    @property
    def addresses(self) -> list[str]:
        """The paths on the site of its project that it asks to open, as ``<http://127.0.0.1:8000/``."""
        return _ADDRESS.findall(self.prose) if any(block.path for block in self.blocks) else []

    @property
    def imps(self) -> set[str]:
        """The names of the imps that its examples need."""
        code = "".join(block.text for block in self.blocks if block.path or block.is_session)
        return set(_IMP.findall(code)) or {"elastic8"}


def all_pages() -> list[Page]:
    """Return every page of ``docs`` and every README of a package, ordered by path."""
    paths = [*ROOT.glob("docs/**/*.md"), *ROOT.glob("packages/*/README.md"), ROOT / "README.md"]
    return [Page(path) for path in sorted(paths) if "_build" not in path.parts]


def get_page(name: str) -> Page:
    """Return a page by its path within ``docs``."""
    return Page(ROOT / "docs" / name)
