"""A process that records, and says which items `record()` has acknowledged."""

from __future__ import annotations

import contextlib
import datetime
import json
import multiprocessing
import os
import resource
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import django
from django.conf import settings
from django.core.management import BaseCommand

from djelme.delivery import background
from djelme.errors import BackendError, BulkError, SpoolError
from elasticsearch_metrics.registry import djelme_registry
from outage.recordtype import declare

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ("prepare",)

_NOBODY = 65534
#: More items than any process of a test records, so that each has numbers of its own.
SPAN = 100_000
#: Items of a bulk.
BULK = 50


def prepare(urls: str = "outage.application") -> Any:
    """Set Django up as the plan in the environment says, and return the record type."""
    plan = json.loads(os.environ["OUTAGE_PLAN"])
    # Those who look for the records of the dead look often, so that the tests end soon.
    background._CLAIM_INTERVAL = 0.5
    settings.configure(
        DJELME_BACKENDS={"main": {plan["imp"]: plan["options"]}},
        INSTALLED_APPS=["elasticsearch_metrics"],
        ROOT_URLCONF=urls,
        ALLOWED_HOSTS=["*"],
        USE_TZ=True,
    )
    django.setup()
    djelme_registry.name_prefix = plan["prefix"]
    usage, _ = declare(plan["imp"])
    return usage


def say(text: object) -> None:
    """Say a line, at once and as a whole."""
    os.write(1, f"{text}\n".encode())


def record(usage: Any, item: int, **fields: Any) -> None:
    """Record an item, and say so when it is acknowledged."""
    usage.record(item_id=item, **fields)
    say(item)


def stream(usage: Any, base: str, pause: str = "0.005", count: str = "0") -> None:
    """Record item after item, for ever or so many."""
    number = 0
    while not int(count) or number < int(count):
        record(usage, int(base) * SPAN + number)
        number += 1
        time.sleep(float(pause))


def endure(usage: Any, base: str) -> None:
    """Record item after item until told to end, whatever fails; then send what waits."""
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: ended.append(number))
    number, longest = 0, 0.0
    while not ended:
        item = int(base) * SPAN + number
        before = time.monotonic()
        try:
            record(usage, item)
        except BackendError as error:
            say(f"failed {item} {type(error).__name__}")
        longest = max(longest, time.monotonic() - before)
        number += 1
        time.sleep(0.05)
    say(f"longest {longest:.3f}")
    if not usage.get_backend().flush(120):
        sys.exit(usage.get_backend().stats().last_error)


def load(usage: Any, base: str) -> None:
    """Store bulks until told to end; what one leaves unacknowledged, the next one takes."""
    ended: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: ended.append(number))
    number, failures = int(base) * SPAN, 0
    while not ended:
        items = range(number, number + BULK)
        number += BULK
        given: list[Any] = [{"item_id": item} for item in items]
        while given:
            try:
                usage.bulk_record(given)
                given = []
            except BackendError as error:
                failures += 1
                given = error.result.unacknowledged  # type: ignore[attr-defined] # a bulk's has one
                time.sleep(0.2)
            except BulkError as error:
                failures += 1
                given = [failure.record for failure in error.result.failed]
                time.sleep(0.2)
        for item in items:
            say(item)
        time.sleep(0.2)
    say(f"{failures} bulks ended with an error")


def idle(usage: Any) -> None:
    """Live, and record nothing: what the dead have left is claimed all the same."""
    delivery = usage.get_backend().delivery
    delivery.flush(0)
    say("ready")
    while True:
        time.sleep(0.1)
        delivery.flush(0)


def fork(usage: Any, base: str, children: str) -> None:
    """Fork after use, again and again; parent and children record."""
    first = int(base) * SPAN
    waiting = []
    for number in range(int(children)):
        record(usage, first + number)
        child = os.fork()
        if not child:
            for each in range(10):
                record(usage, first + 1000 * (number + 1) + each)
            os._exit(0 if usage.get_backend().flush(60) else 1)
        waiting.append(child)
    for child in waiting:
        if os.waitpid(child, 0)[1]:
            sys.exit("a child could not deliver")


