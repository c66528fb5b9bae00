"""Compare what is declared with what a server has, entry by entry.

Servers give settings back as strings, booleans as ``"true"``, nested where dotted was sent and the
other way round. Both sides are brought to one flat form first, so that only real drift is left.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ("ABSENT", "Difference", "differences", "flatten")

#: What a `Difference` says of an entry that isn't there.
ABSENT = "absent"
#: A number with a fraction or an exponent, as Python and as Java write it.
_DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?")
#: In the flat form of lists this is between the items.
_SEPARATOR = ", "


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
    >>> flatten({"similarity": {"own": {"b": 0.5, "k1": "1.0"}}})
    {'similarity.own.b': '0.5', 'similarity.own.k1': '1'}
    """
    if isinstance(value, Mapping):
        return {
            inner_path: leaf
            for key, inner in value.items()
            for inner_path, leaf in flatten(inner, f"{path}.{key}" if path else str(key)).items()
        }
    if isinstance(value, (list, tuple)):
        if any(isinstance(item, (Mapping, list, tuple)) for item in value):
            return {
                inner_path: leaf
                for position, item in enumerate(value)
                for inner_path, leaf in flatten(item, f"{path}.{position}").items()
            }
        return {path: _SEPARATOR.join(map(_item, value))}
    return {path: _leaf(value)}


def differences(expected: Mapping[str, str], found: Mapping[str, str]) -> tuple[Difference, ...]:
    """Return what differs between two flat mappings, ordered by path."""
    return tuple(
        Difference(path, expected.get(path, ABSENT), found.get(path, ABSENT))
        for path in sorted({*expected, *found})
        if expected.get(path) != found.get(path)
    )


def _item(value: object) -> str:
    """Return a leaf of a list, so that two lists are never taken for the same."""
    text = _leaf(value)
    return json.dumps(text) if _SEPARATOR in text else text


def _leaf(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value)
    if text.lower() in {"true", "false"}:
        return text.lower()
    if _DECIMAL.fullmatch(text) and not text.lstrip("-").isdigit():
        number = float(text)
        return str(int(number)) if number.is_integer() else repr(number)
    return text
