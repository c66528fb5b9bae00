"""What ``finish --delete-source`` deletes and what it leaves, within Elasticsearch 9."""

from __future__ import annotations

import pytest
from shop_tests.deletion import DeletionTests

IMPS = ("elastic9", "elastic9")

pytestmark = pytest.mark.usefixtures("quick")


class TestDeletion(DeletionTests):
    """The step that deletes."""
