"""Everything that the pages say can be translated."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.template.base import Lexer, TokenType

import elasticsearch_metrics.admin as pages

if TYPE_CHECKING:
    from collections.abc import Iterator

_ADMIN = Path(pages.__file__).parent
_PACKAGES = Path(__file__).parents[3]
_TEMPLATES = sorted(_PACKAGES.glob("*/src/**/templates/**/*.html"))
#: Modules that say something on the pages.
_MODULES = sorted([*_ADMIN.glob("*.py"), *_PACKAGES.glob("*/src/**/panel.py")])
_FUNCTIONS = {"_", "gettext", "gettext_lazy", "ngettext", "ngettext_lazy"}
#: Names, which are the same in all languages, and what a person types.
_NAMES = re.compile(
    r"\b(Elasticsearch|UTC|CSV|JSON)\b|<code>.*?</code>|<style.*?</style>", re.DOTALL
)
#: Formats of times and headers of HTTP.
_CODE = re.compile(r"%Y|;|^j M")


def _text(template: str) -> str:
    """Return what stands in a template outside of tags, and isn't in a block that translates."""
    kept: list[str] = []
    is_passed = False
    for token in Lexer(template).tokenize():
        if token.token_type == TokenType.BLOCK:
            words = token.contents.split()
            # The admin's block of that name is in an attribute, for names of styles.
            is_passed = (
                words[0] == "blocktranslate"
                or words == ["block", "bodyclass"]
                or (is_passed and words[0] == "plural")
            )
        elif token.token_type == TokenType.TEXT and not is_passed:
            kept.append(token.contents)
    return "".join(kept)


def _words(template: str) -> list[str]:
    """Return the words that a person would see, or hear from a reading program."""
    text = _NAMES.sub(" ", _text(template))
    attributes = re.findall(r'\b(?:title|alt|placeholder|aria-label)="([^"]*)"', text)
    visible = re.sub(r"<[^>]*>", " ", text)
    return re.findall(r"[^\W\d_]{2,}", re.sub(r"&\w+;", " ", " ".join([visible, *attributes])))


@pytest.mark.parametrize("path", _TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_words_of_their_own(path: Path) -> None:
    assert _words(path.read_text(encoding="utf-8")) == []


def test_words_of_a_template_are_found() -> None:
    assert _words('<p>{{ n }} kept {% translate "Yes" %}</p>') == ["kept"]
    assert _words('<a title="More {{ n }}">{% blocktranslate %}No{% endblocktranslate %}</a>') == [
        "More"
    ]
    assert _words("{% blocktranslate %}a b{% plural %}c d{% endblocktranslate %}") == []


def _untranslated(source: str) -> Iterator[str]:
    """Yield strings of several words that are neither translated nor for developers."""
    tree = ast.parse(source)
    passed: set[int] = set()
    for node in ast.walk(tree):
        is_translated = isinstance(node, ast.Call) and (
            isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS
        )
        # Docstrings, and the messages of errors that are raised.
        is_expression = isinstance(node, (ast.Expr, ast.Raise)) and not is_translated
        is_message = isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "msg"
        if is_translated or is_expression or is_message:
            passed.update(map(id, ast.walk(node)))
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and id(node) not in passed
            and re.search(r"\w \w", node.value)
        ):
            yield node.value


@pytest.mark.parametrize("path", _MODULES, ids=lambda path: path.name)
def test_modules_translate_what_they_say(path: Path) -> None:
    said = _untranslated(path.read_text(encoding="utf-8"))
    assert [text for text in said if not _CODE.search(text)] == []


def test_words_of_a_module_are_found() -> None:
    assert list(_untranslated('x = ["no way", _("a way"), "word"]\n')) == ["no way"]
    assert list(_untranslated('"A docstring."\nmsg = "a b"\nraise ValueError("c d")\n')) == []
