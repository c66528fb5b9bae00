from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from djelme.timedepth import Timedepth
from elasticsearch_metrics.autodiscovery import declaration_errors
from elasticsearch_metrics.checks import check_djelme
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from pathlib import Path

FAKE_IMP = "djelme_fake_imp"


def ids() -> list[str]:
    return [found.id for found in check_djelme()]


def test_a_good_site_has_no_findings(make_type: Any) -> None:
    make_type()
    assert check_djelme() == []


@pytest.mark.parametrize(
    ("value", "named"),
    [
        ([], "DJELME_BACKENDS"),
        ({"main": {}}, "'main'"),
        ({"main": {FAKE_IMP: {}, "another": {}}}, "'main'"),
        ({"main": {FAKE_IMP: "http://…"}}, "'main'"),
        ({7: {FAKE_IMP: {}}}, "7"),
    ],
)
def test_backends_of_the_wrong_shape(value: Any, named: str) -> None:
    with override_settings(DJELME_BACKENDS=value):
        (found,) = check_djelme()
    assert found.id == "djelme.E001"
    assert named in found.msg
    assert found.hint


def test_secrets_in_backends_of_the_wrong_shape_stay_secret() -> None:
    value = {"main": {FAKE_IMP: {"api_key": "s3cret"}, "b": {"hosts": "http://u:s3cret@host"}}}
    with override_settings(DJELME_BACKENDS=value):
        assert "s3cret" not in str(check_djelme())


def test_an_imp_that_is_not_installed_names_the_extra() -> None:
    missing = {"old": {"elasticsearch_metrics.imps.elastic0": {}}}
    with override_settings(DJELME_BACKENDS=missing):
        (found,) = check_djelme()
    assert found.id == "djelme.E002"
    assert "pip install 'django-elasticsearch-metrics[elastic0]'" in found.msg


@pytest.mark.parametrize(
    ("imp", "said"),
    [
        ("elasticsearch_metrics.imps.elastic6", "django-elasticsearch-metrics[elastic6]'"),
        ("elasticsearch_metrics.imps.elastic0", "this version has 'elastic"),
        ("elasticsearch_metrics.imps.elastc8", "mean 'elasticsearch_metrics.imps.elastic8'"),
        ("elasticsearch_metrics.imp.elastic8", "mean 'elasticsearch_metrics.imps.elastic8'"),
        ("elasticsearch_metrics.imps.otel", "did you mean"),
        ("shop_engine.imp", "install the package that has it, or correct the path"),
    ],
)
def test_an_imp_that_cant_be_imported(imp: str, said: str) -> None:
    with override_settings(DJELME_BACKENDS={"old": {imp: {}}}):
        (found,) = check_djelme()
    assert found.id == "djelme.E002"
    assert said in found.msg
    if "mean" in said:
        assert "pip install" not in f"{found.msg} {found.hint}"


def test_a_module_that_is_no_imp() -> None:
    with override_settings(DJELME_BACKENDS={"main": {"json": {}}}):
        (found,) = check_djelme()
    assert found.id == "djelme.E002"
    assert "'json' is no imp" in found.msg


def test_wrong_options() -> None:
    with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: {"wrong": 1}}}):
        (found,) = check_djelme()
    assert (found.id, found.obj) == ("djelme.E003", "main")


@pytest.mark.parametrize(
    ("mode", "directories", "expected"),
    [
        ("durable", ("/spool", "/spool"), ["djelme.E013"]),
        ("durable", ("/spool/a", "/spool/b"), []),
        ("durable", (None, None), []),
        ("direct", ("/spool", "/spool"), []),
    ],
)
def test_backends_with_one_spool(mode: str, directories: Any, expected: list[str]) -> None:
    backends = {
        name: {FAKE_IMP: {"djelme_delivery": mode, "djelme_spool_dir": directory}}
        for name, directory in zip("ab", directories, strict=True)
    }
    with override_settings(DJELME_BACKENDS=backends):
        djelme_registry.reset()
        assert ids() == expected


def test_a_spool_that_is_not_the_users_own(tmp_path: Path) -> None:
    def found(mode: str) -> list[str]:
        options = {"djelme_delivery": mode, "djelme_spool_dir": tmp_path / "spool"}
        with override_settings(DJELME_BACKENDS={"main": {FAKE_IMP: options}}):
            djelme_registry.reset()
            return [f"{check.id} {check.msg}" for check in check_djelme()]

    assert found("durable") == []
    (tmp_path / "spool").mkdir()
    (tmp_path / "spool").chmod(0o777)
    (problem,) = found("durable")
    assert problem.startswith("djelme.E014 backend 'main': djelme_spool_dir")
    assert "others may write to it (mode 0777, not 0700)" in problem
    assert found("direct") == []
    (tmp_path / "spool").chmod(0o700)
    assert found("buffered") == []


