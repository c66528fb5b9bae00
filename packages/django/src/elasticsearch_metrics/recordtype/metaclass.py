"""Make classes of record types, whichever DSL their documents come from."""

from __future__ import annotations

import inspect
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from django.apps import apps
from django.core.exceptions import AppRegistryNotReady

from djelme.annotation import own_annotations, read_annotation
from djelme.errors import RecordTypeError
from djelme.field import MISSING, FieldSpec, Kind
from djelme.validation import KEYWORD_MAX_BYTES
from elasticsearch_metrics.declaration.definition import RecordDefinition
from elasticsearch_metrics.declaration.doc_value import DocValues
from elasticsearch_metrics.declaration.field import Declared, M, declare, make_field, mapped_field
from elasticsearch_metrics.declaration.field_name import require_free_names, require_mapped_names
from elasticsearch_metrics.declaration.hook import own_hooks
from elasticsearch_metrics.declaration.inner import with_keywords
from elasticsearch_metrics.declaration.mixin import FieldBody, mixin_bodies
from elasticsearch_metrics.declaration.options import RecordOptions, abstract_meta
from elasticsearch_metrics.recordtype.base import BaseRecord
from elasticsearch_metrics.recordtype.document import PartsTemplate
from elasticsearch_metrics.recordtype.own_index import OwnIndex
from elasticsearch_metrics.recordtype.point_in_time import (
    AsyncPointInTimeSearch,
    PointInTimeSearch,
)
from elasticsearch_metrics.recordtype.published import app_label, is_abstract
from elasticsearch_metrics.recordtype.published_query import RecordSearch
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report.declaration import BUILD_FIELD

if TYPE_CHECKING:
    from collections.abc import Mapping

    from djelme.annotation import AnnotatedType

__all__ = ("MAPPING_OPTIONS", "RecordTypeMeta", "overrides")


#: What a type with a ``class Report`` has beside its own fields.
_REPORT_BODY = FieldBody({BUILD_FIELD: str | None}, {BUILD_FIELD: mapped_field(init=False)})
#: What ``class Meta`` may state of the mapping, in every version of Elasticsearch.
MAPPING_OPTIONS = frozenset(
    {
        "date_detection",
        "dynamic",
        "dynamic_date_formats",
        "dynamic_templates",
        "field_names",
        "numeric_detection",
        "routing",
        "source",
    }
)


