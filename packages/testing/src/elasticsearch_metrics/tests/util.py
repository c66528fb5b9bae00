"""The test utilities of django-elasticsearch-metrics 2026.0, which are in djelme_testing by now."""

from __future__ import annotations

from djelme_testing import test_case
from elasticsearch_metrics.util.published_name import published_names

__all__ = ()

_MODULE = "djelme_testing.test_case"

__getattr__ = published_names(
    __name__,
    {
        old: (getattr(test_case, new), f"{_MODULE}.{new}")
        for old, new in {
            "NoSetupRealElasticTestCase": "DjelmeTestCaseWithoutSetup",
            "RealElasticTestCase": "DjelmeTestCase",
            "SimpleDjelmeTestCase": "SimpleDjelmeTestCase",
            "clear_setup_check_caches": "clear_setup_checks",
            "djelme_test_backends": "isolated_backends",
            "prefixed_index_names": "isolated_names",
            "setup_backends": "set_up_backends",
            "teardown_backends": "tear_down_backends",
        }.items()
    },
    gone={
        "MockConnectionTestCase": "a mock of the client would have to know each of its requests; "
        "let the backends of your test settings be in memory (see djelme_testing's reference)",
    },
)
