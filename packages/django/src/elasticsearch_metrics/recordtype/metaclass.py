"""Make classes of record types, whichever DSL their documents come from."""

from __future__ import annotations

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
from elasticsearch_metrics.declaration.field import Declared, declare, make_field, mapped_field
from elasticsearch_metrics.declaration.field_name import require_free_names, require_mapped_names
from elasticsearch_metrics.declaration.hook import own_hooks
from elasticsearch_metrics.declaration.mixin import FieldBody, mixin_bodies
from elasticsearch_metrics.declaration.options import RecordOptions
from elasticsearch_metrics.recordtype.base import overrides
from elasticsearch_metrics.registry import djelme_registry
from elasticsearch_metrics.report.declaration import BUILD_FIELD

if TYPE_CHECKING:
    from djelme.annotation import AnnotatedType
    from elasticsearch_metrics.recordtype.base import BaseRecord

__all__ = ("MAPPING_OPTIONS", "RecordTypeMeta")


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


class RecordTypeMeta(type):
    """Metaclass of record types; an imp's metaclass inherits from it and from its DSL's.

    It reads annotations, ``class Meta`` and ``class Index``, hands the DSL explicit fields, and
    registers concrete types.
    """

    djelme: RecordDefinition
    _doc_type: Any
    _doc_values: DocValues

    #: Options of ``class Meta`` that belong to the mapping.
    mapping_option_names: frozenset[str] = MAPPING_OPTIONS
    #: Generic classes of the DSL that may wrap an annotation.
    annotation_wrappers: tuple[Any, ...] = ()
    #: The DSL's base of all fields, of inner documents, and its values of ``class Meta``.
    field_class: Any = None
    inner_class: Any = None
    meta_field_class: Any = None
    #: Path of the imp's module.
    imp_name = ""

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **kwargs: Any
    ) -> Any:
        """Make the class of a record type.

        Raises:
            RecordTypeError: if the declaration can't work.
        """
        parents = [base.djelme for base in bases if isinstance(base, RecordTypeMeta)]
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
        cls._doc_values = DocValues.of(cls._doc_type.mapping, options.index.get("settings", {}))
        if not options.abstract:
            recordtype.check_declaration()
            djelme_registry.register_recordtype(recordtype)
        return cls

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
    def _library(mcls) -> frozenset[str]:
        """Return the top-level packages whose classes are not a site's."""
        modules = (__name__, mcls.imp_name, mcls.field_class.__module__)
        return frozenset(module.partition(".")[0] for module in modules)

    @classmethod
    def _meta_field(mcls, name: str, value: Any) -> Any:
        """Return a value of ``class Meta`` as the DSL has it."""
        if isinstance(value, mcls.meta_field_class):
            return value
        if name == "source" and isinstance(value, bool):
            return mcls.meta_field_class(enabled=value)
        return mcls.meta_field_class(value)

    @classmethod
    def _read_fields(
        mcls, name: str, options: RecordOptions, body: FieldBody
    ) -> tuple[dict[str, FieldSpec], dict[str, Any]]:
        """Return the fields of a class body, and the DSL's fields for them."""
        annotations, namespace = body.annotations, body.namespace
        fields, engine_fields = {}, {}
        for field_name, annotation in annotations.items():
            annotated = read_annotation(
                name, field_name, annotation, wrappers=mcls.annotation_wrappers
            )
            if annotated is None:
                continue
            right = namespace.get(field_name, MISSING)
            declared = Declared() if right is MISSING else declare(right, mcls.field_class)
            spec = _spec(field_name, annotated, declared, options)
            engine_field = declared.engine_field or make_field(
                spec, annotated.python_type, mcls.field_class, mcls.inner_class
            )
            if engine_field is None:
                msg = (
                    f"field {field_name!r} is annotated with {annotation!r}, for which there is no "
                    f"field type; declare one explicitly, as in "
                    f"`{field_name}: ... = mapped_field(Keyword())`"
                )
                raise RecordTypeError(msg, recordtype=name)
            fields[field_name], engine_fields[field_name] = spec, engine_field
        for field_name, value in namespace.items():
            if field_name in annotations or not isinstance(value, (mcls.field_class, dict)):
                continue
            declared = declare(value, mcls.field_class)
            if declared.engine_field is None:
                continue  # an attribute that happens to be a dict
            fields[field_name] = _spec(field_name, None, declared, options)
            engine_fields[field_name] = declared.engine_field
        return fields, engine_fields


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