def pool(usage: Any, base: str, method: str = "fork") -> None:
    """Record in a parent and in the children of a pool, which end as multiprocessing ends them."""
    first = int(base) * SPAN
    record(usage, first)
    context = multiprocessing.get_context(method)
    children = [
        context.Process(target=_record_ten, args=(usage, first + 1000 * number))
        for number in (1, 2, 3)
    ]
    for child in children:
        child.start()
    for child in children:
        child.join()
        if child.exitcode:
            sys.exit("a child failed")


def _record_ten(usage: Any, first: int) -> None:
    for each in range(10):
        record(usage, first + each)


def leave(usage: Any, base: str, way: str) -> None:
    """Record some, and end while they are waiting."""
    for number in range(100):
        record(usage, int(base) * SPAN + number)
    if way == "exception":
        raise ZeroDivisionError
    if way == "exit":
        sys.exit(0)
    if way == "term":
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(60)


def command(usage: Any, base: str) -> None:
    """Record in a management command, which ends while some are waiting."""

    class Command(BaseCommand):
        requires_system_checks: ClassVar[list[str]] = []

        def handle(self, *_arguments: object, **_options: object) -> None:
            for number in range(100):
                record(usage, int(base) * SPAN + number)

    Command().run_from_argv(["manage.py", "command"])


def jump(usage: Any, base: str) -> None:
    """Record while the clock jumps back an hour, and forth again."""
    real, real_ns = time.time, time.time_ns
    for number in range(300):
        if number in {100, 200}:
            offset = 3600 if number == 100 else 0

            def now(offset: int = offset) -> float:
                return real() - offset

            def now_ns(offset: int = offset) -> int:
                return real_ns() - offset * 10**9

            time.time, time.time_ns = now, now_ns
        moment = datetime.datetime.fromtimestamp(time.time(), datetime.timezone.utc)
        record(usage, int(base) * SPAN + number, timestamp=moment)
        if not number % 50:
            time.sleep(0.1)


def limit(usage: Any, base: str) -> None:
    """Record under a limit of the size of files, until nothing is taken; then without it."""
    first = int(base) * SPAN
    record(usage, first)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, before[1]))
    complaint = ""
    try:
        usage.record(item_id=first + 1)
    except SpoolError as error:
        complaint = str(error)
    resource.setrlimit(resource.RLIMIT_FSIZE, before)
    os.write(2, f"{complaint}\n".encode())
    for number in range(2, 20):
        record(usage, first + number)


def fill(usage: Any, base: str) -> None:
    """Record until the disk is full, and again when there is room."""
    first = int(base) * SPAN
    number = refused = 0
    while refused < 3:
        try:
            record(usage, first + number, note="x" * 2000)
        except SpoolError as error:
            os.write(2, f"{error}\n".encode())
            refused += 1
        number += 1
    say("full")
    while True:
        number += 1
        try:
            record(usage, first + number)
        except SpoolError:
            time.sleep(0.1)
        else:
            break
    if not usage.get_backend().flush(60):
        sys.exit(usage.get_backend().stats().last_error)


def forbid(usage: Any, base: str, directory: str) -> None:
    """Record into a spool whose directory may only be read."""
    first = int(base) * SPAN
    Path(directory).chmod(0o555)
    with _as_nobody():
        try:
            record(usage, first)
        except SpoolError as error:
            os.write(2, f"{error}\n".encode())
    Path(directory).chmod(0o755)
    record(usage, first + 1)


@contextlib.contextmanager
def _as_nobody() -> Iterator[None]:
    """Be somebody whom permissions concern."""
    if os.geteuid():
        yield
        return
    os.seteuid(_NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


ACTIONS: dict[str, Callable[..., None]] = {
    action.__name__: action
    for action in (
        *(command, endure, fill, forbid, fork, idle, jump, leave, limit, load, pool, stream),
    )
}


def main() -> None:
    """Do what the command line says."""
    usage = prepare()
    ACTIONS[sys.argv[1]](usage, *sys.argv[2:])


if __name__ == "__main__":
    main()
