"""Each row of the compatibility page is held: by a use of its names here, or by a test elsewhere."""

from __future__ import annotations

import ast
import importlib
import warnings
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import override_settings

from djelme.errors import ConfigurationError, RecordTypeError
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs/reference/compatibility.md"
GLUE = "elasticsearch_metrics"
IMP = f"{GLUE}.imps.elastic8"
CONFORMANCE = "packages/testing/src/djelme_testing/conformance"
UNIT = "packages/django/tests"
STORED = "integration/tests/recordtypes/test_published_elastic8.py"
SIDE_BY_SIDE = (
    "integration/tests/published/test_elastic8_side_by_side.py",
    "test_a_site_switches_while_its_old_processes_go_on_and_switches_back",
)
MODEL = (
    "integration/tests/published/test_elastic8_site_model.py",
    "test_the_site_does_the_same_on_both",
)


def found(path: str) -> Any:
    """Return what is at a dotted path: of a module, or of the types and objects of a site."""
    module, _, rest = path.partition(":")
    value = SITE[module] if module in SITE else importlib.import_module(module)
    for name in rest.split("."):
        value = getattr(value, name)
    return value


def same(module: str, *names: str) -> Callable[[], None]:
    """Hold that names are there, without a warning."""

    def check() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            for name in names:
                found(f"{module}:{name}")

    return check


def renamed(
    path: str, new: str, *arguments: Any, called: bool = False, **named: Any
) -> Callable[[], None]:
    """Hold that a name is there, and that its use warns of the new one."""

    def check() -> None:
        with pytest.warns(DeprecationWarning) as heard:
            value = found(path)
            if called:
                value = value(*arguments, **named)
                if hasattr(value, "__next__"):
                    list(value)
        assert any(new in str(one.message) for one in heard), [str(one.message) for one in heard]

    return check


def gone(path: str, instead: str, *, called: bool = False) -> Callable[[], None]:
    """Hold that the use of a name is an error that says what to write instead."""

    def check() -> None:
        with pytest.raises((ImportError, ConfigurationError, RecordTypeError)) as caught:
            (found(path) if not called else found(path)())
        assert "gone" in str(caught.value)
        assert instead in str(caught.value)

    return check


def held_by(path: str, *names: str) -> Callable[[], None]:
    """Hold that there are tests of these names in a module."""

    def check() -> None:
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        functions = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert set(names) <= functions

    return check


call = partial(renamed, called=True)
refused = partial(gone, called=True)
NEXT_DAY = ((2026, 11, 1), (2026, 11, 2))

