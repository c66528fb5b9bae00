"""Test cases for unittest and Django's test runner, on the backends of the site's settings.

With pytest, the fixtures of `djelme_testing.pytest_plugin` do more.
"""

from __future__ import annotations

import contextlib
import io
import uuid
from typing import TYPE_CHECKING, Any

from django.core.management import call_command
from django.test import SimpleTestCase

from elasticsearch_metrics.index.setup_guard import setup_guard
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import ModuleType

    from django.core.management.base import BaseCommand

__all__ = (
    "DjelmeTestCase",
    "DjelmeTestCaseWithoutSetup",
    "SimpleDjelmeTestCase",
    "clear_setup_checks",
    "isolated_backends",
    "isolated_names",
    "set_up_backends",
    "tear_down_backends",
)


def clear_setup_checks() -> None:
    """Check the set-up of each record type anew at its next use."""
    setup_guard.forget()


@contextlib.contextmanager
def isolated_names(prefix: str = "") -> Iterator[str]:
    """Begin the names of all indexes and templates in the block with a prefix.

    Args:
        prefix: a random one by default.
    """
    prefix = prefix or f"test{uuid.uuid4().hex[:8]}_"
    clear_setup_checks()
    with djelme_registry.isolated_names(prefix):
        yield prefix
    clear_setup_checks()


def set_up_backends() -> None:
    """Set up all record types of the site."""
    for recordtypes in djelme_registry.recordtypes_by_backend().values():
        for recordtype in recordtypes:
            recordtype.sync_index_template()


def tear_down_backends() -> None:
    """Delete the indexes and index templates of all record types of the site."""
    for recordtypes in djelme_registry.recordtypes_by_backend().values():
        for recordtype in recordtypes:
            placement = djelme_registry.placement(recordtype)
            names = [status.name for status in recordtype.each_existing_index()]
            placement.backend.delete_indexes(names)
            placement.backend.delete_template(placement.naming.template_name)


@contextlib.contextmanager
def isolated_backends() -> Iterator[str]:
    """Set up all record types under names of the block's own, which are deleted at its end."""
    with isolated_names() as prefix:
        set_up_backends()
        try:
            yield prefix
        finally:
            tear_down_backends()


class SimpleDjelmeTestCase(SimpleTestCase):
    """A test that may declare record types and run commands, without a cluster."""

    def setUp(self) -> None:
        """Forget what is known of set-ups."""
        super().setUp()
        clear_setup_checks()

    def enterContext(self, cm: Any) -> Any:  # noqa: N802 - unittest's name
        """Enter a context manager, and leave it after the test; unittest's since Python 3.11."""
        result = cm.__enter__()
        self.addCleanup(cm.__exit__, None, None, None)
        return result

    def run_mgmt_command(
        self, cmd: str | BaseCommand | ModuleType, *args: str, **options: Any
    ) -> tuple[str, str]:
        """Run a management command, given by its name or its module; return what it wrote."""
        command: Any = cmd if isinstance(cmd, str) else getattr(cmd, "Command", lambda: cmd)()
        out, error = io.StringIO(), io.StringIO()
        call_command(command, *args, stdout=out, stderr=error, **options)
        return out.getvalue(), error.getvalue()


class DjelmeTestCase(SimpleDjelmeTestCase):
    """A test on the cluster of the settings, whose record types are set up and torn down."""

    def setUp(self) -> None:
        """Set up all record types under names of this test's own."""
        super().setUp()
        self.enterContext(isolated_backends())


class DjelmeTestCaseWithoutSetup(SimpleDjelmeTestCase):
    """The same, with nothing set up."""

    def setUp(self) -> None:
        """Give indexes and templates names of this test's own."""
        super().setUp()
        self.enterContext(isolated_names())
        self.addCleanup(tear_down_backends)
