"""The pages are translated, in full and with the same placeholders, into each language."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.utils.translation import ngettext, override
from django.utils.translation.template import templatize

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PACKAGES = Path(__file__).parents[2]
_LOCALES = sorted(_PACKAGES.glob("*/src/**/locale"))
_LANGUAGES = ("de", "es", "fr")
_FUNCTIONS = re.compile(r"_|n?gettext(_lazy)?")
_CALL = re.compile(
    r"""\b(?:_|n?gettext)\(\s*u?(?P<one>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")"""
    r"""(?:,\s*u?(?P<many>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))?"""
)
_PLACEHOLDER = re.compile(r"%(?:\(\w+\))?[sd%]|<[^>]*>")

Message = tuple[str, ...]


def _of_module(source: str) -> Iterator[Message]:
    for node in ast.walk(ast.parse(source)):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and _FUNCTIONS.fullmatch(node.func.id)
        ):
            yield tuple(
                argument.value
                for argument in node.args
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
            )


def _of_template(source: str) -> Iterator[Message]:
    for call in _CALL.finditer(templatize(source)):
        yield tuple(ast.literal_eval(text) for text in call.groups() if text)


def messages(folder: Path) -> set[Message]:
    """Return what a package says, as singular or as singular and plural."""
    found: set[Message] = set()
    for path in folder.rglob("*.py"):
        found.update(_of_module(path.read_text(encoding="utf-8")))
    for path in folder.rglob("*.html"):
        found.update(_of_template(path.read_text(encoding="utf-8")))
    return found


def catalogue(locale: Path, language: str) -> dict[str | tuple[str, int], str]:
    """Return all translations; the forms of a plural each under their number."""
    path = locale / language / "LC_MESSAGES/django.mo"
    with path.open("rb") as stream:
        return gettext.GNUTranslations(stream)._catalog  # type: ignore[attr-defined]


def of_source(locale: Path, language: str) -> set[str]:
    """Return the translations as translators edit them."""
    text = (locale / language / "LC_MESSAGES/django.po").read_text(encoding="utf-8")
    found = re.findall(r'^msgstr(?:\[\d\])? (".*"(?:\n".*")*)', text, re.MULTILINE)
    return {"".join(map(ast.literal_eval, each.splitlines())) for each in found}


def test_packages_with_pages_have_translations() -> None:
    def names(paths: Iterable[Path]) -> set[str]:
        return {path.relative_to(_PACKAGES).parts[0] for path in paths}

    assert names(_LOCALES) == names(_PACKAGES.glob("*/src/**/*.html"))


@pytest.mark.parametrize("language", _LANGUAGES)
@pytest.mark.parametrize("locale", _LOCALES, ids=lambda locale: locale.parent.name)
class TestCatalogue:
    def test_everything_is_translated(self, locale: Path, language: str) -> None:
        found = catalogue(locale, language)
        wanted = {
            key
            for one, *many in messages(locale.parent)
            for key in ([(one, 0), (one, 1)] if many else [one])
        }
        remedy = "run scripts/hatch run django:messages, and fill in what is empty"
        assert {key for key in wanted if not found.get(key)} == set(), remedy
        assert set(found) - {""} == wanted, "what isn't said any more is left in the catalogue"

    def test_placeholders_agree(self, locale: Path, language: str) -> None:
        found = catalogue(locale, language)
        differing = []
        for one, *many in messages(locale.parent):
            forms = [(one, 0), (one, 1)] if many else [one]
            for form, original in zip(forms, [one, *many], strict=True):
                placeholders = map(sorted, map(_PLACEHOLDER.findall, (found[form], original)))
                if len(set(map(tuple, placeholders))) > 1:
                    differing.append(found[form])
        assert differing == []

    def test_what_is_compiled_is_what_translators_edited(self, locale: Path, language: str) -> None:
        assert set(catalogue(locale, language).values()) == of_source(locale, language)


def test_numbers_choose_their_form() -> None:
    for language, one, none in (("de", "1 Tag", "0 Tage"), ("fr", "1 jour", "0 jour")):
        with override(language):
            for number, said in ((1, one), (0, none)):
                assert ngettext("%(n)d day", "%(n)d days", number) % {"n": number} == said
