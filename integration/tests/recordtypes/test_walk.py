"""How many modules a record passes on its way."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from djelme_testing.conformance.site import Body

if TYPE_CHECKING:
    from djelme_testing.conformance.site import Site

MODULES = ("djelme.", "elasticsearch_metrics.")
#: Looks on at sites that have it, as those of these tests do.
MIGRATION = "elasticsearch_metrics.migration."


def test_a_warm_record_passes_few_modules(site: Site) -> None:
    """Each one more is another that a reader has to open, and a call for each record."""

    @site.set_up
    class Walk(Body):
        item_id: int

    seen: set[str] = set()

    def notice(frame: Any, event: str, _argument: object) -> None:
        name = frame.f_globals.get("__name__", "")
        if event == "call" and name.startswith(MODULES) and not name.startswith(MIGRATION):
            seen.add(name)

    Walk.record(item_id=1)
    before = sys.getprofile()
    sys.setprofile(notice)
    try:
        Walk.record(item_id=2)
    finally:
        sys.setprofile(before)
    assert len(seen) <= 12, " ".join(sorted(seen))
