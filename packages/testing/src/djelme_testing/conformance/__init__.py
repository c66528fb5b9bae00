"""The conformance suite: what every imp has to do, whatever its engine.

An imp's author writes a test module with a subclass of `ConformanceSuite` and runs pytest in a
Django project that has ``elasticsearch_metrics`` among its ``INSTALLED_APPS``.
"""

import pytest

pytest.register_assert_rewrite(__name__)

from djelme_testing.conformance.capability import Capability  # noqa: E402 - after the above
from djelme_testing.conformance.site import Site  # noqa: E402
from djelme_testing.conformance.suite import ConformanceSuite  # noqa: E402

__all__ = ("Capability", "ConformanceSuite", "Site")
