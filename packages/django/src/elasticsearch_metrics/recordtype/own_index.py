"""What the DSL keeps as ``_index`` of a document, for types whose indexes go by time."""

from __future__ import annotations

from typing import Any

__all__ = ("OwnIndex",)


class OwnIndex(type):
    """Metaclass of documents whose ``_index`` is about the indexes of their records only.

    As the DSL has it, an index that isn't named is ``*``, and is asked for by whatever client the
    site calls ``default``; so ``UsageRecord._index.delete()`` would be about all of a cluster.
    """

    djelme: Any
    _declared_index: Any

    @property
    def _index(cls) -> Any:
        """The DSL's index, with the names of the type's own ones and its backend's client.

        Raises:
            djelme.errors.ConfigurationError: if there is no backend.
        """
        definition = cls.__dict__.get("djelme")  # none while the class is made
        if definition is None or definition.options.abstract:
            return cls._declared_index
        recordtype: Any = cls
        return cls._declared_index.clone(
            name=recordtype._default_index(), using=recordtype._get_connection()
        )

    @_index.setter
    def _index(cls, index: Any) -> None:
        cls._declared_index = index