#: By the first cell of a row of the page.
ROWS: dict[str, tuple[Callable[[], None], ...]] = {
    # Settings and installation.
    '`INSTALLED_APPS`: `"elasticsearch_metrics"`': (held_by(*MODEL),),
    "`DJELME_BACKENDS`": (held_by(f"{UNIT}/test_checks.py", "test_wrong_options"), held_by(*MODEL)),
    "`djelme_default_index_name_prefix` of a backend": (
        same("backend", "default_index_name_prefix"),
        held_by(f"{CONFORMANCE}/names.py", "test_prefixes_of_backend_and_type"),
    ),
    "`DJELME_DEFAULT_TIMEDEPTH`": (
        held_by(f"{UNIT}/test_checks.py", "test_timedepths_follow_the_default"),
        held_by(f"{CONFORMANCE}/names.py", "test_types_without_timedepth_take_the_settings"),
    ),
    # The package.
    "`YEARLY`, `MONTHLY`, `DAILY`, `HOURLY`": (
        held_by(f"{UNIT}/test_published_names.py", "test_constants"),
    ),
    "`apps.ElasticsearchMetricsConfig`": (same(f"{GLUE}.apps", "ElasticsearchMetricsConfig"),),
    # The imp.
    "`EventRecord`, `CountedUsageRecord`, `CyclicReport`, `TimeseriesRecord`, `SimpleRecord`": (
        same(IMP, "EventRecord", "CountedUsageRecord", "CyclicReport"),
        same(IMP, "TimeseriesRecord", "SimpleRecord"),
    ),
    "`BaseDjelmeRecord`": (renamed(f"{IMP}:BaseDjelmeRecord", "Elastic8Record"),),
    "`djelme_backend`": (same(IMP, "djelme_backend"),),
    "`DjelmeElastic8Backend`": (renamed(f"{IMP}:DjelmeElastic8Backend", "Elastic8Backend"),),
    "`djelme_when_ready`": (call(f"{IMP}:djelme_when_ready", "nothing"),),
    "`utcnow`, `opaque_key`, `serialize_timeparts`": (
        same(IMP, "utcnow", "opaque_key", "serialize_timeparts"),
    ),
    "`opaque_sessionhour_id`": (gone(f"{IMP}:opaque_sessionhour_id", "CountedUsageRecord"),),
    # All record types.
    "`record(*, using=None, **fields)`": (
        held_by(f"{CONFORMANCE}/hooks.py", "test_a_record_can_be_made_and_not_stored"),
        held_by(f"{CONFORMANCE}/hooks.py", "test_using_is_the_name_of_a_backend"),
    ),
    "`save(using=None, index=None)`": (
        held_by(f"{CONFORMANCE}/hooks.py", "test_an_overridden_save_is_called", "test_index_is_a_name"),
        held_by(f"{CONFORMANCE}/hooks.py", "test_an_overridden_constructor_is_called"),
    ),
    "`UNIQUE_TOGETHER_FIELDS`": (held_by(*MODEL), held_by(STORED, "test_what_is_unique_can_stay_so")),
    "exceptions of `elasticsearch8`": (
        held_by(f"{CONFORMANCE}/errors.py", "test_errors_are_those_of_the_client_too"),
        held_by("packages/elastic8/tests/test_client.py", "test_errors_are_those_of_the_client_as_well"),
    ),
    "`clean()`": (held_by(f"{CONFORMANCE}/cleaning.py", "test_derived_fields_are_filled"),),
    "`check_djelme_setup`, `each_existing_index`, `refresh`, `djelme_index_name`, `init`": (
        same("Usage", "check_djelme_setup", "each_existing_index", "refresh"),
        same("Usage", "djelme_index_name", "init"),
    ),
    "`search()`": (
        held_by(f"{CONFORMANCE}/reading.py", "test_a_search_before_anything_is_stored_finds_nothing"),
    ),
    "`is_abstract`": (renamed("Usage:is_abstract", "djelme.options.abstract"),),
    "`app_label`": (renamed("Usage:app_label", "djelme.app_label"),),
    "`get_index_name_prefix`": (call("Usage:get_index_name_prefix", "Meta.index_name_prefix"),),
    "`require_been_setup`": (same("Usage", "require_been_setup"),),
    "`do_teardown`": (same("Usage", "do_teardown"),),
    # Record types with a time.
    "`search_timeseries_range(from_when, until_when)`": (
        held_by(f"{CONFORMANCE}/ranges.py", "test_a_range_is_exact", "test_bounds_that_are_none"),
    ),
    "`get_timeseries_template`, `get_timeseries_template_name`, `sync_index_template`": (
        same("Usage", "get_timeseries_template", "get_timeseries_template_name"),
        same("Usage", "sync_index_template"),
    ),
    "`get_timeseries_timeparts()`": (
        held_by(f"{CONFORMANCE}/own_time.py", "test_own_time_tells_the_index"),
        held_by(f"{CONFORMANCE}/hooks.py", "test_a_method_that_nothing_calls_is_refused"),
    ),
    "field `timeseries_timeparts`": (
        same("Usage", "timeseries_timeparts"),
        held_by(STORED, "test_the_old_field_of_time_finds_new_records_too"),
    ),
    "`timeseries_index_wildcard`": (
        call("Usage:timeseries_index_wildcard", "search_timeseries_range()"),
    ),
    "`timeseries_index_range_pattern`": (
        call("Usage:timeseries_index_range_pattern", "search_timeseries_range()", *NEXT_DAY),
    ),
    "`get_timeseries_recordtype_name`, `get_timeseries_index_timedepth`, `get_timeseries_index_expiration`": (
        call("Usage:get_timeseries_recordtype_name", "djelme.options.recordtype_name"),
        call("Usage:get_timeseries_index_timedepth", "djelme.options.timedepth"),
        call("Usage:get_timeseries_index_expiration", "djelme.options.expiration"),
    ),
    "`timeseries_index_naming`, `parse_timeseries_index_name`, `get_timepart_strat`": (
        refused("Usage:timeseries_index_naming", "djelme.naming"),
        refused("Usage:parse_timeseries_index_name", "djelme.naming"),
        refused("Usage:get_timepart_strat", "tuple, date, datetime or str"),
    ),
    "`delete_index`": (same("Usage", "delete_index"),),
    # Single types.
    "`EventRecord.timestamp`": (
        held_by(f"{CONFORMANCE}/values.py", "test_any_moment_comes_back_to_the_millisecond"),
    ),
    "`CyclicReport.CYCLE_TIMEDEPTH`": (
        held_by(f"{CONFORMANCE}/cyclic.py", "test_cycles_of_every_length", "test_a_cycle_needs_a_length"),
    ),
    "`CyclicReport.cycle_coverage`": (
        held_by(f"{CONFORMANCE}/cyclic.py", "test_a_cycle_has_one_form"),
        held_by(STORED, "test_cycles_are_found_by_either_form"),
    ),
    "`CyclicReport.get_cycle_timepart_strat`": (
        refused("Usage:get_cycle_timepart_strat", "format_cycle(when)"),
    ),
    "`CountedUsageRecord.sessionhour_id`": (
        held_by(f"{CONFORMANCE}/counted.py", "test_sessions_can_be_counted"),
    ),
    "`CountedUsageRecord.record(user_id=, client_session_id=, request_host=, request_useragent=)`": (
        held_by(f"{CONFORMANCE}/counted.py", "test_nothing_of_an_identity_is_stored"),
    ),
    "`SimpleRecord`": (
        held_by(f"{CONFORMANCE}/simple.py", "test_a_new_field_gets_into_the_index"),
    ),
    # Class Meta and class Index.
    "`Meta.timeseries_index_timedepth`, `timeseries_index_expiration`, `timeseries_recordtype_name`": (
        held_by(f"{CONFORMANCE}/names.py", "test_the_published_librarys_names_of_options"),
    ),
    "`Meta.template_name`, `template`": (
        held_by(f"{CONFORMANCE}/names.py", "test_a_template_name_also_names_the_indexes"),
    ),
    "other attributes of `Meta`": (
        held_by(f"{UNIT}/declaration/test_options.py", "test_wrong_meta_is_refused"),
    ),
    # The registry.
    "`djelme_registry`, `registry`": (same(f"{GLUE}.registry", "djelme_registry", "registry"),),
    '`get_recordtype("app.Type")`, `get_recordtype("app", "Type")`': (
        held_by(f"{UNIT}/test_published_names.py", "test_the_registry"),
    ),
    "`each_recordtype`, `each_app_label`, `recordtypes_by_backend`, `register_recordtype`, `all_backends`": (
        same("registry", "each_recordtype", "each_app_label", "recordtypes_by_backend"),
        same("registry", "register_recordtype", "all_backends"),
    ),
    "`get_backend`, `get_backend_for_recordtype`": (
        same("registry", "get_backend", "get_backend_for_recordtype"),
        held_by(f"{CONFORMANCE}/hooks.py", "test_an_unknown_backend_is_a_lookup_error"),
    ),
    "`get_backend_name_for_recordtype`": (
        lambda: call("registry:get_backend_name_for_recordtype", "backend_name_for", SITE["Usage"])(),
    ),
    "`get_recordtype_app_label`": (
        lambda: call("registry:get_recordtype_app_label", "djelme.app_label", SITE["Usage"])(),
    ),
    "`each_backend`, `each_backend_name`": (
        call("registry:each_backend", "all_backends"),
        call("registry:each_backend_name", "all_backends"),
        call("registry:each_backend", "all_backends", imp_module_name=IMP),
    ),
    "`each_backend_settings`, `get_imp_module`": (
        refused("registry:each_backend_settings", "DJELME_BACKENDS"),
        refused("registry:get_imp_module", "import the imp"),
    ),
    # Backends.
    "`djelme_backend_name()`": (call("backend:djelme_backend_name", "name"),),
    "`default_index_name_prefix`": (same("backend", "default_index_name_prefix"),),
    "`elastic_client`": (renamed("backend:elastic_client", "client"),),
    "`djelme_imp_kwargs()`": (refused("backend:djelme_imp_kwargs", "DJELME_BACKENDS"),),
    "`djelme_setup`, `djelme_teardown`": (
        call("backend:djelme_setup", "sync_index_template()", ()),
        call("backend:djelme_teardown", "djelme_testing", ()),
    ),
    # Errors, signals, protocols, utilities.
    "`exceptions.DjelmeError`, `DjelmeSetupError`, `IndexTemplateNotFoundError`, `IndexTemplateOutOfSyncError`": (
        same(f"{GLUE}.exceptions", "DjelmeError", "DjelmeSetupError"),
        same(f"{GLUE}.exceptions", "IndexTemplateNotFoundError", "IndexTemplateOutOfSyncError"),
    ),
    "`exceptions.IndexNotFoundError`, `IndexOutOfSyncError`": (
        renamed(f"{GLUE}.exceptions:IndexNotFoundError", "IndexTemplateNotFoundError"),
        renamed(f"{GLUE}.exceptions:IndexOutOfSyncError", "IndexTemplateOutOfSyncError"),
    ),
    "`signals.pre_index_template_create`, `post_index_template_create`, `pre_save`, `post_save`": (
        same(f"{GLUE}.signals", "pre_index_template_create", "post_index_template_create"),
        same(f"{GLUE}.signals", "pre_save", "post_save"),
        held_by(f"{CONFORMANCE}/signalling.py", "test_a_record_is_announced_before_and_after"),
    ),
    "`protocols.ProtoDjelmeImp`, `ProtoDjelmeBackend`, `ProtoDjelmeRecord`": (
        renamed(f"{GLUE}.protocols:ProtoDjelmeImp", "djelme.Imp"),
        renamed(f"{GLUE}.protocols:ProtoDjelmeBackend", "djelme.Backend"),
        renamed(f"{GLUE}.protocols:ProtoDjelmeRecord", "djelme.RecordType"),
    ),
    "`protocols.ProtoCountedUsage`": (same(f"{GLUE}.protocols", "ProtoCountedUsage"),),
    "`util.anon_enough.opaque_key`": (
        same(f"{GLUE}.util.anon_enough", "opaque_key"),
        held_by(f"{UNIT}/test_published_names.py", "test_keys_are_those_that_are_stored"),
    ),
    "`util.timeparts.serialize_timeparts`": (
        held_by(f"{UNIT}/test_published_names.py", "test_timeparts_are_not_padded"),
    ),
    "`util.timeparts.parse_timeparts`, `Timeparts`, `AbstractTimeparts`, `TIMEPART_DELIMITER`": (
        same(f"{GLUE}.util.timeparts", "parse_timeparts", "Timeparts", "AbstractTimeparts"),
        same(f"{GLUE}.util.timeparts", "TIMEPART_DELIMITER"),
    ),
    "`util.timeparts.GregorianTime`, `TimepartStrat`": (
        gone(f"{GLUE}.util.timeparts:GregorianTime", "djelme.timeparts.parse_when"),
        gone(f"{GLUE}.util.timeparts:TimepartStrat", "djelme.timeparts.parse_when"),
    ),
    "`util.anon_enough.opaque_sessionhour_id`": (
        gone(f"{GLUE}.util.anon_enough:opaque_sessionhour_id", "CountedUsageRecord"),
    ),
    "`util.timeseries_naming.*`": (
        gone(f"{GLUE}.util.timeseries_naming:TimeseriesIndexNaming", "djelme.naming.IndexNaming"),
        gone(f"{GLUE}.util.timeseries_naming:TimeseriesRangePattern", "djelme.naming.IndexNaming"),
        gone(f"{GLUE}.util.timeseries_naming:format_template_name", "djelme.naming.IndexNaming"),
        gone(f"{GLUE}.util.timeseries_naming:format_namepart", "djelme.naming.IndexNaming"),
    ),
    "`util.index_status.DjelmeIndexStatus`": (
        renamed(f"{GLUE}.util.index_status:DjelmeIndexStatus", "djelme.IndexStatus"),
    ),
    "`util.django.find_app_label_for_module`": (
        gone(f"{GLUE}.util.django:find_app_label_for_module", "get_containing_app_config"),
    ),
    "`management.color`": (
        gone(f"{GLUE}.management.color:color_style", "django.core.management.color"),
        gone(f"{GLUE}.management.color:no_style", "django.core.management.color"),
    ),
    "`elasticsearch_metrics.tests.util`": (
        renamed(f"{GLUE}.tests.util:RealElasticTestCase", "DjelmeTestCase"),
        renamed(f"{GLUE}.tests.util:djelme_test_backends", "isolated_backends"),
        gone(f"{GLUE}.tests.util:MockConnectionTestCase", "in memory"),
    ),
    # Commands.
    "`djelme_backend_types [app]`": (held_by(f"{CONFORMANCE}/commands.py", "test_types_are_listed"),),
    "`djelme_backend_setup [app]`": (
        held_by(f"{CONFORMANCE}/commands.py", "test_types_are_set_up_by_app"),
    ),
    "`djelme_backend_check [app]`": (
        held_by(f"{CONFORMANCE}/commands.py", "test_a_check_tells_what_differs"),
    ),
    "`djelme_indexes [app] --delete-expired --really-really`": (
        held_by("integration/tests/retention/test_indexes_command.py", "test_without_being_asked"),
    ),
    # Data.
    "names of indexes": (held_by(STORED, "test_indexes_are_found", "test_records_are_read"),),
    "name of a template": (held_by(*SIDE_BY_SIDE),),
}

