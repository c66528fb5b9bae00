"""The task for Celery, which isn't installed here."""

from __future__ import annotations

import importlib
import sys
import types
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


def test_the_task_builds_what_is_due(monkeypatch: pytest.MonkeyPatch) -> None:
    celery: Any = types.ModuleType("celery")
    names = []

    def shared_task(*, name: str) -> Any:
        names.append(name)
        return lambda function: function

    celery.shared_task = shared_task
    monkeypatch.setitem(sys.modules, "celery", celery)
    monkeypatch.delitem(sys.modules, "elasticsearch_metrics.tasks", raising=False)
    tasks = importlib.import_module("elasticsearch_metrics.tasks")
    monkeypatch.delitem(sys.modules, "elasticsearch_metrics.tasks")
    called = []
    monkeypatch.setattr(tasks, "call_command", lambda *arguments: called.append(arguments))
    tasks.djelme_report("myapp.Monthly")
    assert names == ["elasticsearch_metrics.djelme_report"]
    assert called == [("djelme_report", "build", "myapp.Monthly", "--due")]
