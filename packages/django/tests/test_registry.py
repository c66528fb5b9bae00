from __future__ import annotations

import gc
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from djelme.errors import ConfigurationError, RecordTypeError
from elasticsearch_metrics.health.report import check_health
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from pathlib import Path

FAKE_IMP = "djelme_fake_imp"


def test_two_types_of_one_name_in_an_app(make_type: Any) -> None:
    make_type("Usage")
    with pytest.raises(RecordTypeError, match="already has a record type of this name"):
        make_type("Usage")
    make_type("Usage", "other")


def test_a_declaration_that_fails_leaves_nothing_behind(make_type: Any) -> None:
    def declare() -> None:
        with djelme_registry.all_or_nothing():
            make_type("Usage")
            msg = "another class of the module can't work"
            raise RecordTypeError(msg, recordtype="Other")

    with pytest.raises(RecordTypeError):
        declare()
    with pytest.raises(LookupError, match="shop"):
        list(djelme_registry.each_recordtype("shop"))


def test_what_others_declare_is_forgotten_with_it() -> None:
    forgotten: list[str] = []

    def declare() -> None:
        with djelme_registry.all_or_nothing():
            djelme_registry.on_failure(partial(forgotten.append, "of this module"))
            with djelme_registry.all_or_nothing():  # as one module imports another
                djelme_registry.on_failure(partial(forgotten.append, "of another module"))
            assert forgotten == []
            msg = "another class of the module can't work"
            raise RecordTypeError(msg, recordtype="Other")

    djelme_registry.on_failure(partial(forgotten.append, "of no module"))
    with pytest.raises(RecordTypeError):
        declare()
    assert forgotten == ["of this module", "of another module"]


def test_unknown_types_and_backends() -> None:
    with pytest.raises(LookupError, match="'shop' has no record type 'Usage'"):
        djelme_registry.get_recordtype("shop", "Usage")
    with pytest.raises(ConfigurationError, match="no backend 'nope'"):
        djelme_registry.get_backend("nope")


@pytest.mark.parametrize("given", [False, 0, b"shop", ["shop"], {}, object()])
def test_names_are_strings(given: Any) -> None:
    calls = (
        lambda: djelme_registry.get_recordtype(given),
        lambda: djelme_registry.get_recordtype("shop", given),
        lambda: list(djelme_registry.each_recordtype(given)),
        lambda: djelme_registry.recordtypes_by_backend(given),
    )
    for call in calls:
        with pytest.raises(TypeError, match="are strings, not"):
            call()
    with pytest.raises(LookupError, match="a backend is named by a str"):
        djelme_registry.get_backend(given)


def test_a_client_in_place_of_a_name_shows_no_password(make_type: Any) -> None:
    class Client:
        def __repr__(self) -> str:
            return "<Elasticsearch(['https://user:geheim@es.example'])>"

    usage = make_type()
    for ask in (djelme_registry.get_backend, usage.get_backend, usage.refresh):
        with pytest.raises(ConfigurationError, match="backend") as caught:
            ask(Client())
        assert "geheim" not in str(caught.value)


def test_backends_are_made_once_and_anew_after_a_change_of_settings() -> None:
    first = djelme_registry.get_backend("main")
    assert djelme_registry.get_backend("main") is first
    with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: {}}}):
        assert djelme_registry.get_backend("main") is not first
    assert "close" in first.asked  # type: ignore[attr-defined]


def test_the_owner_of_an_index_is_the_type_with_the_longest_name(make_type: Any) -> None:
    make_type("Views", template_name="views")
    daily = make_type("Daily", template_name="views_daily")
    owner = djelme_registry.owner_of("views_daily_2026.11.23", "main")
    assert owner is not None
    assert owner.recordtype is daily
    assert djelme_registry.owner_of("viewsdaily_2026", "main") is None


def test_prefixes_of_backend_type_and_test(make_type: Any) -> None:
    usage = make_type("Usage")
    own = make_type("Own", index_name_prefix="own-")
    backends = {"main": {FAKE_IMP: {"djelme_default_index_name_prefix": "all-"}}}
    with override_settings(DJELME_BACKENDS=backends):
        assert usage.get_timeseries_template_name() == "all-shop_usage"
        assert own.get_timeseries_template_name() == "own-shop_own"
        with djelme_registry.isolated_names("test7-"):
            assert usage.get_timeseries_template_pattern() == "test7-all-shop_usage_*"
    assert usage.get_timeseries_template_name() == "shop_usage"


def test_searches_leave_out_types_with_longer_names(make_type: Any) -> None:
    views = make_type("Views", template_name="views")
    make_type("Second", template_name="views_2")
    assert "-views_2_*" in djelme_registry.placement(views).all_indexes()


@pytest.mark.parametrize("mode", ["direct", "buffered", "durable"])
def test_a_hundred_resets_leave_no_backend_behind(mode: str, tmp_path: Path) -> None:
    options = {"djelme_delivery": mode, "djelme_spool_dir": str(tmp_path)}
    with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: options}}):
        made = []
        for _ in range(100):
            backend = djelme_registry.get_backend("main")
            check_health()
            backend.stats()
            made.append(weakref.ref(backend))
            made.append(weakref.ref(backend.delivery))
            djelme_registry.reset()
        del backend
        gc.collect()
        assert [left for left in made if left() is not None] == []
