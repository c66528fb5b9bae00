"""What was recorded is sent when a process ends, however its server ends it."""

from __future__ import annotations

import dataclasses
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from outage.end import SERVERS, end_celery, end_server
from outage.ledger import check_exactly_once, stored_items
from outage.program import Plan, environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from outage.end import Ended
    from outage.program import Program

BOTH = pytest.mark.parametrize("mode", ["buffered", "durable"])
#: Longer than any end should take, and shorter than what is waited for by mistake.
_DEADLINE = 30


@pytest.fixture
def plan(plan: Plan, mode: str) -> Plan:
    """Batches that some records fill, and that others wait for until the end."""
    options = {
        **plan.options,
        "djelme_delivery": mode,
        "djelme_batch_size": 20,
        "djelme_batch_delay": 600,
        "djelme_shutdown_deadline": _DEADLINE,
    }
    return Plan(plan.imp, options, plan.prefix)


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder whose path is short enough for a socket."""
    folder = Path(tempfile.mkdtemp(prefix="djelme-"))
    yield folder
    shutil.rmtree(folder)


def check(usage: Any, ended: Ended, flush: Callable[[], Any]) -> None:
    """Check that nothing waits, but for what was recorded in the last moments."""
    missing = set(ended.items) - stored_items(usage).keys()
    assert not missing, f"{len(missing)} of {len(ended.items)} were not sent: {ended.log}"
    assert ended.seconds < _DEADLINE, ended.log
    flush()
    check_exactly_once(usage, ended.items + ended.later)


@BOTH
@pytest.mark.parametrize("name", SERVERS)
def test_servers_on_sigterm(
    usage: Any, plan: Plan, folder: Path, name: str, flush: Callable[[], Any]
) -> None:
    check(usage, end_server(name, plan, folder), flush)


@pytest.mark.parametrize("mode", ["buffered"])
@pytest.mark.parametrize("name", [name for name in SERVERS if name.startswith("gunicorn")])
def test_workers_of_gunicorn_on_sighup(
    usage: Any, plan: Plan, folder: Path, name: str, flush: Callable[[], Any]
) -> None:
    check(usage, end_server(name, plan, folder, reload=True), flush)


@BOTH
def test_children_of_celery_that_are_replaced(
    usage: Any, plan: Plan, folder: Path, flush: Callable[[], Any]
) -> None:
    # Celery's warm shutdown may kill children that have been idle for some seconds; what they did
    # is sent by then.
    plan = dataclasses.replace(plan, options={**plan.options, "djelme_batch_delay": 1})
    check(usage, end_celery(plan, folder), flush)


@BOTH
@pytest.mark.usefixtures("every_imp")
@pytest.mark.parametrize(
    ("action", "arguments", "code"),
    [
        ("command", (), 0),
        ("leave", ("return",), 0),
        ("leave", ("exit",), 0),
        ("leave", ("exception",), 1),
        ("leave", ("term",), -signal.SIGTERM),
    ],
)
def test_scripts_and_commands(
    *,
    usage: Any,
    start: Callable[..., Program],
    action: str,
    arguments: tuple[str, ...],
    code: int,
) -> None:
    program = start(action, 1, *arguments)
    acknowledged = program.end()
    assert program.process.returncode == code, program.complaints
    assert len(acknowledged) == 100
    check_exactly_once(usage, acknowledged)


LATE = """
import atexit
late = []
atexit.register(lambda: [record() for record in late])  # before all others, so it runs after them
from outage import worker
usage = worker.prepare()
worker.record(usage, 1)
usage.get_backend().flush(20)
late += [lambda: worker.record(usage, 2), lambda: worker.record(usage, 3)]
"""


@pytest.mark.usefixtures("every_imp")
@pytest.mark.parametrize("mode", ["direct", "buffered", "durable"])
def test_records_after_all_other_hooks(usage: Any, plan: Plan) -> None:
    """When urllib3 has closed the pools of all clients that were there."""
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", LATE],
        env=environment(plan),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "1\n2\n3\n", "")
    check_exactly_once(usage, [1, 2, 3])
