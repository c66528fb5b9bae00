"""What the model of the admin is, and what it leaves alone."""

from __future__ import annotations

import datetime
import re
import subprocess
import sys

from django.apps import apps
from django.contrib import admin
from django.core import serializers
from django.db import connection
from django.template.loader import get_template
from django.test import override_settings
from django.utils.translation import override

from djelme.interval import INTERVALS
from elasticsearch_metrics.admin import RecordTypeAdmin
from elasticsearch_metrics.admin.chart import draw
from elasticsearch_metrics.recordtype.model import RecordType
from elasticsearch_metrics.statistics.query import Bucket, Histogram

_TEMPLATES = "admin/elasticsearch_metrics/recordtype"

_WITHOUT_ADMIN = """
import django
from django.apps import apps
from django.conf import settings
settings.configure(INSTALLED_APPS=["elasticsearch_metrics"])
django.setup()
assert list(apps.get_models()) == [], list(apps.get_models())
"""


def test_it_is_in_the_default_site() -> None:
    assert isinstance(admin.site._registry[RecordType], RecordTypeAdmin)


def test_its_permissions() -> None:
    options = RecordType._meta
    assert options.default_permissions == ("view",)
    assert [codename for codename, _ in options.permissions] == ["view_records", "build_reports"]


def test_there_are_no_rows_and_no_table() -> None:
    assert not RecordType._meta.managed
    # No table is asked for: there is none.
    assert list(RecordType.objects.all()) == []
    assert list(RecordType._base_manager.all()) == []
    assert serializers.serialize("json", RecordType._default_manager.iterator()).strip() == "[]"
    assert RecordType._meta.db_table not in connection.introspection.django_table_names()


def test_sites_without_the_admin_have_no_model() -> None:
    subprocess.run([sys.executable, "-c", _WITHOUT_ADMIN], check=True)  # noqa: S603 - our own


def test_charts_are_drawn_in_every_language() -> None:
    interval = INTERVALS["day"]
    start = datetime.datetime(2026, 11, 1, tzinfo=datetime.timezone.utc)
    buckets = tuple(map(Bucket, interval.each(start, start + datetime.timedelta(200)), range(200)))
    context = {"chart": draw(Histogram(interval, buckets, 7)), "name": "records"}
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    with override_settings(TEMPLATES=[engine], USE_THOUSAND_SEPARATOR=True), override("de"):
        text = get_template(f"{_TEMPLATES}/_chart.html").render(context)
    assert 'viewBox="0 0 2000 200"' in text
    assert not re.search(r' (?:x|y|x1|x2|y1|y2|width|height)="[^"]*,', text)


def test_templates_come_with_the_package() -> None:
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    with override_settings(TEMPLATES=[engine]):
        for name in ("change_list", "figures", "records"):
            get_template(f"{_TEMPLATES}/{name}.html")
    assert apps.get_app_config("elasticsearch_metrics").get_model("recordtype") is RecordType
