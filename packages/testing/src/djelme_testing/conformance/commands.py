"""The management commands that every site needs."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management import CommandError, call_command

from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

__all__ = ("CommandTests",)


def _call(command: str, *arguments: str, **options: Any) -> str:
    said = io.StringIO()
    call_command(command, *arguments, stdout=said, no_color=True, **options)
    return said.getvalue()


def _call_in_vain(command: str, *arguments: str, **options: Any) -> tuple[str, str]:
    """Return what a failing command says on its output and as its error."""
    said = io.StringIO()
    with pytest.raises(CommandError) as caught:
        call_command(command, *arguments, stdout=said, no_color=True, **options)
    assert caught.value.returncode != 0
    return said.getvalue(), str(caught.value)


def _declare(site: Site) -> tuple[Any, Any]:
    @site.declare
    class UsageRecord(Body):
        item_id: int

        class Meta:
            app_label = "one"

    @site.declare
    class Download(Body):
        item_id: int

        class Meta:
            app_label = "other"
            timedepth = 2

    return UsageRecord, Download


class CommandTests:
    """`djelme_backend_types`, `djelme_backend_setup` and `djelme_backend_check`."""

    def test_types_are_listed(self, site: Site, unreachable_options: dict[str, Any]) -> None:
        _declare(site)
        # It asks no cluster.
        with site.configured({"main": unreachable_options}):
            said = _call("djelme_backend_types", "one", "other")
            listed = json.loads(_call("djelme_backend_types", "other", format="json"))
        for expected in (
            "one.UsageRecord",
            "other.Download",
            "main",
            site.name("other_download_*"),
        ):
            assert expected in said
        (row,) = listed
        assert row["recordtype"] == "other.Download"
        assert row["backend"] == "main"
        assert row["template_name"] == site.name("other_download")
        assert row["timedepth"] == "monthly"

    def test_types_are_set_up_by_app(self, site: Site) -> None:
        one, other = _declare(site)
        said = _call("djelme_backend_setup", "one")
        assert f"{site.name('one_usagerecord')} in backend main: set up" in said
        one.check_djelme_setup()
        assert site.backend.get_template(site.name("other_download")) is None
        said = _call("djelme_backend_setup", "one", "other")
        assert f"{site.name('one_usagerecord')} in backend main: already set up" in said
        assert f"{site.name('other_download')} in backend main: set up" in said
        other.check_djelme_setup()

    def test_a_check_tells_what_is_missing(self, site: Site) -> None:
        _declare(site)
        _call("djelme_backend_setup", "one")
        said, error = _call_in_vain("djelme_backend_check", "one", "other")
        assert "one.UsageRecord" in said
        assert "in sync" in said
        assert f"other.Download: {site.name('other_download')} in main: there is no" in said
        assert "1 of 2 record types" in error
        assert "djelme_backend_setup" in error
        _call("djelme_backend_setup", "other")
        said = _call("djelme_backend_check", "one", "other")
        assert "there is no" not in said

    def test_a_check_tells_what_differs(self, site: Site) -> None:
        _declare(site)
        _call("djelme_backend_setup", "one")
        site.forget_declarations()

        @site.declare
        class UsageRecord(Body):
            item_id: str

            class Meta:
                app_label = "one"

        said, _ = _call_in_vain("djelme_backend_check", "one")
        assert "item_id.type: the class has keyword, the server long" in said
        said, _ = _call_in_vain("djelme_backend_check", "one", format="json")
        checked = json.loads(said)
        (backend,) = checked["backends"]
        assert backend["name"] == "main"
        assert backend["error"] is None
        assert backend["server_version"][0].isdigit()
        (row,) = checked["recordtypes"]
        assert row["state"] == "differs"
        (difference,) = row["differences"]
        assert difference["path"].endswith("item_id.type")
        assert (difference["expected"], difference["found"]) == ("keyword", "long")
        _call("djelme_backend_setup", "one")
        checked = json.loads(_call("djelme_backend_check", "one", format="json"))
        assert checked["recordtypes"][0]["state"] == "in sync"

    def test_a_cluster_that_is_away_is_told_in_words(
        self, site: Site, unreachable_options: dict[str, Any]
    ) -> None:
        _declare(site)
        with site.configured({"main": unreachable_options}):
            said, _ = _call_in_vain("djelme_backend_check", "one")
            assert "'main' is unreachable" in said
            said, _ = _call_in_vain("djelme_backend_check", "one", format="json")
            checked = json.loads(said)
            assert "unreachable" in checked["backends"][0]["error"]
            assert checked["recordtypes"][0]["state"] == "unknown"
            _, error = _call_in_vain("djelme_backend_setup", "one")
            assert "'main' is unreachable" in error

    @pytest.mark.parametrize(
        "command", ["djelme_backend_types", "djelme_backend_setup", "djelme_backend_check"]
    )
    def test_an_app_that_is_not_there(self, site: Site, command: str) -> None:
        _declare(site)
        _, error = _call_in_vain(command, "no_such_app")
        assert "no_such_app" in error
        _, error = _call_in_vain(command, "elasticsearch_metrics")
        assert "no record types" in error