class RecordTypeMeta(OwnIndex):
    """Metaclass of record types; an imp's metaclass inherits from it and from its DSL's.

    It reads annotations, ``class Meta`` and ``class Index``, hands the DSL explicit fields, and
    registers concrete types.
    """

    # As the published library has them.
    is_abstract = property(is_abstract)
    app_label = property(app_label)

    djelme: RecordDefinition
    _doc_type: Any
    _doc_values: DocValues

    #: Options of ``class Meta`` that belong to the mapping, and the DSL's module.
    mapping_option_names: frozenset[str] = MAPPING_OPTIONS
    dsl_module: Any
    #: The DSL's class of index templates, and what they have besides names and fields: a priority
    #: above those that Elastic ships, which are at most 200; and leave to make indexes where the
    #: cluster lets no write make any (``action.auto_create_index``).
    template_class_name: str = "ComposableIndexTemplate"
    template_parts: Mapping[str, Any] = {"priority": 500, "allow_auto_create": True}
    #: Path of the imp's module. What it defines itself is abstract.
    imp_name = ""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> Any:
        """Make the class of a record type.

        Raises:
            RecordTypeError: if the declaration can't work.
        """
        parents = [base.djelme for base in bases if isinstance(base, RecordTypeMeta)]
        module = namespace.get("__module__", "")  # none where a class is made by a call
        if mcls.imp_name and f"{module}.".startswith(f"{mcls.imp_name}."):
            namespace.setdefault("Meta", abstract_meta())
        if not parents:
            namespace = {**mcls._dsl_classes(), **namespace}
        meta, index = namespace.pop("Meta", None), namespace.pop("Index", None)
        inherited = parents[0].options if parents else RecordOptions()
        options = inherited.extended(name, meta, index, mapping_names=mcls.mapping_option_names)
        annotations = own_annotations(name, namespace)
        fields: dict[str, FieldSpec] = {}
        engine_fields: dict[str, Any] = {}
        own = FieldBody(annotations, namespace)
        of_report = [_REPORT_BODY] if "Report" in namespace else []
        for body in (*mixin_bodies(bases, RecordTypeMeta), *of_report, own):
            body_fields, body_engine_fields = mcls._read_fields(name, options, body)
            fields |= body_fields
            engine_fields |= body_engine_fields
        inherited_names = {field for parent in parents for field in parent.fields}
        require_free_names(name, fields, inherited_names, bases)
        for field_name in fields:
            namespace.pop(field_name, None)
        for key in ("__annotations__", "__annotate__", "__annotate_func__"):
            namespace.pop(key, None)  # the DSL would read them in its own way
        cls = super().__new__(
            mcls, name, bases, mcls._dsl_namespace(options, engine_fields, namespace), **kwargs
        )
        cls.__annotations__ = annotations
        for inner_name, inner in (("Meta", meta), ("Index", index)):
            if inner is not None:  # for those that inherit from it, as Django's models allow
                setattr(cls, inner_name, inner)
        inherited_fields = {
            # How a class takes naive datetimes holds for all of its fields.
            key: replace(value, refuse_naive=options.naive_datetimes == "refuse")
            for parent in reversed(parents)
            for key, value in parent.fields.items()
        }
        recordtype = cast("type[BaseRecord]", cls)
        recordtype.djelme = RecordDefinition.make(
            name,
            options.app_label or _containing_app_label(name, cls.__module__, options),
            mcls.imp_name,
            options,
            {**inherited_fields, **fields},
            is_cleaned=overrides(recordtype, "clean"),
            is_identified=bool(recordtype.UNIQUE_TOGETHER_FIELDS)
            or overrides(recordtype, "unique_id"),
            hooks=own_hooks(recordtype, mcls._library()) if not options.abstract else frozenset(),
        )
        require_mapped_names(name, recordtype.djelme.fields, cls._doc_type.mapping)
        recordtype._structured_fields = tuple(
            field_name
            for field_name, spec in recordtype.djelme.fields.items()
            if spec.kind is Kind.ANY and cls._doc_type.mapping[field_name]._coerce
        )
        cls._doc_values = DocValues.of(cls._doc_type.mapping, options.index.get("settings", {}))
        if not options.abstract:
            recordtype.check_declaration()
            djelme_registry.register_recordtype(recordtype)
        return cls

    @property
    def field_class(cls) -> type[Any]:
        """The DSL's base of all fields."""
        field_class: type[Any] = cls.dsl_module.field.Field
        return field_class

    @classmethod
    def _dsl_namespace(
        mcls, options: RecordOptions, fields: dict[str, Any], namespace: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the class body as the DSL's own metaclass expects it."""
        meta = {
            name: mcls._meta_field(name, value)
            for name, value in {"dynamic": "strict", **options.mapping}.items()
        }
        index = type("Index", (), {"name": "*", **options.index})
        return {**namespace, **fields, "Meta": type("Meta", (), meta), "Index": index}

    @classmethod
    def _dsl_classes(mcls) -> dict[str, Any]:
        """Return the DSL's classes as `DslRecord` wants to have them."""
        base = getattr(mcls.dsl_module, mcls.template_class_name)
        return {
            "_hit_meta": mcls.dsl_module.utils.HitMeta,
            "_search_class": _adapted(PointInTimeSearch, mcls.dsl_module.Search),
            "_async_search_class": _adapted(
                AsyncPointInTimeSearch, getattr(mcls.dsl_module, "AsyncSearch", None)
            ),
            "_template_class": type(
                base.__name__, (PartsTemplate, base), {"parts": mcls.template_parts}
            ),
        }

    @classmethod
    def _library(mcls) -> frozenset[str]:
        """Return the top-level packages whose classes are not a site's."""
        modules = (__name__, mcls.imp_name, mcls.dsl_module.field.Field.__module__)
        return frozenset(module.partition(".")[0] for module in modules)

    @classmethod
    def _meta_field(mcls, name: str, value: Any) -> Any:
        """Return a value of ``class Meta`` as the DSL has it."""
        if isinstance(value, mcls.dsl_module.MetaField):
            return value
        if name == "source" and isinstance(value, bool):
            return mcls.dsl_module.MetaField(enabled=value)
        return mcls.dsl_module.MetaField(value)

    @classmethod
    def _read_fields(
        mcls, name: str, options: RecordOptions, body: FieldBody
    ) -> tuple[dict[str, FieldSpec], dict[str, Any]]:
        """Return the fields of a class body, and the DSL's fields for them."""
        annotations, namespace = body.annotations, body.namespace
        field_class: type[Any] = mcls.dsl_module.field.Field
        fields, engine_fields = {}, {}
        for field_name, annotation in annotations.items():
            annotated = read_annotation(
                name, field_name, annotation, wrappers=(getattr(mcls.dsl_module, "M", M),)
            )
            if annotated is None:
                continue
            right = namespace.get(field_name, MISSING)
            declared = Declared() if right is MISSING else declare(right, field_class)
            spec = _spec(field_name, annotated, declared, options)
            engine_field = declared.engine_field or make_field(
                spec, annotated.python_type, field_class, mcls.dsl_module.InnerDoc
            )
            if engine_field is None:
                msg = (
                    f"field {field_name!r} is annotated with {annotation!r}, for which there is no "
                    f"field type; declare one explicitly, as in "
                    f"`{field_name}: ... = mapped_field(Keyword())`"
                )
                raise RecordTypeError(msg, recordtype=name)
            fields[field_name], engine_fields[field_name] = (
                spec,
                with_keywords(engine_field, mcls.dsl_module),
            )
        for field_name, value in namespace.items():
            if field_name in annotations or not isinstance(value, (field_class, dict)):
                continue
            declared = declare(value, field_class)
            if declared.engine_field is None:
                continue  # an attribute that happens to be a dict
            fields[field_name] = _spec(field_name, None, declared, options)
            engine_fields[field_name] = with_keywords(declared.engine_field, mcls.dsl_module)
        return fields, engine_fields


def _adapted(at_a_point: type[Any], dsl_class: Any) -> Any:
    """Return a DSL's class of searches as record types have it; None if there is no such."""
    if dsl_class is None:
        return None
    mixins = (at_a_point,) if hasattr(dsl_class, "point_in_time") else ()
    return type(dsl_class.__name__, (RecordSearch, *mixins, dsl_class), {})


def _spec(
    name: str, annotated: AnnotatedType | None, declared: Declared, options: RecordOptions
) -> FieldSpec:
    """Bring together what the annotation and the right-hand side say about a field."""
    kind = declared.kind or (annotated.kind if annotated else None) or Kind.ANY
    is_default_keyword = kind is Kind.KEYWORD and declared.engine_field is None
    return FieldSpec(
        name=name,
        kind=kind,
        optional=annotated.optional if annotated else declared.optional,
        multi=annotated.multi if annotated else declared.multi,
        listable=annotated is None and not declared.multi and kind is not Kind.ANY,
        default=declared.default,
        default_factory=declared.default_factory,
        choices=annotated.choices if annotated else None,
        enum_type=annotated.enum_type if annotated else None,
        refuse_naive=options.naive_datetimes == "refuse",
        max_bytes=KEYWORD_MAX_BYTES if is_default_keyword else declared.max_bytes,
    )


def _containing_app_label(recordtype: str, module: str, options: RecordOptions) -> str:
    """Return the label of the app that holds a module."""
    try:
        config = apps.get_containing_app_config(module)
    except AppRegistryNotReady:
        if options.abstract:
            return ""
        msg = (
            f"module {module!r} was imported before the apps were ready; record types belong in "
            f"an app's metrics.py, which is imported at the right time"
        )
        raise RecordTypeError(msg, recordtype=recordtype) from None
    if config is not None:
        return config.label
    if options.abstract:
        return ""
    msg = (
        f"module {module!r} is in none of INSTALLED_APPS, so the record type has to state its "
        f'app: class Meta: app_label = "…"'
    )
    raise RecordTypeError(msg, recordtype=recordtype)


def overrides(recordtype: type[BaseRecord], name: str) -> bool:
    """Return whether a class has a method of its own in place of `BaseRecord`'s."""
    return inspect.getattr_static(recordtype, name) is not vars(BaseRecord)[name]
