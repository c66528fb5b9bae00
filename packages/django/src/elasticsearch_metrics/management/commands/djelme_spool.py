"""Look at the spools of backends, send what waits, and see to what was refused.

It is long, as each of its subcommands has a form for people and one for machines.
"""

from __future__ import annotations

import os
import time
from typing import TYPE_CHECKING, Any

from django.core.management.base import CommandError

from djelme.excerpt import excerpt
from djelme.quantity import counted, duration, size
from elasticsearch_metrics.delivery.assembly import guarded_store_many, spool_delivery
from elasticsearch_metrics.delivery.spool_status import SpoolStatus, spool_status
from elasticsearch_metrics.management.base import DjelmeCommand
from elasticsearch_metrics.registry import djelme_registry

if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Sequence

    from djelme.contracts import Backend
    from djelme.delivery import Delivery
    from djelme.delivery.dead_letter import DeadLetter, DeadLetterFile

__all__ = ("Command",)

_FLUSH_TIMEOUT = 60.0
#: How often to look whether a process has died meanwhile whose records have to be claimed.
_LOOK_SECONDS = 5.0
_SHOWN = 50
_WIDTH = 100


class Command(DjelmeCommand):
    """Looks at spools, empties them, and sees to dead letters."""

    help = (
        "Show what waits in the spools of buffered and durable backends (status), send it now "
        "(flush), or see to records that Elasticsearch refused for good (dead)."
    )
    examples = (
        "djelme_spool status",
        "djelme_spool flush --using main --timeout 120",
        "djelme_spool dead --export refused.ndjson",
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the action, and the options of all actions."""
        parser.add_argument(
            "action",
            choices=("status", "flush", "dead"),
            help="status: show what waits, of all processes; flush: send it now, also what "
            "processes that are gone have left; dead: list what was refused for good",
        )
        parser.add_argument(
            "--using", metavar="BACKEND", help="only this backend of DJELME_BACKENDS"
        )
        self.add_format_argument(parser)
        parser.add_argument(
            "--timeout",
            type=float,
            metavar="SECONDS",
            help=f"flush: how long to try, for each backend (default: {_FLUSH_TIMEOUT:g})",
        )
        remedies = parser.add_mutually_exclusive_group()
        remedies.add_argument(
            "--retry", action="store_true", help="dead: send them again; those that are stored go"
        )
        remedies.add_argument(
            "--export",
            metavar="FILE",
            help="dead: write them to a new file, one JSON object a line; - for standard output",
        )
        remedies.add_argument("--drop", action="store_true", help="dead: delete them, after asking")
        parser.add_argument(
            "--noinput",
            "--no-input",
            action="store_false",
            dest="interactive",
            help="dead: delete without asking",
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        """Do what was asked, for one backend after the other."""
        _check_options(options)
        using = options["using"]
        names = list(djelme_registry.all_backends) if using is None else [using]
        backends = [djelme_registry.get_backend(name) for name in names]
        if options["action"] == "status":
            self._show(backends, options)
        elif options["action"] == "flush":
            self._flush(backends, options)
        else:
            self._see_to_dead_letters(backends, options)

    # status

    def _show(self, backends: Sequence[Backend], options: dict[str, Any]) -> None:
        found = [spool_status(backend) for backend in backends]
        if options["format"] == "json":
            self.write_json([_described(status) for status in found])
            return
        for status in found:
            self.stdout.write(f"backend {status.backend}: {status.words}")
            if not status.exists or status.error:
                continue
            self.stdout.write(f"  {status.directory}, {size(status.bytes)}")
            if status.segments:
                self.write_table(
                    ("file", "process", "records", "waiting since (UTC)"),
                    [
                        (
                            segment.name,
                            f"{segment.pid} {'runs' if segment.alive else 'is gone'}",
                            segment.records,
                            segment.oldest and segment.oldest.strftime("%Y-%m-%d %H:%M:%S"),
                        )
                        for segment in status.segments
                    ],
                    indent="  ",
                )
            self._warn(status)

    def _warn(self, status: SpoolStatus) -> None:
        for problem in status.problems:
            self.stdout.write(self.style.WARNING(f"  {problem}"))
        if status.quarantined:
            text = f"{size(status.quarantined)} that are no records were put into quarantine.bin"
            self.stdout.write(self.style.WARNING(f"  {text}"))

    # flush

    def _flush(self, backends: Sequence[Backend], options: dict[str, Any]) -> None:
        rows = [self._flush_one(backend, options) for backend in backends]
        if options["format"] == "json":
            self.write_json(rows)
        left = [row for row in rows if row["waiting"]]
        if left:
            reasons = "; ".join(
                f"backend {row['backend']}: {_waiting(row['waiting'])} ({row['reason']})"
                for row in left
            )
            raise CommandError(reasons)

    def _flush_one(self, backend: Backend, options: dict[str, Any]) -> dict[str, Any]:
        before = spool_status(backend)
        row: dict[str, Any] = {"backend": backend.name, "sent": 0, "dead": 0, "waiting": 0}
        if before.error:
            msg = f"backend {backend.name}: {before.words}"
            raise CommandError(msg)
        if before.exists:
            delivery = spool_delivery(djelme_registry.owner_of, backend)
            try:
                timeout = options["timeout"]
                self._send(delivery, _FLUSH_TIMEOUT if timeout is None else timeout, row)
            finally:
                if delivery is not backend.delivery:
                    delivery.close(0)
            row["of_running_processes"] = spool_status(backend).of_the_living
        if options["format"] != "json":
            self._write_flushed(row, before)
        return row

    def _send(self, delivery: Delivery, timeout: float, row: dict[str, Any]) -> None:
        end = time.monotonic() + timeout
        before = delivery.stats()
        while True:
            left = end - time.monotonic()
            is_drained = delivery.flush(max(0.0, min(left, _LOOK_SECONDS)))
            if is_drained or left <= _LOOK_SECONDS:
                break
        stats = delivery.stats()
        row["sent"] = stats.sent - before.sent
        row["dead"] = stats.dead - before.dead
        row["waiting"] = stats.queued + stats.spooled
        if row["waiting"]:
            row["reason"] = stats.last_error or f"there was not enough time in {duration(timeout)}"

    def _write_flushed(self, row: dict[str, Any], before: SpoolStatus) -> None:
        if not before.exists:
            self.stdout.write(f"backend {before.backend}: {before.words}")
            return
        text = f"backend {before.backend}: {row['sent']:,} sent, {row['waiting']:,} waiting"
        if row["dead"]:
            text += f", {row['dead']:,} refused for good (see djelme_spool dead)"
        handled = row["of_running_processes"]
        if handled > row["waiting"]:
            are = "is" if handled == 1 else "are"
            text += f"; {handled:,} {are} being handled by running processes"
        self.stdout.write(text)
        self._warn(before)

    # dead

    def _see_to_dead_letters(self, backends: Sequence[Backend], options: dict[str, Any]) -> None:
        files = {
            backend: _dead_letters(backend) for backend in backends if spool_status(backend).exists
        }
        letters = {backend: file.read() for backend, file in files.items()}
        if options["export"] is not None:
            self._export(letters, options["export"])
        elif options["retry"]:
            self._retry({backend: files[backend] for backend in files if letters[backend]}, options)
        elif options["drop"]:
            self._drop(files, letters, options)
        elif options["format"] == "json":
            self.write_json([_letter(*pair) for pair in _pairs(letters)])
        else:
            self._list(backends, letters)

    def _list(self, backends: Sequence[Backend], letters: dict[Backend, list[DeadLetter]]) -> None:
        for backend in backends:
            if backend not in letters:
                self.stdout.write(f"backend {backend.name}: {spool_status(backend).words}")
                continue
            found = letters[backend]
            self.stdout.write(f"backend {backend.name}: {counted(len(found), 'dead letter')}")
            if found:
                self.write_table(
                    ("refused at (UTC)", "status", "index", "id", "reason"),
                    [
                        (
                            f"{letter.time:%Y-%m-%d %H:%M:%S}",
                            str(letter.status),
                            letter.operation.index,
                            letter.operation.id,
                            excerpt(letter.reason, _WIDTH),
                        )
                        for letter in found[-_SHOWN:]
                    ],
                    spare=("id",),
                    text_last=True,
                    indent="  ",
                )
            if len(found) > _SHOWN:
                self.stdout.write(f"  and {len(found) - _SHOWN:,} older; --export has all of them")

    def _export(self, letters: dict[Backend, list[DeadLetter]], target: str) -> None:
        found = {backend: of_backend for backend, of_backend in letters.items() if of_backend}
        if len(found) > 1:
            names = ", ".join(backend.name for backend in found)
            msg = f"Several backends have dead letters ({names}); name one with --using."
            raise CommandError(msg)
        lines = [letter.to_line() for _, letter in _pairs(found)]
        if target == "-":
            for line in lines:
                self.stdout.write(line.decode(), ending="")
            return
        try:
            # Records may be confidential, and an earlier export may be the only one.
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(lines)
        except OSError as error:
            msg = f"{target} can't be written: {error.strerror}"
            raise CommandError(msg) from error
        are = "is" if len(lines) == 1 else "are"
        self.stdout.write(f"{counted(len(lines), 'dead letter')} {are} in {target}")

    def _retry(self, files: dict[Backend, DeadLetterFile], options: dict[str, Any]) -> None:
        rows = []
        for backend, file in files.items():
            stored, refused = file.retry(guarded_store_many(djelme_registry.owner_of, backend))
            rows.append({"backend": backend.name, "stored": stored, "refused": refused})
        if options["format"] == "json":
            self.write_json(rows)
        else:
            for row in rows:
                self.stdout.write(
                    f"backend {row['backend']}: {row['stored']:,} stored, "
                    f"{row['refused']:,} refused again"
                )
            if not rows:
                self.stdout.write("There are no dead letters.")
        still_dead = sum(len(file.read()) for file in files.values())
        if still_dead:
            msg = f"{counted(still_dead, 'dead letter')} left; djelme_spool dead shows why"
            raise CommandError(msg)

    def _drop(
        self,
        files: dict[Backend, DeadLetterFile],
        letters: dict[Backend, list[DeadLetter]],
        options: dict[str, Any],
    ) -> None:
        total = sum(map(len, letters.values()))
        if total and options["interactive"]:
            self.confirm(
                f"Delete {counted(total, 'dead letter')}, which Elasticsearch refused? They can't "
                f"be brought back. "
                f"Type 'yes' to delete: "
            )
        rows: list[dict[str, Any]] = [
            {
                "backend": backend.name,
                # Those that were counted: others may have come meanwhile.
                "dropped": file.drop(letters[backend]) if letters[backend] else 0,
            }
            for backend, file in files.items()
        ]
        if options["format"] == "json":
            self.write_json(rows)
            return
        for row in rows:
            deleted = counted(row["dropped"], "dead letter")
            self.stdout.write(f"backend {row['backend']}: {deleted} deleted")


def _check_options(options: dict[str, Any]) -> None:
    """Refuse options of other actions.

    Raises:
        CommandError: if there are such.
    """
    action = options["action"]
    for owner, names in (("flush", ("timeout",)), ("dead", ("retry", "export", "drop"))):
        for name in names:
            if action != owner and options[name] not in {None, False}:
                msg = f"--{name} belongs to {owner}, not to {action}"
                raise CommandError(msg)


def _dead_letters(backend: Backend) -> DeadLetterFile:
    # Needs file locks, as all that has a spool.
    from djelme.delivery.dead_letter import DeadLetterFile

    return DeadLetterFile(backend.delivery_options.spool_dir, backend.name)


def _described(status: SpoolStatus) -> dict[str, Any]:
    return {
        "backend": status.backend,
        **status.to_dict(),
        "files": [
            {
                "name": segment.name,
                "pid": segment.pid,
                "alive": segment.alive,
                "records": segment.records,
                "bytes": segment.bytes,
                "oldest": segment.oldest and segment.oldest.isoformat(),
                "problem": segment.problem or None,
            }
            for segment in status.segments
        ],
    }


def _pairs(letters: dict[Backend, list[DeadLetter]]) -> list[tuple[Backend, DeadLetter]]:
    return [(backend, letter) for backend, found in letters.items() for letter in found]


def _letter(backend: Backend, letter: DeadLetter) -> dict[str, Any]:
    return {
        "backend": backend.name,
        "time": letter.time.isoformat(),
        "status": letter.status,
        "index": letter.operation.index,
        "id": letter.operation.id,
        "reason": letter.reason,
    }


def _waiting(number: int) -> str:
    return f"{counted(number, 'record')} {'waits' if number == 1 else 'wait'}"
