"""A backend whose requests are answered by a script."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from elasticsearch_metrics.backend.features import Features

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Asked:
    """One request as a backend makes it."""

    method: str
    path: str
    params: dict[str, Any] = field(default_factory=dict)
    body: Any = None


@pytest.fixture
def scripted() -> Callable[..., Any]:
    """Return a function that makes a backend of a class which gets its answers in order.

    What it asks for is in its `asked`; an answer that is an error is raised.
    """

    def make(base: type, *answers: Any, features: Features | None = None) -> Any:
        class Scripted(base):  # type: ignore[misc]
            def request(
                self,
                method: str,
                path: str,
                *,
                params: Any = None,
                body: Any = None,
                timeout: float | None = None,
            ) -> Any:
                self.asked.append(Asked(method, path, dict(params or {}), body))
                answer = self.answers.pop(0)
                if isinstance(answer, Exception):
                    raise answer
                return answer

        Scripted.__abstractmethods__ = frozenset()  # type: ignore[attr-defined]
        Scripted.features = features or Features(("8", "9"))
        backend = Scripted("main", {})
        backend.asked, backend.answers = [], list(answers)
        return backend

    return make
