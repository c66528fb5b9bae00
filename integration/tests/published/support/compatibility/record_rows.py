"""The rows about record types and what they store."""

# ruff: noqa: E501 - the page's cells, and the names of tests
from __future__ import annotations

from compatibility.hold import (
    IMP,
    Rows,
    all_have_a_time,
    call,
    gone,
    held_by,
    may_be_missing,
    refused,
    renamed,
    same,
    typed,
)

__all__ = ("RECORD_ROWS",)

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
RECORD_ROWS: Rows = {
    # The imp.
    "`EventRecord`, `CountedUsageRecord`, `CyclicReport`, `TimeseriesRecord`, `SimpleRecord`": (
        same(IMP, "EventRecord", "CountedUsageRecord", "CyclicReport"),
        same(IMP, "TimeseriesRecord", "SimpleRecord"),
    ),
    "`BaseDjelmeRecord`": (renamed(f"{IMP}:BaseDjelmeRecord", "Elastic8Record"),),
    "`InnerDoc` of the DSL in a record type": (held_by(*INNER), held_by(*MODEL)),
    "that importing it changes the DSL's own map of types": (held_by(*INNER),),
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
        held_by(
            f"{CONFORMANCE}/hooks.py", "test_an_overridden_save_is_called", "test_index_is_a_name"
        ),
        held_by(f"{CONFORMANCE}/hooks.py", "test_an_overridden_constructor_is_called"),
    ),
    "`UNIQUE_TOGETHER_FIELDS`": (
        held_by(*MODEL),
        held_by(STORED, "test_what_is_unique_can_stay_so"),
    ),
    "exceptions of `elasticsearch8`": (
        held_by(f"{CONFORMANCE}/errors.py", "test_errors_are_those_of_the_client_too"),
        held_by(
            "packages/elastic8/tests/test_client.py", "test_errors_are_those_of_the_client_as_well"
        ),
    ),
    "`clean()`": (held_by(f"{CONFORMANCE}/cleaning.py", "test_derived_fields_are_filled"),),
    "`check_djelme_setup`, `each_existing_index`, `refresh`, `djelme_index_name`, `init`": (
        same("Usage", "check_djelme_setup", "each_existing_index", "refresh"),
        same("Usage", "djelme_index_name", "init"),
    ),
    "`search()`": (
        held_by(
            f"{CONFORMANCE}/reading.py", "test_a_search_before_anything_is_stored_finds_nothing"
        ),
    ),
    "`is_abstract`": (renamed("Usage:is_abstract", "djelme.options.abstract"),),
    "`app_label`": (renamed("Usage:app_label", "djelme.app_label"),),
    "`get_index_name_prefix`": (call("Usage:get_index_name_prefix", "Meta.index_name_prefix"),),
    "`require_been_setup`": (call("Usage:require_been_setup", "check_djelme_setup()"),),
    "`do_teardown`": (call("Usage:do_teardown", "djelme_testing"),),
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
    "`delete_index`": (
        call("Usage:delete_index", "djelme_indexes", "testapp_compatibleeventrecord_2026"),
    ),
    # Single types.
    "`EventRecord.timestamp`": (
        held_by(f"{CONFORMANCE}/values.py", "test_any_moment_comes_back_to_the_millisecond"),
    ),
    "that an `EventRecord`, a `CyclicReport` is a `TimeseriesRecord`": (all_have_a_time,),
    "`CyclicReport.created`": (typed("CyclicReport", created="date"),),
    "`platform_iri`, `database_iri`, `item_iri`": (
        held_by(*MODEL),
        typed("CountedUsageRecord", platform_iri="keyword", database_iri="keyword"),
        typed("CountedUsageRecord", item_iri="keyword"),
        may_be_missing,
    ),
    "`within_iris`": (typed("CountedUsageRecord", within_iris="keyword"),),
    "`CyclicReport.CYCLE_TIMEDEPTH`": (
        held_by(
            f"{CONFORMANCE}/cyclic.py", "test_cycles_of_every_length", "test_a_cycle_needs_a_length"
        ),
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
    "`Meta.abstract`, `app_label`, `index_name_prefix`": (
        held_by(f"{CONFORMANCE}/declaration.py", "test_abstract_types_are_inherited_from"),
        held_by(f"{CONFORMANCE}/names.py", "test_prefixes_of_backend_and_type"),
    ),
    "that nothing of an abstract type's `Meta` is inherited": (
        held_by(
            f"{UNIT}/declaration/test_options.py",
            "test_a_class_inherits_options_except_those_of_its_own",
        ),
    ),
    "`Meta.source`, `dynamic` and what else a mapping has": (
        held_by("packages/elastic8/tests/test_record.py", "test_options_of_class_meta_and_index"),
        held_by(f"{CONFORMANCE}/setting_up.py", "test_a_dynamic_type_takes_other_fields"),
    ),
    "`Index.using`, `settings`, `analyzers`, `aliases`": (
        held_by(f"{CONFORMANCE}/drift.py", "test_aliases_and_analyzers_are_compared"),
        held_by("packages/elastic8/tests/test_record.py", "test_options_of_class_meta_and_index"),
        held_by(f"{CONFORMANCE}/backends.py", "test_each_type_goes_to_its_backend"),
    ),
    "`Meta.template_name`, `template`": (
        held_by(f"{CONFORMANCE}/names.py", "test_a_template_name_also_names_the_indexes"),
    ),
    "other attributes of `Meta`": (
        held_by(f"{UNIT}/declaration/test_options.py", "test_wrong_meta_is_refused"),
    ),
    # Data.
    "names of indexes": (held_by(STORED, "test_indexes_are_found", "test_records_are_read"),),
    "name of a template": (held_by(*SIDE_BY_SIDE),),
    "`int`": (held_by(*MAPPING), held_by(STORED, "test_records_are_read")),
    "`str`, `datetime`": (held_by(*MAPPING),),
    "time of a record": (
        typed("EventRecord", timestamp="date"),
        typed("CyclicReport", timeseries_start="date"),
        typed("TimeseriesRecord", timeseries_start="date"),
    ),
    "`cycle_coverage`": (
        typed("CyclicReport", cycle_coverage="keyword"),
        held_by(STORED, "test_cycles_are_found_by_either_form"),
    ),
    "`sessionhour_id`": (
        typed("CountedUsageRecord", sessionhour_id="keyword"),
        held_by(
            f"{UNIT}/counter/test_usage.py",
            "test_what_is_sent_has_a_session_and_nothing_of_who_it_was",
        ),
    ),
}