#: A record type, the backend and the registry, for as long as a test runs.
SITE: dict[str, Any] = {"registry": djelme_registry}


@pytest.fixture
def site() -> Iterator[None]:
    """Declare a record type; nothing is asked of its cluster."""
    imp = importlib.import_module(IMP)
    backends = {"main": {IMP: {"hosts": "http://127.0.0.1:9"}}}
    with override_settings(DJELME_BACKENDS=backends), djelme_registry.isolated():
        options = {"app_label": "testapp", "__module__": __name__}
        body = {"__module__": __name__, "Meta": type("Meta", (), options)}
        SITE["Usage"] = type(imp.EventRecord)("CompatibleRecord", (imp.EventRecord,), body)
        SITE["backend"] = SITE["Usage"].get_backend()
        yield
    del SITE["Usage"], SITE["backend"]


def names_on_page() -> list[str]:
    """Return the first cells of the page's rows."""
    rows = [
        line.strip("|").split(" | ")[0].strip()
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| ") and "---" not in line
    ]
    return [row for row in rows if row not in {"name", "|"}]


def test_each_row_is_held() -> None:
    names = names_on_page()
    assert len(names) == len(set(names))
    assert [name for name in names if name not in ROWS] == []
    assert [name for name in ROWS if name not in names] == []


@pytest.mark.usefixtures("site")
@pytest.mark.parametrize("name", ROWS)
def test_a_row_says_what_is(name: str) -> None:
    for check in ROWS[name]:
        check()
