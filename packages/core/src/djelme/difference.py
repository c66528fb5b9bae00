"""Compare what is declared with what a server has, entry by entry.

Servers give settings back as strings, booleans as ``"true"``, nested where dotted was sent and the
other way round. Both sides are brought to one flat form first, so that only real drift is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ("ABSENT", "Difference", "differences", "flatten")

#: What a `Difference` says of an entry that isn't there.
ABSENT = "absent"


@dataclass(frozen=True)
class Difference:
    """One entry that differs, in the flat form.

    Attributes:
        path: dotted path of the entry, such as ``settings.number_of_shards``.
        expected: what the record type declares, or ``absent``.
        found: what the server has, or ``absent``.
    """

    path: str
    expected: str
    found: str

    def __str__(self) -> str:
        return f"{self.path} should be {self.expected} and is {self.found}"


def flatten(value: object, path: str = "") -> dict[str, str]:
    """Return dotted paths and normalised leaf values of a nested mapping.

    >>> flatten({"index": {"number_of_shards": 2}, "index.hidden": True})
    {'index.number_of_shards': '2', 'index.hidden': 'true'}
    >>> flatten({"index_patterns": ["a_*", "b_*"]})
    {'index_patterns': 'a_*, b_*'}
    """
    if isinstance(value, Mapping):
        return {
            inner_path: leaf
            for key, inner in value.items()
            for inner_path, leaf in flatten(inner, f"{path}.{key}" if path else str(key)).items()
        }
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, Mapping) for item in value):
            return {
                inner_path: leaf
                for position, item in enumerate(value)
                for inner_path, leaf in flatten(item, f"{path}.{position}").items()
            }
        return {path: ", ".join(map(_leaf, value))}
    return {path: _leaf(value)}


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return what differs between two flat mappings, ordered by path."""
    return tuple(
        Difference(path, expected.get(path, ABSENT), found.get(path, ABSENT))
        for path in sorted({*expected, *found})
        if expected.get(path) != found.get(path)
    )


def _leaf(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = str(value)
    return text.lower() if text.lower() in {"true", "false"} else text
