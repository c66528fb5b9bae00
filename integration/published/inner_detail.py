"""Tests of the published suite that are about inner details, with the reason."""

# ruff: noqa: E501 - the names of others' tests
from __future__ import annotations

__all__ = ("INNER_DETAILS",)

CYCLES = "compares with a cycle that isn't zero-padded; queries take either form"
IN_SYNC = "a template that is in sync isn't put again, so there is nothing to signal"
NAMES = "names of new indexes are zero-padded and end without a dot"
PATCHES = "patches methods of the published library, or the DSL's connection"
PATTERNS = "a part of time is covered by names in both forms, not by one pattern"
PRIVATE = "asks a private attribute of the class"
TEMPLATES = "a template is called as its type, without the suffix"
WORDING = "compares the words of an error; its class is the same"

INNER_DETAILS = {
    "TestCheckRecordtypes.test_exits_with_success": PATCHES,
    "TestCyclicReport.test_indexes": NAMES,
    "TestCyclicReport.test_search": CYCLES,
    "TestCyclicReport.test_search_range": CYCLES,
    "TestDailyIndexes.test_indexes": NAMES,
    "TestDjelmeIndexes.test_delete_expired_really": PATCHES,
    "TestDjelmeIndexes.test_without_args": PATCHES,
    "TestDjelmeSetup.test_with_app_label": PATCHES,
    "TestDjelmeSetup.test_without_args": PATCHES,
    "TestGetIndexTemplate.test_get_index_template_default_template_name": TEMPLATES,
    "TestGetIndexTemplate.test_get_index_template_returns_template_with_correct_name_and_pattern": (
        TEMPLATES
    ),
    "TestGetIndexTemplate.test_get_index_template_uses_app_label_in_class_meta": TEMPLATES,
    "TestGetIndexTemplate.test_inheritance": TEMPLATES,
    "TestGetIndexTemplate.test_template_name_defined_with_no_template_falls_back_to_default_template": (
        TEMPLATES
    ),
    "TestMonthlyIndexes.test_indexes": NAMES,
    "TestNamesAndPatterns.test_format_index_name_respects_date_format_setting": NAMES,
    "TestNamesAndPatterns.test_format_index_pattern_respects_date_format_setting": PATTERNS,
    "TestNamesAndPatterns.test_format_timeseries_index_pattern__lotsa_parts": PATTERNS,
    "TestNamesAndPatterns.test_format_timeseries_index_pattern__one_part": PATTERNS,
    "TestNamesAndPatterns.test_format_timeseries_index_pattern__some_parts": PATTERNS,
    "TestNamesAndPatterns.test_index_name": NAMES,
    "TestRecord.test_calls_save": PATCHES,
    "TestRecord.test_defaults_timestamp_to_now": PATCHES,
    "TestSignals.test_create_record_sends_signals": IN_SYNC,
    "TestSingleIndex.test_index_name": PRIVATE,
    "TestTimeseriesTypeRegistry.test_get_recordtype": WORDING,
    "TestWithoutAutosetup.test_cannot_save_with_wrong_template_pattern": PATCHES,
    "TestYearlyIndexes.test_indexes": NAMES,
}
