"""Serve the demonstration with some of its flights, until standard input is closed.

The first line of the output is the address and the key of a session of somebody who may see all.
The first argument says how many flights are left out for each one that is loaded.
"""

from __future__ import annotations

import os
import sys
from itertools import islice
from pathlib import Path

import django

ROOT = Path(__file__).parents[3]


def main() -> None:
    """Make the site, with records, and serve it."""
    sys.path.insert(0, str(ROOT / "integration"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "demo.settings"
    django.setup()
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from django.test import Client

    from demo.dataset import each_flight
    from demo.flights.metrics import Flight, Visit
    from demo.server import serve
    from demo.staff import Application, make_login

    call_command("djelme_backend_setup", verbosity=0, stdout=sys.stderr)
    Flight.bulk_record(islice(each_flight(), 0, None, int(sys.argv[1])))
    Flight.refresh()
    months = ("--from=2013-01", "--to=2014-01")  # by UTC, the year of New York ends in the next one
    call_command("djelme_report", "build", *months, stdout=sys.stderr, stderr=sys.stderr)
    for status, milliseconds in ((200, 24.5), (200, 31.0), (404, 2.5)):
        Visit.record(path="/", method="GET", status=status, duration_ms=milliseconds)
    Visit.refresh()
    client, login = Client(), make_login()
    client.login(username=login.name, password=login.password)
    with serve(Application(get_wsgi_application()), 0) as address:
        print(address, client.cookies["sessionid"].value, flush=True)  # noqa: T201 - for the test
        sys.stdin.read()


if __name__ == "__main__":
    main()