@pytest.mark.parametrize(
    ("backends", "using", "said", "advised"),
    [
        ({}, None, "there is none", f"Add a backend with '{FAKE_IMP}'"),
        ({}, "c", "'c', which is not in DJELME_BACKENDS", f"Add a backend with '{FAKE_IMP}'"),
        ({"a": {FAKE_IMP: {}}, "b": {FAKE_IMP: {}}}, None, "several ('a', 'b')", "'a' or 'b'"),
        ({"a": {FAKE_IMP: {}}}, "c", "'c', which is not in DJELME_BACKENDS", "`using` in"),
    ],
)
def test_a_backend_that_cant_be_chosen(
    make_type: Any, backends: Any, using: str | None, said: str, advised: str
) -> None:
    make_type(using=using)
    with override_settings(DJELME_BACKENDS=backends):
        (found,) = check_djelme()
    assert (found.id, found.obj) == ("djelme.E005", "shop.Usage")
    assert said in found.msg
    assert advised in found.hint


@pytest.mark.parametrize(
    ("options", "prefix", "advised"),
    [
        ({"template_name": "Shop Usage"}, "", "another template_name"),
        ({"recordtype_name": "a/b"}, "", "another recordtype_name or template_name"),
        ({"index_name_prefix": "Test-"}, "", "Change index_name_prefix"),
        ({}, "Test-", "Change djelme_default_index_name_prefix"),
    ],
)
def test_names_that_elasticsearch_would_refuse(
    make_type: Any, options: dict[str, str], prefix: str, advised: str
) -> None:
    backends = {"main": {FAKE_IMP: {"djelme_default_index_name_prefix": prefix}}}
    with override_settings(DJELME_BACKENDS=backends):
        djelme_registry.reset()
        make_type(**options)
        (found,) = check_djelme()
    assert found.id == "djelme.E006"
    assert advised in found.hint


@pytest.mark.parametrize(
    ("setting", "value", "expected"),
    [
        ("DJELME_AUTOSETUP", "yes", "djelme.E007"),
        ("DJELME_DEFAULT_TIMEDEPTH", 7, "djelme.E008"),
        ("DJELME_DEFAULT_TIMEDEPTH", "sometimes", "djelme.E008"),
    ],
)
def test_simple_settings(make_type: Any, setting: str, value: Any, expected: str) -> None:
    make_type(timedepth=None)  # whose names depend on some of them
    with override_settings(**{setting: value}):
        (found,) = check_djelme()
    assert found.id == expected
    assert setting in found.msg
    assert repr(value) in found.msg


def test_a_template_pattern_for_other_indexes(make_type: Any) -> None:
    make_type(template="views_*")
    assert ids() == ["djelme.E009"]


@pytest.mark.parametrize("name", ["shop_usage", "shop_usage_daily"])
def test_patterns_that_overlap(make_type: Any, name: str) -> None:
    make_type("Usage")
    make_type("Other", template_name=name)
    (found,) = check_djelme()
    assert found.id == "djelme.E010"
    assert "shop.Usage" in found.msg
    assert "shop.Other" in found.msg


def test_apps_with_similar_labels_dont_overlap(make_type: Any) -> None:
    make_type("Usage", "my_app")
    make_type("Usage", "myapp")
    make_type("UsageRecord", "myapp")
    assert check_djelme() == []


def test_types_in_different_backends_may_overlap(make_type: Any) -> None:
    make_type("Usage", using="a")
    make_type("Other", using="b", template_name="shop_usage")
    with override_settings(DJELME_BACKENDS={"a": {FAKE_IMP: {}}, "b": {FAKE_IMP: {}}}):
        assert check_djelme() == []


def test_a_declaration_that_failed_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    from djelme.errors import RecordTypeError

    error = RecordTypeError("field 'x' can't be stored", recordtype="Usage")
    monkeypatch.setitem(declaration_errors, "shop", error)
    (found,) = check_djelme()
    assert (found.id, found.msg) == ("djelme.E004", "Usage: field 'x' can't be stored")


def test_timedepths_follow_the_default(make_type: Any) -> None:
    usage = make_type()
    with override_settings(DJELME_DEFAULT_TIMEDEPTH="monthly"):
        assert djelme_registry.placement(usage).naming.timedepth is Timedepth.MONTHLY
    assert djelme_registry.placement(usage).naming.timedepth is Timedepth.DAILY
