"""The rows about what surrounds record types."""

# ruff: noqa: E501 - the page's cells, and the names of tests
from __future__ import annotations

from compatibility.hold import GLUE, IMP, Rows, call, gone, held_by, of_type, refused, renamed, same

__all__ = ("SITE_ROWS",)

CONFORMANCE = "packages/testing/src/djelme_testing/conformance"
UNIT = "packages/django/tests"
STORED = "integration/tests/recordtypes/test_published_elastic8.py"
SIDE_BY_SIDE = (
    "integration/tests/published/test_elastic8_side_by_side.py",
    "test_a_site_switches_while_its_old_processes_go_on_and_switches_back",
)
INNER = (
    "packages/elastic8/tests/test_inner.py",
    "test_inner_documents_follow_the_rule_of_record_types",
)
MAPPING = ("packages/elastic8/tests/test_record.py", "test_annotations_become_a_mapping")
MODEL = (
    "integration/tests/published/test_elastic8_site_model.py",
    "test_the_site_does_the_same_on_both",
)
NEXT_DAY = ((2026, 11, 1), (2026, 11, 2))

#: By the first cell of a row.
SITE_ROWS: Rows = {
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
    "Python 3.10 and newer, Django 4.2, 5.1, 5.2, Elasticsearch 8": (
        held_by(
            "integration/tests/workspace/test_cell.py",
            "test_each_cell_installs_one_imp_with_its_client",
        ),
    ),
    # The package.
    "`YEARLY`, `MONTHLY`, `DAILY`, `HOURLY`": (
        held_by(f"{UNIT}/test_published_names.py", "test_constants"),
    ),
    "`apps.ElasticsearchMetricsConfig`": (same(f"{GLUE}.apps", "ElasticsearchMetricsConfig"),),
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
        of_type("registry:get_backend_name_for_recordtype", "backend_name_for"),
    ),
    "`get_recordtype_app_label`": (
        of_type("registry:get_recordtype_app_label", "djelme.app_label"),
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
    "`djelme_backend_types [app]`": (
        held_by(f"{CONFORMANCE}/commands.py", "test_types_are_listed"),
    ),
    "`djelme_backend_setup [app]`": (
        held_by(f"{CONFORMANCE}/commands.py", "test_types_are_set_up_by_app"),
    ),
    "`djelme_backend_check [app]`": (
        held_by(f"{CONFORMANCE}/commands.py", "test_a_check_tells_what_differs"),
    ),
    "`djelme_indexes [app] --delete-expired --really-really`": (
        held_by("integration/tests/retention/test_indexes_command.py", "test_without_being_asked"),
    ),
}
