"""What the model of the admin is, and what it leaves alone."""

from __future__ import annotations

import subprocess
import sys

from django.apps import apps
from django.contrib import admin
from django.core import serializers
from django.db import connection
from django.template.loader import get_template
from django.test import override_settings

from elasticsearch_metrics.admin import RecordTypeAdmin
from elasticsearch_metrics.recordtype_model import RecordType

_WITHOUT_ADMIN = """
import django
from django.apps import apps
from django.conf import settings
settings.configure(INSTALLED_APPS=["elasticsearch_metrics"])
django.setup()
assert list(apps.get_models()) == [], list(apps.get_models())
"""


def test_it_is_in_the_default_site() -> None:
    assert isinstance(admin.site.get_model_admin(RecordType), RecordTypeAdmin)


def test_its_permissions() -> None:
    options = RecordType._meta
    assert options.default_permissions == ("view",)
    assert [codename for codename, _ in options.permissions] == ["view_records"]


def test_there_are_no_rows_and_no_table() -> None:
    assert not RecordType._meta.managed
    # No table is asked for: there is none.
    assert list(RecordType.objects.all()) == []
    assert list(RecordType._base_manager.all()) == []
    assert serializers.serialize("json", RecordType._default_manager.iterator()) == "[]"
    assert RecordType._meta.db_table not in connection.introspection.django_table_names()


def test_sites_without_the_admin_have_no_model() -> None:
    subprocess.run([sys.executable, "-c", _WITHOUT_ADMIN], check=True)  # noqa: S603 - our own


def test_templates_come_with_the_package() -> None:
    engine = {"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}
    with override_settings(TEMPLATES=[engine]):
        for name in ("change_list", "figures", "records"):
            get_template(f"admin/elasticsearch_metrics/recordtype/{name}.html")
    assert apps.get_app_config("elasticsearch_metrics").get_model("recordtype") is RecordType
