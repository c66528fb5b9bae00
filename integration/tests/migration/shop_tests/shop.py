"""The site as a test sees it: its types in this process, its commands in others."""

from __future__ import annotations

import contextlib
import copy
import datetime
import io
import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.core.management import call_command
from django.test import override_settings
from shop.declaration import declare

from elasticsearch_metrics.migration.dual_write.writer import dual_writer
from elasticsearch_metrics.migration.registry import migration_registry
from elasticsearch_metrics.migration.state.phase_cache import phase_cache
from elasticsearch_metrics.registry import djelme_registry
from shop_tests.proxy import Proxy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ("BEGINNING", "NAME", "Shop", "make_events")

NAME = "shop.ViewMigration"
#: Time of the first event.
BEGINNING = datetime.datetime(2026, 9, 28, tzinfo=datetime.timezone.utc)
_SITE = Path(__file__).parents[1] / "site"
_DAYS = 5


def make_events(count: int, *, first: int = 0, seed: int = 1) -> list[dict[str, Any]]:
    """Return events over some days, always the same ones; ``number`` identifies each."""
    chance = random.Random(seed + first)  # noqa: S311 - for a test
    events = []
    for number in range(first, first + count):
        moment = BEGINNING + datetime.timedelta(milliseconds=chance.randrange(86_400_000 * _DAYS))
        event: dict[str, Any] = {
            "timestamp": moment,
            "number": number,
            "item": f"item-{chance.randrange(50)}",
            "tags": [chance.choice("abcdef") for _ in range(chance.randrange(4))],
        }
        if number % 2:
            event["size"] = chance.randrange(-(2**53), 2**53)
        if number % 3:
            event["weight"] = chance.uniform(-1e6, 1e6)
        if number % 5:
            event["paid"] = chance.random() < 0.5
        if number % 7:
            event["day"] = datetime.date(2000, 1, 1) + datetime.timedelta(chance.randrange(9000))
        events.append(event)
    return events


class Shop:
    """The site.

    Attributes:
        imps: names of the imps of source and target.
        prefix: what all names on the clusters begin with.
        backends: ``DJELME_BACKENDS``.
        OldView: the source.
        View: the target.
        ViewMigration: the migration.
    """

    def __init__(
        self,
        imps: Sequence[str],
        backends: Mapping[str, Mapping[str, Mapping[str, Any]]],
        prefix: str,
    ) -> None:
        self.imps = tuple(imps)
        self.prefix = prefix
        self.backends = backends
        declared = declare(*imps)
        self.OldView: Any = declared.OldView
        self.View: Any = declared.View
        self.ViewMigration: Any = declared.ViewMigration
        self._started: list[subprocess.Popen[str]] = []

    @classmethod
    @contextlib.contextmanager
    def opened(
        cls,
        imps: Sequence[str],
        backends: Mapping[str, Mapping[str, Mapping[str, Any]]],
        prefix: str,
    ) -> Iterator[Shop]:
        """Give the site, set up; forget it afterwards."""
        with djelme_registry.isolated(), migration_registry.isolated():
            phase_cache.forget()
            dual_writer.reset()
            shop = cls(imps, backends, prefix)
            for recordtype in (shop.OldView, shop.View):
                recordtype.sync_index_template()
            try:
                yield shop
            finally:
                for process in shop._started:
                    process.kill()
                    process.wait()
                    if process.stdout is not None:
                        process.stdout.close()
                dual_writer.close(1.0)
                dual_writer.reset()
                phase_cache.forget()

    @contextlib.contextmanager
    def proxy(self, backend: str) -> Iterator[Proxy]:
        """Let a backend of this process go through a wire that can be cut."""
        (imp,) = self.backends[backend]
        options = self.backends[backend][imp]
        with Proxy.opened(str(options["hosts"])) as proxy:
            entry = {imp: {**options, "hosts": proxy.url, "max_retries": 0}}
            with override_settings(DJELME_BACKENDS={**self.backends, backend: entry}):
                djelme_registry.reset()
                yield proxy
        djelme_registry.reset()

    # Commands.

    def run(self, *args: str) -> str:
        """Run a step in this process and return what it writes.

        What was written before a migration starts is settled first: a write whose phase is not
        known yet is decided by the phase that it is sent in, and a test wants it to be the old one.
        """
        if args[0] == "start":
            assert dual_writer.flush(20)
        output = io.StringIO()
        call_command("djelme_migrate", *args, stdout=output, skip_checks=True)
        return output.getvalue()

    def run_json(self, *args: str) -> Any:
        """Run a step in this process and return the JSON that it writes."""
        return json.loads(self.run(*args, "--format", "json"))

    def start(self, *args: str) -> subprocess.Popen[str]:
        """Run a step in another process, as an operator of the site does.

        It is killed with the site, if it still runs.
        """
        backends = {name: copy.deepcopy(dict(entry)) for name, entry in self.backends.items()}
        for entry in backends.values():
            for options in entry.values():
                # Names have the same beginning as in this process.
                options["djelme_default_index_name_prefix"] = self.prefix  # type: ignore[index]
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "shop_settings",
            "PYTHONPATH": str(_SITE),
            "SHOP_SETTINGS": json.dumps({"backends": backends, "imps": self.imps}),
        }
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "django", "djelme_migrate", *args],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self._started.append(process)
        return process

    def command(self, *args: str) -> str:
        """Run a step in another process to its end and return what it writes."""
        process = self.start(*args)
        output, _ = process.communicate(timeout=300)
        assert process.returncode == 0, output
        return output

    # Documents, read without any help of the machinery that is tested.

    def documents(self, recordtype: Any) -> list[dict[str, Any]]:
        """Return all hits of a type's indexes."""
        backend = recordtype.get_backend()
        expressions = ",".join(djelme_registry.placement(recordtype).all_indexes())
        backend.refresh([expressions])
        answer = backend.request(
            "POST",
            f"/{expressions}/_search",
            params={"scroll": "1m", "ignore_unavailable": "true"},
            body={"size": 5000, "sort": ["_doc"], "seq_no_primary_term": True},
        )
        found: list[dict[str, Any]] = []
        while answer["hits"]["hits"]:
            assert not answer["_shards"]["failed"]
            found += answer["hits"]["hits"]
            body = {"scroll": "1m", "scroll_id": answer["_scroll_id"]}
            answer = backend.request("POST", "/_search/scroll", body=body)
        backend.request("DELETE", "/_search/scroll", body={"scroll_id": [answer["_scroll_id"]]})
        return found

    def require_same(self, events: Sequence[Mapping[str, Any]], recordtype: Any) -> None:
        """Check that a type has each event exactly once, field for field."""
        wanted = {event["number"]: _as_stored(event) for event in events}
        assert len(wanted) == len(events)
        found: dict[int, dict[str, Any]] = {}
        for hit in self.documents(recordtype):
            source = {key: value for key, value in hit["_source"].items() if value != []}
            assert source["number"] not in found, f"{source} is there twice"
            found[source["number"]] = source
        assert found.keys() == wanted.keys()
        different = [number for number, event in wanted.items() if found[number] != event]
        assert not different, (wanted[different[0]], found[different[0]])


def _as_stored(event: Mapping[str, Any]) -> dict[str, Any]:
    stored = {key: value for key, value in event.items() if value != []}
    moment: datetime.datetime = stored["timestamp"]
    stored["timestamp"] = f"{moment.isoformat(timespec='milliseconds')[:23]}Z"
    if "day" in stored:
        stored["day"] = stored["day"].isoformat()
    return stored
