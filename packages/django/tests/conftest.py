"""A site without any imp's client: its backends live in memory."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import django
import pytest
from django.conf import settings

from djelme.contracts import Backend
from djelme.delivery import DeliveryOptions
from djelme.errors import ConfigurationError
from djelme.operation import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from djelme.operation import Operation

FAKE_IMP = "djelme_fake_imp"


class FakeBackend(Backend):
    """Keeps templates and documents in dicts, and counts what it is asked."""

    def __init__(self, name: str, options: Mapping[str, Any]) -> None:
        super().__init__(
            name,
            default_index_name_prefix=options.get("djelme_default_index_name_prefix", ""),
            delivery_options=DeliveryOptions.parse(name, options),
        )
        self.options = options
        self.templates: dict[str, Mapping[str, Any]] = {}
        self.documents: dict[tuple[str, str], bytes] = {}
        self.asked: list[str] = []
        self.error: Exception | None = None

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        self.asked.append("close")

    def server_version(self, *, timeout: float) -> str:
        self._ask("server_version")
        return "0.0"

    def get_template(self, name: str) -> Mapping[str, Any] | None:
        self._ask("get_template")
        return self.templates.get(name)

    def put_template(self, name: str, body: Mapping[str, Any]) -> None:
        self._ask("put_template")
        self.templates[name] = body

    def delete_template(self, name: str) -> None:
        self.templates.pop(name, None)

    def flatten_template(self, body: Mapping[str, Any]) -> dict[str, str]:
        return dict(body)

    def store(self, operation: Operation) -> Outcome:
        return self.store_many([operation])[0]

    def store_many(self, operations: Sequence[Operation]) -> list[Outcome]:
        self._ask("store")
        for operation in operations:
            self.documents[operation.index, operation.id] = operation.source
        return [Outcome(201) for _ in operations]

    def refresh(self, expressions: Iterable[str]) -> None:
        self._ask("refresh")


# The tests need only some of what a backend can do.
FakeBackend.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]


def make_fake_imp() -> ModuleType:
    """Return an imp's module, as `DJELME_BACKENDS` names it."""
    module = ModuleType(FAKE_IMP)

    def djelme_backend(backend_name: str, imp_kwargs: Mapping[str, Any]) -> FakeBackend:
        if "wrong" in imp_kwargs:
            msg = f"backend {backend_name!r} has no option 'wrong'"
            raise ConfigurationError(msg)
        return FakeBackend(backend_name, imp_kwargs)

    module.djelme_backend = djelme_backend  # type: ignore[attr-defined]
    module.djelme_option_names = frozenset  # type: ignore[attr-defined]
    return module


def pytest_configure() -> None:
    sys.modules[FAKE_IMP] = make_fake_imp()
    settings.configure(
        INSTALLED_APPS=[
            "django.contrib.admin",
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "elasticsearch_metrics",
        ],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        DJELME_BACKENDS={"main": {FAKE_IMP: {}}},
        SECRET_KEY="test",
        USE_TZ=True,
    )
    django.setup()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    """Let no test leave a record type, a backend or a finding behind."""
    from elasticsearch_metrics.index.setup_guard import setup_guard
    from elasticsearch_metrics.registry import djelme_registry

    with djelme_registry.isolated():
        yield
    djelme_registry.reset()
    setup_guard.forget()


class Template:
    """As much of a DSL's index template as the glue asks for."""

    def __init__(self, **body: str) -> None:
        self.body = body

    def to_dict(self) -> dict[str, str]:
        return self.body


@pytest.fixture
def make_type() -> Any:
    """Return a function that declares and registers a record type without a DSL."""
    from django.apps import apps  # noqa: F401 - the registry has to be ready

    from djelme.field import FieldSpec, Kind
    from elasticsearch_metrics.declaration.definition import RecordDefinition
    from elasticsearch_metrics.declaration.options import RecordOptions
    from elasticsearch_metrics.recordtype.metaclass import overrides
    from elasticsearch_metrics.recordtype.timeseries import TimestampedRecord, utcnow
    from elasticsearch_metrics.registry import djelme_registry

    fields = {
        "timestamp": FieldSpec("timestamp", Kind.DATETIME, default_factory=utcnow),
        "item_id": FieldSpec("item_id", Kind.LONG),
    }

    class Meta:
        """What instances of a DSL's document have."""

    def make(
        name: str = "Usage",
        app_label: str = "shop",
        imp_name: str = FAKE_IMP,
        *,
        base: type = TimestampedRecord,
        fields: Mapping[str, FieldSpec] = fields,
        attributes: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Any:
        def initialize(self: Any, values: Mapping[str, Any] | None = None, **more: Any) -> None:
            self.values = {**(values or {}), **more}
            self.meta = Meta()

        def from_operation(cls: Any, values: Mapping[str, Any], operation: Operation) -> Any:
            instance = cls(values)
            instance.mark_stored(operation)
            return instance

        namespace = {
            "__init__": initialize,
            "from_values": classmethod(lambda cls, values: cls(values)),
            "from_operation": classmethod(from_operation),
            "get_values": lambda self: self.values,
            "lost_fields": classmethod(lambda cls: ()),
            "get_timeseries_template": classmethod(
                lambda cls, using=None: Template(pattern=cls.get_timeseries_template_pattern())
            ),
        }
        cls = type(name, (base,), {**namespace, **(attributes or {})})
        cls.djelme = RecordDefinition.make(  # type: ignore[attr-defined]
            name,
            app_label,
            imp_name,
            RecordOptions(**options),
            fields,
            is_cleaned=overrides(cls, "clean"),
            is_identified=bool(cls.UNIQUE_TOGETHER_FIELDS) or overrides(cls, "unique_id"),
        )
        cls.check_declaration()  # type: ignore[attr-defined]
        djelme_registry.register_recordtype(cls)
        return cls

    return make
