"""Clusters of which a node, or all, are away: what goes on, and what is said."""

from __future__ import annotations

import io
import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from djelme_testing.conformance.site import Body
from djelme_testing.port import silent_port, unused_port
from elasticsearch_metrics.health.report import check_health
from elasticsearch_metrics.index.setup_guard import autosetup_at_start
from elasticsearch_metrics.management.commands import djelme_backend_check

if TYPE_CHECKING:
    from collections.abc import Iterator

    from djelme_testing.conformance.site import Site

#: Clients choose a node at random, so each should have been the first one to be asked.
TIMES = 3


@pytest.fixture
def nobody() -> str:
    """Return the URL of a port at which nobody listens."""
    return f"http://127.0.0.1:{unused_port()}"


@pytest.fixture
def silent() -> Iterator[str]:
    """Return the URL of a port whose connections never get an answer."""
    with silent_port() as port:
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def usage(site: Site) -> Any:
    @site.set_up
    class Usage(Body):
        item_id: int

    return Usage


@pytest.fixture(params=["nobody", "silent"])
def away(request: pytest.FixtureRequest) -> str:
    url: str = request.getfixturevalue(request.param)
    return url


def test_one_of_two_nodes_is_enough(
    site: Site, usage: Any, away: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(djelme_backend_check, "ANSWER_TIMEOUT", 3.0)
    hosts = site.options["hosts"]
    answering = hosts if isinstance(hosts, list) else [hosts]
    for listed in ([away, *answering], [*answering, away]):
        for _ in range(TIMES):
            # Each time with a client that knows nothing of its nodes yet.
            with site.configured({"main": {**site.options, "hosts": listed}}):
                (health,) = check_health(timeout=3.0)
                assert health.is_well, health
    with site.configured({"main": {**site.options, "hosts": [away, *answering]}}):
        said = io.StringIO()
        call_command("djelme_backend_check", stdout=said)
    assert f"{usage.djelme.label}: " in said.getvalue()


def test_a_cluster_that_is_away_is_no_difference(site: Site, usage: Any, nobody: str) -> None:
    with (
        site.configured({"main": {**site.options, "hosts": nobody}}),
        pytest.raises(CommandError) as caught,
    ):
        call_command("djelme_backend_check", stdout=io.StringIO())
    assert usage.djelme.label
    assert "not in sync" not in str(caught.value)
    assert "1 of 1 backends" in str(caught.value)
    assert "1 of 1 record types could not be checked" in str(caught.value)


def test_sniffing_keeps_no_site_from_starting(
    site: Site, usage: Any, nobody: str, caplog: pytest.LogCaptureFixture
) -> None:
    options = {**site.options, "hosts": nobody, "sniff_on_start": True}
    with (
        site.configured({"main": options}, DJELME_AUTOSETUP=True),
        caplog.at_level(logging.ERROR),
    ):
        autosetup_at_start([usage])
        assert "'main' is unreachable" in caplog.text
        (health,) = check_health()
        assert not health.is_reachable
        with pytest.raises(CommandError, match="could not be checked"):
            call_command("djelme_backend_check", stdout=io.StringIO())
