from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from djelme_testing import cli

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DJELME_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("DJELME_CLUSTERS", "url")  # nothing is ever started here
    monkeypatch.delenv("ELASTICSEARCH8_URL", raising=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "ACTION"),
        (["dance"], "invalid choice: 'dance'"),
        (["run", "8"], "run needs a command after --"),
        (["run", "8", "--"], "run needs a command after --"),
        (["start", "8", "--", "ls"], "start takes no command"),
        (["run", "--heap", "much", "--", "ls"], "invalid int value: 'much'"),
        (["run", "--set", "novalue", "--", "ls"], "'novalue' is not NAME=VALUE"),
        (["start", "8", "6"], "unrecognized arguments: 6"),
        (["stop", "8", "--all"], "versions or --all, not both"),
    ],
)
def test_misuse_is_explained(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run", "8.x", "--", "true"], 1, "'8.x' is not a version"),
        (["run", "8.19.3", "8.15.5", "--", "true"], 1, "have one major version"),
        (["run", "8", "--", "no-such-command"], 127, "no-such-command: no such command"),
        (["run", "8", "--", "/etc/passwd"], 126, "/etc/passwd can't be run"),
        (["run", "8", "--", "true"], 1, "ELASTICSEARCH8_URL is not set"),
        (["start", "x"], 1, "'x' is not a version"),
        (["stop", "8"], 1, "8.19.3 was not running"),
        (["stop"], 0, "no cluster was running"),
    ],
)
def test_a_users_mistake_is_a_message_and_an_exit_code(
    arguments: list[str], code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == code
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said


def test_status_of_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["status"]) == 3
    assert "no cluster is running" in capsys.readouterr().out
    assert cli.main(["status", "--format", "json"]) == 3
    assert json.loads(capsys.readouterr().out) == []


def test_a_failed_start_in_the_background_says_why(capfd: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["start", "8", "--quiet"]) == 1
    said = capfd.readouterr().err
    assert "ELASTICSEARCH8_URL is not set" in said
    assert "Traceback" not in said


def test_help_shows_how_to_use_it(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    assert "djelme-cluster run 8.19.3 -- python manage.py runserver" in said
    for action in ("run", "start", "stop", "status"):
        assert action in said


def test_options_become_the_clusters_options() -> None:
    parsed = cli.build_parser().parse_args(
        ["run", "8", "6.8.23", "--heap", "300", "--set", "a.b=1", "--set", "c=true", "--set", "d=x"]
    )
    options = cli.cluster_options(parsed)
    assert parsed.versions == ["8", "6.8.23"]
    assert options.heap_mb == 300
    assert options.settings == {"a.b": 1, "c": True, "d": "x"}
    assert not options.security
