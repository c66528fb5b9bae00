"""One suite for every imp."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from djelme.delivery.retry import Backoff
from djelme_testing.backend_settings import imp_major
from djelme_testing.cleaning import random_prefix
from djelme_testing.conformance.asynchrony import AsyncTests
from djelme_testing.conformance.backends import BackendTests
from djelme_testing.conformance.bulk import BulkTests
from djelme_testing.conformance.capability import Capability, fits
from djelme_testing.conformance.cleaning import CleaningTests
from djelme_testing.conformance.commands import CommandTests
from djelme_testing.conformance.counted import CountedTests
from djelme_testing.conformance.cyclic import CyclicTests
from djelme_testing.conformance.declaration import DeclarationTests
from djelme_testing.conformance.delivery import DeliveryTests
from djelme_testing.conformance.drift import DriftTests
from djelme_testing.conformance.errors import ErrorTests
from djelme_testing.conformance.hooks import HookTests
from djelme_testing.conformance.identity import IdentityTests
from djelme_testing.conformance.isolation import IsolationTests
from djelme_testing.conformance.names import NameTests
from djelme_testing.conformance.own_time import OwnTimeTests
from djelme_testing.conformance.ranges import RangeTests
from djelme_testing.conformance.reading import ReadingTests
from djelme_testing.conformance.reports import ReportTests
from djelme_testing.conformance.setting_up import SettingUpTests
from djelme_testing.conformance.signalling import SignalTests
from djelme_testing.conformance.simple import SimpleTests
from djelme_testing.conformance.site import Site
from djelme_testing.conformance.validation import ValidationTests
from djelme_testing.conformance.values import ValueTests
from djelme_testing.port import unused_port

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ("ConformanceSuite",)


class ConformanceSuite(
    NameTests,
    RangeTests,
    IsolationTests,
    SettingUpTests,
    DriftTests,
    ValidationTests,
    ValueTests,
    BulkTests,
    IdentityTests,
    SignalTests,
    ErrorTests,
    ReadingTests,
    DeclarationTests,
    BackendTests,
    CommandTests,
    CleaningTests,
    HookTests,
    CountedTests,
    SimpleTests,
    OwnTimeTests,
    CyclicTests,
    ReportTests,
    AsyncTests,
    DeliveryTests,
):
    """What every imp has to do, asked of a real cluster.

    An imp's test module has a subclass whose name begins with ``Test``::

        class TestElastic8(ConformanceSuite):
            imp = "elasticsearch_metrics.imps.elastic8"

    Attributes:
        imp: path of the imp's module.
        capabilities: what the imp can do; by default everything. Tests of other capabilities are
            not collected, or ask for the refusal that the documentation promises.
    """

    imp: ClassVar[str]
    capabilities: ClassVar[Iterable[Capability]] = frozenset(Capability)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _refuse_repeated_names(ConformanceSuite.__bases__)
        for name, test in inspect.getmembers(cls, inspect.isfunction):
            if not fits(test, cls.capabilities):
                setattr(cls, name, None)

    @classmethod
    def backend_options(cls, request: pytest.FixtureRequest) -> Mapping[str, Any]:
        """Return what leads the imp to a cluster, as in ``DJELME_BACKENDS``.

        Here these are the options of the cluster that djelme_testing's plugin offers for the
        Elasticsearch of the imp's name; an imp for another engine has its own.
        """
        cluster = request.getfixturevalue(f"elasticsearch{imp_major(cls.imp)}_cluster")
        options: Mapping[str, Any] = cluster.client_options
        return options

    @classmethod
    def unreachable_backend_options(cls) -> Mapping[str, Any]:
        """Return options that lead to an address at which nobody listens.

        For an imp whose client has no ``hosts``, this is to be overridden.
        """
        return {"hosts": f"http://127.0.0.1:{unused_port()}"}

    @pytest.fixture
    def unreachable_options(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """Options of a backend that nobody answers for; nobody waits before trying again."""
        monkeypatch.setattr(Backoff, "delay", lambda *_: 0.0)
        return dict(self.unreachable_backend_options())

    @pytest.fixture(scope="class")
    @classmethod
    def class_site(cls, request: pytest.FixtureRequest) -> Iterator[Site]:
        """A site for records that several tests read; each of them enters it."""
        site = Site(cls.imp, cls.backend_options(request), random_prefix())
        yield site
        with site.entered():
            site.clean()

    @pytest.fixture
    def site(self, request: pytest.FixtureRequest) -> Iterator[Site]:
        """A site with one backend and no record types."""
        with Site.opened(self.imp, self.backend_options(request)) as site:
            yield site


def _refuse_repeated_names(parts: Iterable[type]) -> None:
    """Refuse two parts with tests of one name: one of them would never run.

    Raises:
        TypeError: if there are such.
    """
    found: dict[str, type] = {}
    for part in parts:
        for name in vars(part):
            if name.startswith("test"):
                other = found.setdefault(name, part)
                if other is not part:
                    msg = f"{name} is both in {other.__name__} and in {part.__name__}"
                    raise TypeError(msg)
