"""Everything that the sources have is documented, and what is documented exists."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

import pytest
from django.core.management import load_command_class
from django.core.management.base import BaseCommand
from documentation import source
from documentation.page import ROOT, get_page

from djelme_testing.cli import build_parser

if TYPE_CHECKING:
    from collections.abc import Iterator

    from documentation.page import Page

COMMANDS = sorted(source.command_names())
#: The packages that a site runs with.
RUNTIME = ("core", "django", "elastic6", "elastic8", "migration")


def test_settings() -> None:
    read = source.constants(
        r"(DJELME|ELASTICSEARCH_METRICS)_[A-Z_]+[A-Z]", source.modules("django")
    )
    documented = {
        heading.strip("`")
        for heading in get_page("reference/settings.md").headings
        if "`" in heading
    }
    assert documented == read


def test_options_of_backends() -> None:
    core, glue = source.modules("core"), source.modules("django")
    read = source.constants(
        r"djelme_[a-z_]+",
        [path for path in core + glue if path.name in {"options.py", "option.py"}],
    )
    rows = get_page("reference/settings.md").rows
    documented = {name for name in rows if name.startswith("djelme_")}
    assert documented == read - {"djelme_"}


def test_system_checks() -> None:
    places = source.check_places()
    assert get_page("reference/checks.md").rows.keys() == places.keys()
    shared = {check: found for check, found in places.items() if len(found) > 1}
    assert shared == {}, "two modules can't give one id to different mistakes"


def test_errors() -> None:
    assert _documented_errors("errors.md") == source.error_names(*RUNTIME, root="DjelmeError")
    of_testing = source.error_names("testing", root="DjelmeError") - {"DjelmeError"}
    of_clusters = source.error_names("testing", root="ClusterError")
    assert _documented_errors("testing.md") == of_testing | of_clusters


def _documented_errors(page: str) -> set[str]:
    return {name for name in get_page(f"reference/{page}").rows if name.endswith("Error")}


def test_tree_of_errors() -> None:
    (tree,) = [
        block.text for block in get_page("reference/errors.md").blocks if "└──" in block.text
    ]
    assert set(re.findall(r"[A-Z]\w+Error", re.sub(r"\(.*\)", "", tree))) == source.error_names(
        *RUNTIME, root="DjelmeError"
    )


def test_signals() -> None:
    rows = get_page("reference/signals.md").rows
    assert rows.keys() == source.signal_names()


def test_fixtures_and_options_of_pytest() -> None:
    rows = get_page("reference/testing.md").rows
    plugin = [path for path in source.modules("testing") if path.name == "pytest_plugin.py"]
    named = source.constants(r"--djelme-[a-z-]+", plugin)
    assert named, "where are the plugin's options?"
    documented = {name for name in rows if name.startswith("--")}
    assert named <= documented
    missing = source.fixture_names() - rows.keys()
    assert not missing
    fixtures = {name for name in rows if re.fullmatch(r"djelme_\w+|elasticsearch\d_cluster", name)}
    assert fixtures <= source.fixture_names()


def test_variables_of_the_environment() -> None:
    read = source.constants(r"(DJELME|ELASTICSEARCH\d*)_[A-Z0-9_]*[A-Z]", source.modules("testing"))
    settings = source.constants(r"DJELME_[A-Z_]+[A-Z]", source.modules("django"))
    documented = {
        name
        for name in get_page("reference/testing.md").rows
        if re.fullmatch(r"(DJELME|ELASTICSEARCH\d*)_[A-Z0-9_]+", name)
    }
    missing = read - settings - documented
    assert not missing
    made = "|".join(source.formatted_names(source.modules("testing")))
    invented = {name for name in documented - read if not re.fullmatch(made, name)}
    assert not invented


def test_options_of_djelme_cluster() -> None:
    documented = {name.split()[0] for name in get_page("reference/testing.md").rows}
    for options in _each_option(build_parser()):
        assert options in documented


def _each_option(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, sub in action.choices.items():
                yield name
                yield from _each_option(sub)
        else:
            yield from (text for text in action.option_strings if text not in {"-h", "--help"})


@pytest.mark.parametrize("name", COMMANDS)
def test_command_and_its_options(name: str) -> None:
    section = get_page("reference/commands.md").section(name)
    known = set(_each_option(_parser(name))) - _options_of_django()
    missing = {option for option in known if not _is_named(option, section)}
    assert not missing
    mentioned = set(re.findall(r"(?<![\w-])--[a-z][a-z-]*[a-z]", section))
    assert mentioned <= known | _options_of_django()


def _parser(name: str) -> argparse.ArgumentParser:
    command: BaseCommand = load_command_class("elasticsearch_metrics", name)
    return command.create_parser("manage.py", name)


def _options_of_django() -> set[str]:
    parser = BaseCommand().create_parser("manage.py", "x")
    return set(_each_option(parser))


def _is_named(option: str, text: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", text) is not None


def test_commands_that_are_mentioned_exist(pages: list[Page]) -> None:
    known = source.command_names()
    wrong = {
        (page.name, name)
        for page in pages
        for name in re.findall(r"manage\.py (djelme_\w+)", page.text)
        if name not in known
    }
    assert not wrong


def test_checks_that_are_mentioned_exist(pages: list[Page]) -> None:
    known = source.check_places()
    wrong = {
        (page.name, check)
        for page in pages
        for check in re.findall(r"djelme\.[EIW]\d{3}", page.text)
        if check not in known
    }
    assert not wrong


def test_links_lead_somewhere(pages: list[Page]) -> None:
    wrong = {
        (page.name, target)
        for page in pages
        for target in page.links
        if not (page.path.parent / target).exists()
    }
    assert not wrong


@pytest.mark.parametrize(
    ("sought", "answer"),
    [
        ("privacy", "how-to/privacy.md"),
        ("gdpr", "how-to/privacy.md"),
        ("kibana", "how-to/kibana-and-grafana.md"),
        ("grafana", "how-to/kibana-and-grafana.md"),
        ("excel", "how-to/admin.md"),
        ("top items", "how-to/kibana-and-grafana.md"),
        ("unique visitors", "how-to/kibana-and-grafana.md"),
        ("troubleshooting", "how-to/troubleshooting.md"),
    ],
)
def test_a_search_finds_the_page_about_it(sought: str, answer: str) -> None:
    # As the search of the built pages has it: each word, anywhere in the page.
    words = set(re.findall(r"\w+", get_page(answer).text.lower()))
    assert set(sought.split()) <= words


def test_every_page_of_docs_has_its_place_in_the_index() -> None:
    docs = ROOT / "docs"
    pages = {
        str(path.relative_to(docs).with_suffix(""))
        for path in docs.glob("*/*.md")
        if path.parent.name != "_build"
    }
    places = re.findall(r"^([\w-]+/[\w.-]+)$", get_page("index.md").text, re.MULTILINE)
    assert sorted(places) == sorted(pages), "each page once, below the caption where it belongs"
