"""What goes wrong is told by djelme's own errors, quickly and without secrets.

It is long, as one class is one part of the suite.
"""

from __future__ import annotations

import contextlib
import io
import pickle
import re
import traceback
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from django.core.management import CommandError, call_command
from django.test import override_settings

from djelme.errors import (
    BackendRefusedError,
    BackendUnreachableError,
    ConfigurationError,
    DjelmeError,
    RecordNotFoundError,
    RecordTypeError,
)
from djelme_testing.conformance.capability import Capability, needs
from djelme_testing.conformance.site import Body
from elasticsearch_metrics.checks import check_djelme
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from djelme_testing.conformance.site import Site

__all__ = ("ErrorTests",)

_SECRET = "s3cr3t/?"  # noqa: S105 - nobody's
_QUOTED_SECRET = "s3cr3t%2F%3F"  # noqa: S105 - nobody's


def _with_secret(options: dict[str, Any]) -> dict[str, Any]:
    """Return options that have credentials within their address."""
    parts = urlsplit(options["hosts"])
    return {**options, "hosts": f"{parts.scheme}://me:{_QUOTED_SECRET}@{parts.netloc}"}


def _assert_survives_pickling(error: DjelmeError) -> None:
    again = pickle.loads(pickle.dumps(error))  # noqa: S301 - our own
    assert type(again) is type(error)
    assert str(again) == str(error)
    assert vars(again) == vars(error)


