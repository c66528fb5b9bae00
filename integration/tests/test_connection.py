"""What opens no connection."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

_APPS = Path(__file__).parent / "apps"
#: Ends with an error at the first look-up of an address or connection.
_PROGRAM = """
import json, sys, threading

def watch(event, arguments):
    if event in {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}:
        raise SystemExit(f"opened a connection: {event} {arguments}")

sys.addaudithook(watch)
import elasticsearch_metrics
before = set(sys.modules)
import django
from django.conf import settings
imp = sys.argv[1]
settings.configure(
    DJELME_BACKENDS={imp.rpartition(".")[2]: {imp: {"hosts": "http://127.0.0.1:9"}}},
    INSTALLED_APPS=["elasticsearch_metrics", "testapp"],
    TESTAPP_IMPS=[imp],
)
django.setup()
from django.core.checks import run_checks
from django.core.management import call_command
call_command("check")
call_command("djelme_backend_types", "testapp", stdout=sys.stderr)
from elasticsearch_metrics.registry import djelme_registry
(usage,) = djelme_registry.each_recordtype("testapp")
usage.search_timeseries_range((2026,), (2027,)).to_dict()
usage(item_id=1).djelme_index_name()
usage.get_backend()
print(json.dumps({
    "before": sorted(before), "after": sorted(sys.modules), "threads": threading.active_count()
}))
"""


def _run(imp_name: str) -> dict[str, Any]:
    environment = {**os.environ, "PYTHONPATH": str(_APPS)}
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", _PROGRAM, imp_name],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    result: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return result


def test_a_site_starts_without_a_connection_or_a_thread(imp_name: str) -> None:
    assert _run(imp_name)["threads"] == 1


def test_a_site_imports_only_what_its_settings_name(imp_name: str) -> None:
    result = _run(imp_name)

    for client, imp in (("elasticsearch8", "elastic8"), ("elasticsearch6", "elastic6")):
        used = imp_name.endswith(imp)
        assert client not in result["before"]
        assert (client in result["after"]) is used
        assert (f"elasticsearch_metrics.imps.{imp}" in result["after"]) is used
