"""A site without the app of migrations."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command, get_commands


@pytest.mark.parametrize(
    "arguments", [(), ("list", "--format", "json"), ("start", "shop.M", "--accept-loss", "a")]
)
def test_the_command_says_what_is_missing(arguments: tuple[str, ...]) -> None:
    assert get_commands()["djelme_migrate"] == "elasticsearch_metrics"
    with pytest.raises(CommandError) as caught:
        call_command("djelme_migrate", *arguments)
    said = str(caught.value)
    assert "pip install 'django-elasticsearch-metrics[migration]'" in said
    assert "add 'elasticsearch_metrics.migration' to INSTALLED_APPS" in said
