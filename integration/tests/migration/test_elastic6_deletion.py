"""What ``finish --delete-source`` deletes and what it leaves, within Elasticsearch 6."""

from __future__ import annotations

import pytest
from shop_tests.deletion import DeletionTests

IMPS = ("elastic6", "elastic6")

pytestmark = pytest.mark.usefixtures("quick")


class TestDeletion(DeletionTests):
    """The step that deletes."""
