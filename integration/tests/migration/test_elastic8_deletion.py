"""What ``finish --delete-source`` deletes and what it leaves, within Elasticsearch 8."""

from __future__ import annotations

import pytest
from shop_tests.deletion import DeletionTests

IMPS = ("elastic8", "elastic8")

pytestmark = pytest.mark.usefixtures("quick")


class TestDeletion(DeletionTests):
    """The step that deletes."""
