"""The outbox for Django's own test cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from djelme_testing.memory.outbox import open_outbox

if TYPE_CHECKING:
    from djelme_testing.memory.outbox import Outbox

__all__ = ("DjelmeOutboxMixin",)


class DjelmeOutboxMixin:
    """Gives each test of a ``django.test`` case an outbox, and no way to any server.

    ::

        class ViewTest(DjelmeOutboxMixin, TestCase):
            def test_a_view_is_recorded(self):
                self.client.get("/item/7/")
                (record,) = self.djelme_outbox.of(UsageRecord)
                self.assertEqual(record.item_id, 7)

    Attributes:
        djelme_outbox: what the test has recorded.
    """

    djelme_outbox: Outbox

    def setUp(self) -> None:
        """Open the outbox; it is closed after the test and its ``tearDown``."""
        case: Any = self
        opened = open_outbox()
        self.djelme_outbox = opened.__enter__()
        case.addCleanup(opened.__exit__, None, None, None)
        parent: Any = super()
        parent.setUp()
