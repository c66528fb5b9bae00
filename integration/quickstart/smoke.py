"""What the README's quickstart does after the setup, in a project with installed wheels.

Run by scripts/wheels beside manage.py, with DJANGO_SETTINGS_MODULE set.
"""

from __future__ import annotations

from datetime import datetime, timezone

import django


def main() -> None:
    """Record three page views and find them again.

    Raises:
        SystemExit: If what comes back is not what was recorded.
    """
    django.setup()
    from pages.metrics import PageView  # made by scripts/wheels

    when = datetime(2030, 1, 15, 12, tzinfo=timezone.utc)
    PageView.record(timestamp=when, page="/", seconds=1.5)
    result = PageView.bulk_record(
        {"timestamp": when, "page": page, "seconds": None} for page in ("/about", "/help")
    )
    PageView.refresh()
    hits = list(PageView.search_timeseries_range((2030, 1), (2030, 2)))
    found = (result.created, sorted(hit.page for hit in hits))
    if found != (2, ["/", "/about", "/help"]):
        raise SystemExit(f"recorded three page views, found {found}")
    print("quickstart: 3 page views recorded and found")


if __name__ == "__main__":
    main()
