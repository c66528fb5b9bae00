"""A site with two record types, a way to run its commands, and events to write."""

from __future__ import annotations

import faulthandler
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

SITE = Path(__file__).parent / "site"
sys.path[:0] = [str(SITE), str(Path(__file__).parent)]

if TYPE_CHECKING:
    from collections.abc import Iterator

    from shop_tests.shop import Shop


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let phases be read so often that changes of phase need no long wait."""
    from elasticsearch_metrics.migration import transition
    from elasticsearch_metrics.migration.state import phase_cache
    from elasticsearch_metrics.migration.verification import comparison

    monkeypatch.setattr(phase_cache, "SNAPSHOT_VALIDITY", 0.1)
    monkeypatch.setattr(transition, "SETTLING_TIME", 0.25)
    monkeypatch.setattr(comparison, "SETTLING", 0.3)


@pytest.fixture
def patient() -> None:
    """Let a test take longer than the time after which pytest thinks that it hangs."""
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture
def shop(
    request: pytest.FixtureRequest,
    djelme_index_prefix: str,
    djelme_backends: dict[str, dict[str, dict[str, Any]]],
) -> Iterator[Shop]:
    """The site, on the versions that the module names as ``IMPS``; its templates are made."""
    from shop_tests.shop import Shop

    imps = request.module.IMPS
    with Shop.opened(imps, djelme_backends, djelme_index_prefix) as opened:
        yield opened
