"""Make the site's database, users and records, then serve it until standard input is closed.

The first line of the output is the address.
"""

from __future__ import annotations

import datetime
import os
import sys
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

#: More than a search can be paged through.
RECORDS = 10_400
EVIL = '<script>document.title = "stolen"</script>'
DOWNLOADS_A_DAY = 12
ARTICLES = [f"https://doi.example/{number}" for number in range(14)] + [EVIL]
NOON = datetime.datetime(2026, 11, 23, 12, tzinfo=datetime.timezone.utc)


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
        """Say nothing."""


def main() -> None:
    django.setup()
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application

    class Application(StaticFilesHandler):
        def serve(self, request: Any) -> Any:
            from django.contrib.staticfiles.views import serve

            return serve(request, self.file_path(request.path), insecure=True)

    call_command("migrate", verbosity=0)
    make_users()
    if not settings.HAS_RECORDS:
        for backend in settings.IMPS:
            make_records(backend.capitalize())
    application = Application(get_wsgi_application())
    with make_server("127.0.0.1", 0, application, Server, Handler) as server:
        Thread(target=server.serve_forever, args=(0.1,), daemon=True).start()
        print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - for the test
        sys.stdin.read()
        server.shutdown()
    sys.stdout.flush()
    os._exit(0)  # threads may still wait for the silent cluster


def make_users() -> None:
    from django.contrib.auth.models import Permission, User

    User.objects.create_superuser("root", password="x")
    for name, codenames in {
        "nobody": (),
        "figures": ("view_recordtype",),
        "records": ("view_records",),
        "both": ("view_recordtype", "view_records"),
        "builder": ("view_recordtype", "build_reports"),
    }.items():
        user = User.objects.create_user(name, password="x", is_staff=True)
        user.user_permissions.set(
            Permission.objects.filter(
                content_type__app_label="elasticsearch_metrics", codename__in=codenames
            )
        )
    User.objects.create_user("visitor", password="x")


def make_records(title: str) -> None:
    from elasticsearch_metrics.registry import djelme_registry

    def of(name: str) -> Any:
        return djelme_registry.get_recordtype("shop", f"{title}{name}")

    names = ["View", "Visit", "Drifted", "Plain", "Download", "Monthly", "Rental", "RentalMonthly"]
    for name in [*names, *(["Metric"] if title[-1] == "6" else [])]:
        of(name).sync_index_template()
    drift(of("Drifted"))
    of("View").bulk_record(views())
    of("Download").bulk_record(downloads())
    of("Download").refresh()
    of("Plain").record(name="\N{RIGHT-TO-LEFT OVERRIDE}" + "x" * 300)
    if title[-1] == "6":
        of("Metric").record(timestamp=NOON, item_id=6, path="/from/doc-values")
        of("Metric").refresh()
    of("View").refresh()
    of("Plain").refresh()
    expire(of("Rental"), of("RentalMonthly"))


def views() -> Iterator[dict[str, Any]]:
    for number in range(RECORDS):
        yield {
            "timestamp": NOON - datetime.timedelta(minutes=10 * number),
            "item_id": number,
            "path": f"/items/{number}/",
            "agent": EVIL if number % 100 == 0 else None,
            "tags": ["new", "hot"] if number % 2 else [],
            "paid": number % 3 == 0,
        }


def downloads() -> Iterator[dict[str, Any]]:
    """Yield downloads of the last days and of the year before: article 0 is half of them."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for days in (*range(40), *range(365, 370)):
        for number in range(DOWNLOADS_A_DAY):
            yield {
                "timestamp": now - datetime.timedelta(days=days, seconds=number),
                "item_iri": ARTICLES[number % 2 * (1 + number % 14)],
                "action": "=download" if number % 3 else "-view",
                "sessionhour_id": f"{days}-{number // 2}",
            }


def expire(rental: Any, report: Any) -> None:
    """Leave three rentals of October in a report, and delete their records."""
    october = datetime.datetime(2025, 10, 5, tzinfo=datetime.timezone.utc)
    rental.bulk_record({"timestamp": october, "item_id": number} for number in (1, 1, 2))
    rental.refresh()
    report.build("2025-10")
    rental.get_backend().delete_indexes([found.name for found in rental.each_existing_index()])


def drift(recordtype: Any) -> None:
    """Give a type's template another setting than its class has."""
    backend = recordtype.get_backend()
    body = recordtype.get_timeseries_template().to_dict()
    indexes = body.get("template", body)
    indexes["settings"] = {**indexes["settings"], "number_of_shards": 3}
    backend.put_template(recordtype.get_timeseries_template_name(), body)


if __name__ == "__main__":
    main()
