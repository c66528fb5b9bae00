"""Make the Django project that a page talks about.

The project leads to given clusters, and all of its names in them begin with a prefix.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from documentation.page import Page

__all__ = ["make_project"]

_SETTINGS = '''\
"""Settings of a page's project: what every site has, then the page's own, then the clusters."""

from pathlib import Path

BASE_DIR = Path(__file__).parent
SECRET_KEY = "known to everybody who reads this"
DEBUG = True
ALLOWED_HOSTS = ["*"]
USE_TZ = True
ROOT_URLCONF = {urls!r}
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
TEMPLATES = [{{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}}]
MIDDLEWARE = []
CACHES = {{"default": {{"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}}}
INSTALLED_APPS = BEFORE = {apps!r}
DJELME_BACKENDS = {backends!r}

for own in {settings!r}:
    exec(compile((BASE_DIR / own).read_text(), own, "exec"))

INSTALLED_APPS = list(dict.fromkeys([*BEFORE, *(a for a in INSTALLED_APPS if a is not ...)]))
MIDDLEWARE = [name for name in MIDDLEWARE if name is not ...]
PLACES = {places!r}
for entry in DJELME_BACKENDS.values():
    for imp, options in entry.items():
        if imp in PLACES:
            own = {{name: value for name, value in options.items() if name.startswith("djelme_")}}
            entry[imp] = {{**own, **PLACES[imp]}}
'''
_MANAGE = """\
import os
import sys

os.environ["DJANGO_SETTINGS_MODULE"] = "page_settings"

from elasticsearch_metrics.registry import djelme_registry

djelme_registry.name_prefix = {prefix!r}

if __name__ == "__main__":
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
"""
_CONFTEST = """\
import django
import manage

django.setup()
"""


def make_project(
    page: Page, folder: Path, places: Mapping[str, Mapping[str, object]], prefix: str
) -> None:
    """Write the files of a page, and those that it takes for granted.

    Args:
        page: the page.
        folder: an empty folder.
        places: what leads to a cluster, by the path of an imp.
        prefix: what the names of indexes and templates begin with.

    Raises:
        ValueError: if the page has two blocks for one file other than settings.
    """
    files: dict[str, str] = {}
    for block in page.blocks:
        if block.path is not None:
            if block.path in files and not block.path.endswith("settings.py"):
                msg = f"{page.name}:{block.line}: a second block for {block.path}"
                raise ValueError(msg)
            files[block.path] = files.get(block.path, "") + block.text
    apps = {path.partition("/")[0] for path in files if path.endswith("/metrics.py")} or {"myapp"}
    settings = [path for path in files if path.endswith("settings.py")]
    urls = [path for path in files if path.endswith("urls.py")]
    backends: dict[str, dict[str, dict[str, object]]] = {
        f"my-es{imp[-1]}-backend": {imp: {}} for imp in places
    }
    files["page_settings.py"] = _SETTINGS.format(
        urls=urls[0].removesuffix(".py").replace("/", ".") if urls else "",
        apps=["elasticsearch_metrics", *sorted(apps)],
        backends=backends,
        settings=settings,
        places=json.loads(json.dumps(places)),
    )
    files.setdefault("conftest.py", _CONFTEST)
    files["manage.py"] = _MANAGE.format(prefix=prefix)
    for app in apps:
        files.setdefault(f"{app}/__init__.py", "")
    for path, text in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
