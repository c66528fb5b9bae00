"""Everything that is known about a record type when its class is made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.text import camel_case_to_spaces

from djelme.decoding import RecordDecoder
from djelme.encoding import RecordEncoder
from djelme.validation import RecordValidator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from djelme.field import FieldSpec
    from elasticsearch_metrics.declaration.options import RecordOptions

__all__ = ("RecordDefinition",)


@dataclass(frozen=True)
class RecordDefinition:
    """What a class body declares, in the words of djelme.

    Attributes:
        name: name of the class.
        app_label: label of its app; empty for an abstract class outside of apps.
        imp_name: path of the imp's module.
        options: from ``class Meta`` and ``class Index``.
        fields: by name, in the order of their declaration, inherited ones first.
        validator: checks values.
        encoder: checks and writes values.
        decoder: reads values.
        default_factories: names of fields and what makes their defaults for each record.
        is_cleaned: whether the class has a `clean` of its own.
        is_identified: whether it has `UNIQUE_TOGETHER_FIELDS` or a `unique_id` of its own.
        hooks: what else it overrides of the methods that store a record, by name.
    """

    name: str
    app_label: str
    imp_name: str
    options: RecordOptions
    fields: Mapping[str, FieldSpec]
    validator: RecordValidator
    encoder: RecordEncoder
    decoder: RecordDecoder
    default_factories: tuple[tuple[str, Callable[[], Any]], ...]
    is_cleaned: bool
    is_identified: bool
    hooks: frozenset[str] = frozenset()

    @classmethod
    def make(
        cls,
        name: str,
        app_label: str,
        imp_name: str,
        options: RecordOptions,
        fields: Mapping[str, FieldSpec],
        *,
        is_cleaned: bool,
        is_identified: bool,
        hooks: frozenset[str] = frozenset(),
    ) -> RecordDefinition:
        """Return a definition with the validator and encoder of its fields."""
        label = f"{app_label}.{name}" if app_label else name
        validator = RecordValidator(label, fields.values())
        return cls(
            name,
            app_label,
            imp_name,
            options,
            fields,
            validator,
            RecordEncoder(validator),
            RecordDecoder(fields.values()),
            tuple(
                (spec.name, spec.default_factory)
                for spec in fields.values()
                if spec.default_factory is not None
            ),
            is_cleaned,
            is_identified,
            hooks,
        )

    @property
    def saves_itself(self) -> bool:
        """Whether an instance has to be stored by its ``save()``, and by nothing else."""
        return "save" in self.hooks and "asave" not in self.hooks

    @property
    def label(self) -> str:
        """The record type's name for people: ``app_label.ClassName``."""
        return self.validator.recordtype

    @property
    def verbose_name(self) -> str:
        """What a record is called on pages, in the active language."""
        return str(self.options.verbose_name or camel_case_to_spaces(self.name))

    @property
    def verbose_name_plural(self) -> str:
        """What several records are called on pages, in the active language."""
        return str(self.options.verbose_name_plural or f"{self.verbose_name}s")

    def field_label(self, name: str) -> str:
        """Return what a field is called on pages, in the active language.

        Args:
            name: the field's; dotted for a field of an object or a subfield.
        """
        return str(self.options.labels.get(name) or name.replace("_", " "))
