"""Tasks of Celery that record, over a broker of files."""

from __future__ import annotations

import os
from pathlib import Path

from celery import Celery

from outage import ending

__all__ = ("app",)

_FOLDER = Path(os.environ["OUTAGE_BROKER"])
app = Celery("outage")
app.conf.update(
    broker_url="filesystem://",
    broker_transport_options={
        "data_folder_in": str(_FOLDER / "queue"),
        "data_folder_out": str(_FOLDER / "queue"),
        "control_folder": str(_FOLDER / "control"),
    },
    worker_max_tasks_per_child=7,
    worker_concurrency=2,
    task_ignore_result=True,
)


@app.task
def record() -> None:
    """Record a task, and say so in a file."""
    item = ending.next_item()
    ending.usage.record(item_id=item)
    (_FOLDER / "done" / str(item)).touch()