class ErrorTests:
    """Errors of clusters and of mistakes."""

    @pytest.fixture
    def away(self, site: Site, unreachable_options: dict[str, Any]) -> Iterator[Any]:
        """A record type whose cluster doesn't answer."""

        @site.set_up
        class UsageRecord(Body):
            item_id: int

        with site.configured({"main": unreachable_options}):
            yield UsageRecord

    @pytest.mark.parametrize(
        "act",
        [
            lambda usage: usage.record(item_id=1),
            lambda usage: usage(item_id=1).save(),
            lambda usage: usage.bulk_record([{"item_id": 1}]),
            lambda usage: usage.get("an-id"),
            lambda usage: usage.refresh(),
            lambda usage: usage.check_djelme_setup(),
            lambda usage: usage.sync_index_template(),
            lambda usage: list(usage.each_existing_index()),
            lambda usage: usage.get_backend().server_version(timeout=1),
        ],
        ids=[
            *("record", "save", "bulk_record", "get", "refresh", "check_djelme_setup"),
            *("sync_index_template", "each_existing_index", "server_version"),
        ],
    )
    def test_a_cluster_that_is_away(self, away: Any, act: Callable[[Any], Any]) -> None:
        with pytest.raises(BackendUnreachableError, match="'main' is unreachable") as caught:
            act(away)
        assert caught.value.backend == "main"
        assert caught.value.__cause__ is not None
        _assert_survives_pickling(caught.value)

    def test_a_request_that_the_cluster_refuses(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        record = UsageRecord(item_id=1)
        with pytest.raises(BackendRefusedError) as caught:
            record.save(index=site.name("myapp_usagerecord_Not a Name"))
        assert caught.value.status == 400
        assert caught.value.backend == "main"
        assert "'main' refused with status 400" in str(caught.value)
        assert caught.value.__cause__ is not None
        _assert_survives_pickling(caught.value)

    @needs(Capability.CLIENT_ERRORS)
    def test_errors_are_those_of_the_client_too(
        self, site: Site, unreachable_options: dict[str, Any]
    ) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        backend: Any = site.backend
        own = backend.library.exceptions
        index = site.name("myapp_usagerecord_1999")
        with pytest.raises(own.NotFoundError) as missing:
            UsageRecord.get("no-such-id", index=index)
        assert isinstance(missing.value, RecordNotFoundError)
        status: Any = missing.value
        assert status.status_code == 404
        with pytest.raises(own.RequestError) as refused:
            UsageRecord(item_id=1).save(index=site.name("myapp_usagerecord_Not a Name"))
        assert isinstance(refused.value, BackendRefusedError)
        status = refused.value
        assert status.status_code == status.status == 400
        assert "'main' refused with status 400" in str(refused.value)
        _assert_survives_pickling(refused.value)
        with site.configured({"main": unreachable_options}):
            with pytest.raises(own.ConnectionError) as away:
                UsageRecord.get_backend().server_version(timeout=1)
            assert isinstance(away.value, BackendUnreachableError)
            _assert_survives_pickling(away.value)

    def test_a_record_that_is_not_there(self, site: Site) -> None:
        @site.set_up
        class UsageRecord(Body):
            item_id: int

        index = UsageRecord.record(item_id=1).meta.index
        for arguments in ({}, {"index": index}, {"index": site.name("myapp_usagerecord_1999")}):
            with pytest.raises(RecordNotFoundError, match="'no-such-id'") as caught:
                UsageRecord.get("no-such-id", **arguments)
            assert caught.value.recordtype == "myapp.UsageRecord"
            _assert_survives_pickling(caught.value)

    def test_secrets_stay_out_of_everything(
        self, site: Site, unreachable_options: dict[str, Any]
    ) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        said = io.StringIO()
        with site.configured({"main": _with_secret(unreachable_options)}):
            backend = UsageRecord.get_backend()
            ways: tuple[Callable[[], Any], ...] = (
                lambda: UsageRecord.record(item_id=1),
                lambda: UsageRecord.bulk_record([{"item_id": 1}]),
                lambda: backend.server_version(timeout=1),
            )
            for act in ways:
                with pytest.raises(BackendUnreachableError) as caught:
                    act()
                said.write("".join(traceback.format_exception(caught.value)))
                said.write(repr(caught.value))
            said.write(f"{backend!r} {backend} {UsageRecord!r}")
            for command in ("djelme_backend_check", "djelme_backend_setup", "djelme_backend_types"):
                with contextlib.suppress(CommandError):
                    call_command(command, "myapp", stdout=said, stderr=said)
            for form in ("table", "json"):
                with pytest.raises(CommandError) as failed:
                    call_command("djelme_backend_check", "myapp", format=form, stdout=said)
                said.write(str(failed.value))
        assert "unreachable" in said.getvalue()
        assert _SECRET not in said.getvalue()
        assert _QUOTED_SECRET not in said.getvalue()

    def test_secrets_stay_out_of_system_checks(
        self, site: Site, unreachable_options: dict[str, Any]
    ) -> None:
        options = _with_secret(unreachable_options)
        wrong = [
            {**options, "no_such_option": 1},
            {**options, "password": _SECRET},
            {**options, "hosts": options["hosts"].replace("://", ":/")},
            {**options, "hosts": [5, options["hosts"]]},
            {**options, "djelme_default_index_name_prefix": 5},
        ]
        for each in wrong:
            with site.configured({"main": each}):
                found = [error for error in check_djelme() if error.obj == "main"]
                said = repr(found) + "".join(f"{error} {error.hint}" for error in found)
            assert _SECRET not in said
            assert _QUOTED_SECRET not in said

    def test_an_unknown_option_is_told_with_those_like_it(self, site: Site) -> None:
        for option, similar in (
            ("hots", "hosts"),
            ("djelme_default_index_prefix", "djelme_default_index_name_prefix"),
        ):
            with site.configured({"main": {**site.options, option: "x"}}):
                (error,) = (error for error in check_djelme() if error.obj == "main")
            assert error.id == "djelme.E003"
            assert "DJELME_BACKENDS['main']" in error.msg
            assert repr(option) in error.msg
            assert similar in error.msg

    @pytest.mark.parametrize(
        ("value", "where"),
        [
            (["main"], "DJELME_BACKENDS should be a dict"),
            (
                {"main": "http://localhost:9200"},
                r"DJELME_BACKENDS\['main'\] should have exactly one",
            ),
            ({"main": {}}, r"DJELME_BACKENDS\['main'\] should have exactly one imp"),
            ({"main": {"hosts": "x", "timeout": 5}}, r"DJELME_BACKENDS\['main'\] should have"),
            ({"main": {"no.such.imp": None}}, r"DJELME_BACKENDS\['main'\] should map the path"),
            ({5: {"no.such.imp": {}}}, r"DJELME_BACKENDS\[5\]: the name of a backend"),
        ],
        ids=str,
    )
    def test_settings_of_the_wrong_shape(self, site: Site, value: Any, where: str) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        with override_settings(DJELME_BACKENDS=value):
            djelme_registry.reset()
            (error,) = (error for error in check_djelme() if error.id == "djelme.E001")
            assert re.match(where, error.msg)
            assert error.hint
            with pytest.raises(ConfigurationError, match=where):
                UsageRecord.record(item_id=1)

    def test_an_imp_that_is_not_there(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        for imp, hint in (
            ("elasticsearch_metrics.imps.elastic5", "django-elasticsearch-metrics[elastic5]"),
            ("no.such.imp", "install the package that has it, or correct the path"),
            ("json", "is no imp"),
        ):
            with override_settings(DJELME_BACKENDS={"main": {imp: {}}}):
                djelme_registry.reset()
                found = [error for error in check_djelme() if error.obj == "main"]
            (error,) = found
            assert error.id == "djelme.E002"
            assert "DJELME_BACKENDS['main']" in error.msg
            assert repr(imp) in error.msg
            assert hint in error.msg

    def test_abstract_types_have_no_records(self, site: Site) -> None:
        @site.declare
        class Base(Body):
            item_id: int

            class Meta:
                abstract = True

        ways: tuple[Callable[[Any], Any], ...] = (
            lambda recordtype: recordtype.record(item_id=1),
            lambda recordtype: recordtype.bulk_record([{"item_id": 1}]),
            lambda recordtype: recordtype.search(),
            lambda recordtype: recordtype.search_timeseries_range((2026,), (2027,)),
            lambda recordtype: recordtype.sync_index_template(),
            lambda recordtype: recordtype.get_timeseries_template_name(),
        )
        for recordtype in (Base, site.imp.EventRecord):
            for act in ways:
                with pytest.raises(RecordTypeError, match=f"{recordtype.__name__}: .*abstract"):
                    act(recordtype)

    def test_the_same_name_twice_in_an_app(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            pass

        with pytest.raises(RecordTypeError, match="'myapp' already has a record type of this name"):
            site.declare(type("UsageRecord", (), {"__module__": __name__}))
        with pytest.raises(RecordTypeError, match="already has"):
            site.declare(type("Usagerecord", (), {"__module__": __name__}))
        assert UsageRecord.get_timeseries_template_name() == site.name("myapp_usagerecord")

    def test_a_type_outside_of_any_app(self, site: Site) -> None:
        event_record = site.imp.EventRecord
        with pytest.raises(RecordTypeError, match=r"INSTALLED_APPS.*app_label"):
            type(event_record)("Lost", (event_record,), {"__module__": "no.app.at.all"})

    def test_declarations_that_can_not_work(self, site: Site) -> None:
        for namespace, message in (
            ({"__annotations__": {"price": "Decimal"}}, "can't be resolved"),
            ({"__annotations__": {"mixed": int | str}}, "a field has one type"),
            ({"__annotations__": {"search": int}}, "'search' can't have this name"),
            ({"__annotations__": {"_private": int}}, "'_private' can't have this name"),
            ({"Meta": {"timedepht": 2}}, "unknown option 'timedepht'"),
            ({"Meta": {"timedepth": 5}}, "Meta.timedepth"),
            ({"Meta": {"expiration": 90}}, "Meta.expiration should be"),
            ({"Index": {"name": "usage"}}, "unknown option 'name'"),
            ({"Index": {"using": 5}}, "Index.using should be"),
        ):
            body = {
                name: type(name, (), value) if name in {"Meta", "Index"} else value
                for name, value in namespace.items()
            }
            with pytest.raises(RecordTypeError, match=message) as caught:
                site.declare(type("Broken", (), {"__module__": __name__, **body}))
            assert str(caught.value).startswith("Broken: ")
            _assert_survives_pickling(caught.value)

    def test_no_backend_and_too_many(self, site: Site) -> None:
        @site.declare
        class UsageRecord(Body):
            item_id: int

        with (
            site.configured({}),
            pytest.raises(ConfigurationError, match=r"myapp.UsageRecord needs a .*there is none"),
        ):
            UsageRecord.record(item_id=1)
        with site.configured({"one": site.options, "two": site.options}):
            message = r"myapp.UsageRecord .*several \('one', 'two'\); name one as `using`"
            with pytest.raises(ConfigurationError, match=message):
                UsageRecord.record(item_id=1)
            found = [error for error in check_djelme() if error.obj == "myapp.UsageRecord"]
            (error,) = (error for error in found if error.id == "djelme.E005")
            assert "class Index" in error.hint
            with pytest.raises(ConfigurationError, match=r"'three', which is not in DJELME_BACK"):
                UsageRecord.record(using="three", item_id=1)
