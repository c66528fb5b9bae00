"""Names at the places where users of django-elasticsearch-metrics 2026.0 have them."""

from __future__ import annotations

import importlib
import pickle
import subprocess
import sys
from typing import Any

import pytest

from djelme.contracts import IndexStatus
from djelme.errors import ConfigurationError
from djelme.timedepth import Timedepth
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.util.anon_enough import opaque_key
from elasticsearch_metrics.util.timeparts import serialize_timeparts


def test_constants() -> None:
    from elasticsearch_metrics import DAILY, HOURLY, MONTHLY, YEARLY

    assert (YEARLY, MONTHLY, DAILY, HOURLY) == (1, 2, 3, 4)
    assert isinstance(DAILY, Timedepth)
    assert pickle.loads(pickle.dumps(DAILY)) is DAILY  # noqa: S301 - our own


def test_constants_can_be_imported_before_django_is_set_up() -> None:
    code = "from elasticsearch_metrics import MONTHLY; from elasticsearch_metrics import MONTHLY;"
    command = [sys.executable, "-W", "error", "-c", f"{code} assert MONTHLY == 2"]
    subprocess.run(command, check=True)  # noqa: S603 - our own


def test_keys_are_those_that_are_stored() -> None:
    # What the published library documents for these values.
    key = "V0`d<8NsX5UQjv_YK_fD+9!nr;^?`WvJ%~vB<}v4=Gsk7VRO#CB5!jR?223lNbvbOIvX_7sNpXimPncE"
    assert opaque_key(["hello"]) == key
    assert opaque_key(iter(["hello"])) == key
    assert opaque_key([1, None]) == opaque_key(["1", "None"])
    with pytest.raises(ValueError, match="at least one"):
        opaque_key([])


def test_timeparts_are_not_padded() -> None:
    assert serialize_timeparts((3000, 9, 1, 0, 0, 0)) == "3000.9.1.0.0.0"
    assert serialize_timeparts([3000, 9, 1], max_timedepth=2) == "3000.9"
    assert serialize_timeparts((3000,), max_timedepth=5) == "3000"
    assert serialize_timeparts(()) == ""


def test_the_registry(make_type: Any) -> None:
    from elasticsearch_metrics.registry import djelme_registry, registry

    usage = make_type()
    assert registry is djelme_registry
    assert registry.get_recordtype("shop.Usage") is usage
    assert registry.get_recordtype("shop", "usage") is usage
    for label in ("shop.Other", "shop", "other.Usage"):
        with pytest.raises(LookupError):
            registry.get_recordtype(label)


def test_the_status_of_an_index() -> None:
    assert IndexStatus("shop_usage_2026", 1, 2).index_name == "shop_usage_2026"


@pytest.mark.parametrize(
    ("module", "name", "instead"),
    [
        ("util.timeseries_naming", "TimeseriesIndexNaming", "djelme.naming.IndexNaming"),
        ("util.django", "find_app_label_for_module", "get_containing_app_config"),
        ("management.color", "color_style", "django.core.management.color"),
    ],
)
def test_an_import_of_what_is_gone_says_what_to_write(module: str, name: str, instead: str) -> None:
    found = importlib.import_module(f"elasticsearch_metrics.{module}")
    with pytest.raises(ImportError, match=f"{name} is gone: .*{instead}"):
        getattr(found, name)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = found.nothing


def test_a_call_of_what_is_gone_says_what_to_do() -> None:
    with pytest.raises(ConfigurationError, match=r"each_backend_settings.* is gone: .*BACKENDS"):
        djelme_registry.each_backend_settings(imp_module_name="djelme_fake_imp")
    with pytest.raises(ConfigurationError, match=r"get_imp_module.* is gone: import the imp"):
        djelme_registry.get_imp_module("main")
