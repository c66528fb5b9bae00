from __future__ import annotations

import logging
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from djelme.delivery import DeliveryOptions, make_delivery
from djelme.errors import BackendError, BackendUnreachableError
from djelme.operation import Operation, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from djelme.delivery.background import BackgroundDelivery


class MemoryBackend:
    """Stores documents in memory, as Elasticsearch would, and fails when it is told to."""

    name = "main"

    def __init__(self) -> None:
        self.documents: dict[str, bytes] = {}
        self.conflicts = 0
        self.requests: list[list[str]] = []
        #: Raised by each request while it is set.
        self.error: Exception | None = None
        #: Whether a request that fails has stored its operations all the same.
        self.loses_answers = False
        #: Outcome of an operation in place of storing it.
        self.judge: Callable[[Operation], Outcome | None] = lambda operation: None
        self.probes = 0
        #: Requests wait here.
        self.gate = threading.Event()
        self.gate.set()

    def go_away(self) -> None:
        self.error = BackendUnreachableError(
            backend=self.name, reason="http://me:s3cret@es.example refused the connection"
        )

    def come_back(self) -> None:
        self.error = None

    def store_many(self, operations: Sequence[Operation]) -> list[Outcome]:
        self.gate.wait(30)
        error = self.error
        self.requests.append([operation.id for operation in operations])
        if error is not None and not self.loses_answers:
            raise error
        outcomes = [self.judge(operation) or self._store(operation) for operation in operations]
        if error is not None:
            raise error
        return outcomes

    def _store(self, operation: Operation) -> Outcome:
        created = operation.id not in self.documents
        if operation.create and not created:
            self.conflicts += 1
            return Outcome(409, "version_conflict_engine_exception", created=False)
        self.documents[operation.id] = operation.source
        return Outcome(201 if created else 200, created=created)

    def server_version(self, *, timeout: float) -> str:
        self.probes += 1
        if isinstance(self.error, BackendError):
            raise self.error
        return "8.19.3"


def make_operation(number: int | str, **changed: Any) -> Operation:
    return Operation(
        **{"index": "things", "id": str(number), "source": b'{"user":"s3cret"}', **changed}
    )


@pytest.fixture
def operation() -> Callable[..., Operation]:
    return make_operation


@pytest.fixture
def backend() -> MemoryBackend:
    return MemoryBackend()


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "spool"


@pytest.fixture
def deliver(
    backend: MemoryBackend, directory: Path, caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[..., BackgroundDelivery]]:
    """Return a function that makes deliveries, quick ones by default, and close them in the end."""
    caplog.set_level(logging.INFO, "djelme")
    made: list[BackgroundDelivery] = []

    def make(mode: str, **options: Any) -> BackgroundDelivery:
        callbacks = {
            name: options.pop(name)
            for name in ("on_dead", "on_dropped", "store_many")
            if name in options
        }
        parsed = DeliveryOptions.parse(
            "main",
            {
                "djelme_delivery": mode,
                "djelme_spool_dir": directory,
                "djelme_batch_delay": 0.02,
                "djelme_backoff_min": 0.01,
                "djelme_backoff_max": 0.05,
                **{f"djelme_{name}": value for name, value in options.items()},
            },
        )
        delivery = make_delivery(backend, parsed, **callbacks)  # type: ignore[arg-type]
        made.append(delivery)  # type: ignore[arg-type]
        return delivery  # type: ignore[return-value]

    yield make
    backend.gate.set()
    for delivery in made:
        delivery.close(0)
    assert "s3cret" not in caplog.text, "values and credentials don't belong into logs"


PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from djelme.operation import Operation, Outcome
from djelme.delivery import DeliveryOptions, make_delivery
from djelme.errors import BackendUnreachableError

store, spool, mode = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]


class FileBackend:
    '''A file for each document; away while there is a file named "away".'''

    name = "main"

    def store_many(self, operations):
        if (store / "away").exists():
            raise BackendUnreachableError(backend="main", reason="away")
        outcomes = []
        for operation in operations:
            try:
                with open(store / operation.id, "xb") as file:
                    file.write(operation.source)
                outcomes.append(Outcome(201))
            except FileExistsError:
                outcomes.append(Outcome(409, "conflict", False))
        return outcomes


def make(**options):
    parsed = DeliveryOptions.parse("main", {
        "djelme_delivery": mode, "djelme_spool_dir": spool, "djelme_batch_delay": 0.05,
        "djelme_backoff_min": 0.02, "djelme_backoff_max": 0.1, **options,
    })
    return make_delivery(FileBackend(), parsed)


def operation(id):
    return Operation("things", str(id), b'{"n":1}')


def say(text):
    os.write(1, f"{text}\\n".encode())
"""


class Programs:
    """Runs programs that share a store and a spool."""

    def __init__(self, store: Path, spool: Path) -> None:
        self.store = store
        self.spool = spool
        store.mkdir()

    def command(self, text: str, mode: str, before: str = "") -> list[str]:
        text = before + PROGRAM + text
        return [sys.executable, "-c", text, str(self.store), str(self.spool), mode]

    def run(self, text: str, mode: str = "durable", *, before: str = "") -> list[str]:
        done = subprocess.run(  # noqa: S603 - the programs of these tests
            self.command(text, mode, before),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    def start(self, text: str, mode: str = "durable") -> subprocess.Popen[str]:
        return subprocess.Popen(  # noqa: S603 - the programs of these tests
            self.command(text, mode), stdout=subprocess.PIPE, text=True
        )

    def flush(self) -> None:
        """Send whatever is in the spool, as another process."""
        assert self.run("say(make().flush(30))") == ["True"]

    @property
    def stored(self) -> list[str]:
        return sorted(path.name for path in self.store.iterdir() if path.name != "away")

    def go_away(self) -> None:
        (self.store / "away").touch()

    def come_back(self) -> None:
        (self.store / "away").unlink()


@pytest.fixture
def programs(tmp_path: Path, directory: Path) -> Programs:
    return Programs(tmp_path / "store", directory)
