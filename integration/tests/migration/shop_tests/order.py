"""Steps in every phase, also where they don't fit: refused without any write, or done right."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from django.core.management.base import CommandError

from elasticsearch_metrics.migration import MigrationError
from elasticsearch_metrics.migration.context import MigrationContext
from elasticsearch_metrics.migration.dual_write.writer import DualWriter, dual_writer
from elasticsearch_metrics.migration.errors import (
    MigrationPhaseUnknownError,
    MigrationStateLostError,
)
from elasticsearch_metrics.migration.state.phase_cache import phase_cache
from elasticsearch_metrics.registry import djelme_registry
from shop_tests.shop import NAME, make_events

if TYPE_CHECKING:
    from shop_tests.shop import Shop

__all__ = ("StateIndexTests", "StepOrderTests")

_TO_VERIFIED = ("start", "backfill", "verify")
#: How to get to a phase, which steps are refused there, and where the others lead.
_PHASES: dict[str, tuple[tuple[str, ...], tuple[str, ...], dict[str, str]]] = {
    "new": (
        (),
        ("backfill", "verify", "verify --repair", "cutover", "finish", "finish --delete-source"),
        {"plan": "new", "backfill --dry-run": "new", "rollback": "new", "start": "dual writes"},
    ),
    "dual writes": (
        ("start",),
        ("verify", "verify --repair", "cutover", "finish", "finish --delete-source"),
        {"plan": "dual writes", "start": "dual writes", "backfill": "dual writes",
         "rollback": "new"},
    ),
    "verified": (
        _TO_VERIFIED,
        ("finish", "finish --delete-source"),
        {"start": "dual writes", "backfill": "dual writes", "verify": "dual writes",
         "verify --repair": "dual writes", "cutover": "cut over"},
    ),
    "cut over": (
        (*_TO_VERIFIED, "cutover"),
        ("start", "start --begin-anew"),
        {"plan": "cut over", "backfill": "cut over", "verify": "cut over",
         "verify --repair": "cut over", "cutover": "cut over", "rollback": "dual writes"},
    ),
    "finished": (
        (*_TO_VERIFIED, "cutover", "finish"),
        ("start", "start --begin-anew", "backfill", "verify", "verify --repair", "cutover"),
        {"plan": "finished", "finish": "finished", "finish --delete-source": "finished"},
    ),
}  # fmt: skip


def _step(shop: Shop, step: str) -> str:
    name, *options = step.split()
    return shop.run(name, NAME, *options)


def _kept(shop: Shop) -> dict[str, Any] | None:
    """Return all documents of the state index by id; None if there is no index."""
    store = MigrationContext(shop.ViewMigration).store
    if store.backend.get_mapping(store.index) is None:
        return None
    store.backend.refresh([store.index])
    answer = store.backend.request("POST", f"/{store.index}/_search", body={"size": 1000})
    return {hit["_id"]: hit["_source"] for hit in answer["hits"]["hits"]}


class StepOrderTests:
    """Every step in every phase."""

    @pytest.mark.parametrize("phase", _PHASES)
    def test_a_step_is_refused_without_a_write_or_done(
        self, shop: Shop, phase: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("builtins.input", lambda _: NAME)
        before, refused, done = _PHASES[phase]
        events = make_events(40)
        shop.OldView.bulk_record(events)
        for step in before:
            _step(shop, step)
        kept = _kept(shop)
        assert (kept is None) == (phase == "new")
        for step in (*refused, *refused):
            with pytest.raises(CommandError, match="djelme_migrate "):
                _step(shop, step)
            assert _kept(shop) == kept, step
        for step, following in done.items():
            for _ in range(2 if step != "rollback" and following not in {"new", phase} else 1):
                _step(shop, step)
            assert shop.run_json("status", NAME)["phase"] == following, step
            assert f"{NAME}" in shop.run("list")
        if "finish --delete-source" not in done:
            shop.require_same(events, shop.OldView)
        if before[1:]:
            shop.require_same(events, shop.View)

    def test_two_processes_begin_at_once(self, shop: Shop) -> None:
        shop.OldView.bulk_record(make_events(20))
        running = [shop.start("start", NAME) for _ in range(2)]
        outputs = [process.communicate(timeout=120)[0] for process in running]
        codes = [process.returncode for process in running]
        assert 0 in codes, outputs
        for code, output in zip(codes, outputs, strict=True):
            assert code == 0 or "holds the lock" in output
        assert shop.run_json("status", NAME)["phase"] == "dual writes"
        shop.run("backfill", NAME)


class StateIndexTests:
    """The index that keeps the state: made before it is written to, and never believed unseen."""

    def test_a_gap_of_a_migration_that_nobody_has_started(self, shop: Shop) -> None:
        _miss_some(shop).close(5)
        assert _kept(shop) is None
        shop.run("start", NAME)
        _miss_some(shop).close(5)
        assert shop.run_json("status", NAME)["missed"] == 10

    def test_what_hangs_at_the_end_doesnt_hold_up_the_process(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        shop.run("start", NAME)
        missing = _miss_some(shop)
        ended = threading.Event()
        monkeypatch.setattr(
            "elasticsearch_metrics.backend.rest.RestBackend.request", lambda *_, **__: ended.wait()
        )
        closing = threading.Thread(target=missing.close, args=(0.1,), daemon=True)
        closing.start()
        closing.join(60)
        assert not closing.is_alive()
        ended.set()
        assert "can't be saved" in caplog.text

    @pytest.mark.parametrize("phase", ["new", "dual writes"])
    def test_guessed_mappings_are_replaced(self, shop: Shop, phase: str) -> None:
        events = make_events(60)
        shop.OldView.bulk_record(events)
        state = dict(MigrationContext(shop.ViewMigration).keeper.read().to_dict(), phase=phase)
        for id_, kind, content in (("", "migration", state), (":gap:1", "gap", {"count": 1})):
            _write_past(shop, f"{NAME}{id_}", kind, content)
        with pytest.raises(CommandError, match="guessed mappings"):
            shop.run("status", NAME)
        shop.run("start", NAME)
        store = MigrationContext(shop.ViewMigration).store
        mapping: Any = store.backend.get_mapping(store.index)
        assert (mapping["dynamic"], mapping["properties"]["kind"]) == (
            "strict",
            {"type": "keyword"},
        )
        shop.run("backfill", NAME)
        shop.run("verify", NAME, "--full", "--behind", "0")
        shop.require_same(events, shop.View)

    def test_an_index_with_anything_else_is_named_and_left(self, shop: Shop) -> None:
        store = MigrationContext(shop.ViewMigration).store
        path = f"/{store.index}/{store.backend.features.document_type}/theirs"
        store.backend.request("PUT", path, body={"kind": "of others"})
        with pytest.raises(CommandError, match=rf"{store.index} .*such as theirs.*Move them"):
            shop.run("start", NAME)
        assert _kept(shop) == {"theirs": {"kind": "of others"}}
        store.backend.delete_indexes([store.index])
        shop.run("start", NAME)

    @pytest.mark.parametrize("written_since", [False, True])
    def test_lost_state_is_no_new_migration(self, shop: Shop, written_since: bool) -> None:
        events = make_events(60)
        shop.OldView.bulk_record(events[:50])
        for step in (*_TO_VERIFIED, "cutover"):
            _step(shop, step)
        shop.ViewMigration.record(**events[50])
        assert dual_writer.flush(10)
        store = MigrationContext(shop.ViewMigration).store
        store.backend.delete_indexes([store.index])
        if written_since:
            _write_past(shop, f"{NAME}:gap:another", "gap", {"count": 1, "reason": "?"})
        phase_cache.forget()
        kept = _kept(shop)
        for _ in range(2):
            with pytest.raises(MigrationError, match="--begin-anew"):
                _ = shop.ViewMigration.recordtype
            with pytest.raises(MigrationError, match="--begin-anew"):
                shop.ViewMigration.record(**events[51])
        with pytest.raises(MigrationStateLostError):
            phase_cache.read(shop.ViewMigration)
        for step in ("status", *_TO_VERIFIED, "cutover", "finish", "rollback"):
            with pytest.raises(CommandError, match="--begin-anew"):
                _step(shop, step)
        assert "unknown" in shop.run("list")
        _miss_some(shop).close(0.5)
        assert _kept(shop) == kept
        _step(shop, "start --begin-anew")
        phase_cache.forget()
        assert shop.ViewMigration.recordtype is shop.OldView
        for step in (*_TO_VERIFIED[1:], "cutover"):
            _step(shop, step)
        shop.require_same(events[:51], shop.View)

    def test_state_that_was_rolled_back_may_go(self, shop: Shop) -> None:
        for step in ("start", "rollback"):
            _step(shop, step)
        store = MigrationContext(shop.ViewMigration).store
        store.backend.delete_indexes([store.index])
        phase_cache.forget()
        assert shop.ViewMigration.recordtype is shop.OldView
        _step(shop, "start")

    def test_a_process_that_has_never_seen_the_phase_asks_neither_side(self, shop: Shop) -> None:
        events = make_events(30)
        shop.OldView.bulk_record(events[:20])
        for step in (*_TO_VERIFIED, "cutover", "finish"):
            _step(shop, step)
        with shop.proxy(shop.imps[1]) as proxy:
            phase_cache.forget()
            proxy.cut()
            for _ in range(2):
                with pytest.raises(MigrationPhaseUnknownError, match="unreachable"):
                    _ = shop.ViewMigration.recordtype
                with pytest.raises(MigrationPhaseUnknownError, match="unreachable"):
                    shop.ViewMigration.record(**events[20])
                with pytest.raises(MigrationPhaseUnknownError, match="unreachable"):
                    shop.ViewMigration.bulk_record(events[20:])
            proxy.restore()
            phase_cache.forget()
            shop.ViewMigration.bulk_record(events[20:])
        shop.require_same(events, shop.View)
        shop.require_same(events[:20], shop.OldView)

    def test_what_was_done_before_a_rollback_doesnt_count_any_more(
        self, shop: Shop, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        events = make_events(40)
        shop.OldView.bulk_record(events[:20])
        for step in ("start", "backfill"):
            _step(shop, step)

        def killed(*_: object) -> None:
            raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("elasticsearch_metrics.migration.transition._forget_copies", killed)
            with pytest.raises(CommandError, match="interrupted"):
                _step(shop, "rollback")
        assert shop.run_json("status", NAME)["phase"] == "new"
        shop.OldView.bulk_record(events[20:])
        assert dual_writer.flush(10)
        for step in ("start", "backfill"):
            _step(shop, step)
        shop.require_same(events, shop.View)


def _write_past(shop: Shop, id: str, kind: str, state: Any) -> None:  # noqa: A002 - its name in Elasticsearch
    """Write to the state index as a program does that doesn't care whether it exists."""
    store = MigrationContext(shop.ViewMigration).store
    body = {"migration": NAME, "kind": kind, "changed": "2026-11-28T00:00:00Z", "state": state}
    kind_path = store.backend.features.document_type
    store.backend.request("PUT", f"/{store.index}/{kind_path}/{id}", body=body)


def _miss_some(shop: Shop) -> DualWriter:
    """Return a dual_writer that can hold nothing, after ten writes."""
    placement = djelme_registry.placement(shop.OldView)
    small = DualWriter(queue_max=0)
    phase_cache.forget()
    small.observe(
        placement,
        [
            shop.OldView.completed_operation(shop.OldView.completed(event), placement)
            for event in make_events(10)
        ],
    )
    return small
