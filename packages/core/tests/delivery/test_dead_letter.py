from __future__ import annotations

import json
import stat
from typing import TYPE_CHECKING, Any

import pytest

from djelme.delivery.dead_letter import DeadLetter, DeadLetterFile
from djelme.errors import BackendRefusedError, SpoolError
from djelme.operation import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from djelme.operation import Operation


@pytest.fixture
def letters(directory: Path) -> DeadLetterFile:
    return DeadLetterFile(directory, "main")


def test_letters_come_back(letters: DeadLetterFile, operation: Callable[..., Operation]) -> None:
    first = DeadLetter.of(operation(1), 400, 'failed to parse "x", "source": \n{}')
    second = DeadLetter.of(operation('"2"', create=False, source='{"ä":"}"}'.encode()), 400, "no")
    letters.append([first, second])
    found = letters.read()
    assert [letter.operation for letter in found] == [first.operation, second.operation]
    assert [letter.reason for letter in found] == [first.reason, second.reason]
    assert [letter.status for letter in found] == [400, 400]
    assert abs((found[0].time - first.time).total_seconds()) < 0.001
    assert stat.S_IMODE(letters.path.stat().st_mode) == 0o600


def test_lines_are_json(letters: DeadLetterFile, operation: Callable[..., Operation]) -> None:
    letters.append([DeadLetter.of(operation(1, source=b'{"n":1}'), 400, "no")])
    lines: list[str] = []
    assert letters.export(lines.append) == 1
    assert json.loads(lines[0])["source"] == {"n": 1}
    assert json.loads(lines[0])["index"] == "things"


def test_one_letter_for_a_document(
    letters: DeadLetterFile, operation: Callable[..., Operation]
) -> None:
    letters.append(
        [DeadLetter.of(operation(1), 400, "first"), DeadLetter.of(operation(2), 400, "")]
    )
    letters.append([DeadLetter.of(operation(1), 400, "again")])
    assert [letter.reason for letter in letters.read()] == ["", "again"]


def test_some_are_dropped(letters: DeadLetterFile, operation: Callable[..., Operation]) -> None:
    letters.append([DeadLetter.of(operation(number), 400, "no") for number in range(4)])
    found = letters.read()
    assert letters.drop(found[1:3]) == 2
    assert [letter.operation.id for letter in letters.read()] == ["0", "3"]
    assert letters.drop() == 2
    assert not letters.path.exists()
    assert letters.read() == []


def test_torn_lines_are_passed_over_and_kept(
    letters: DeadLetterFile, operation: Callable[..., Operation]
) -> None:
    letters.append([DeadLetter.of(operation(1), 400, "no")])
    with letters.path.open("ab") as file:
        file.write(b'{"time": "2026\n[1, 2]\n')
    letters.append([DeadLetter.of(operation(2), 400, "no")])
    assert [letter.operation.id for letter in letters.read()] == ["1", "2"]
    assert letters.drop() == 2
    assert letters.path.read_bytes() == b'{"time": "2026\n[1, 2]\n'


def test_damaged_documents_are_kept_as_they_are(
    letters: DeadLetterFile, operation: Callable[..., Operation]
) -> None:
    damaged = operation(1, source=b'{"n":1,}')
    letters.append([DeadLetter.of(damaged, 400, "malformed")])
    assert [letter.operation for letter in letters.read()] == [damaged]


def test_letters_are_sent_again(
    letters: DeadLetterFile, operation: Callable[..., Operation], backend: Any
) -> None:
    assert letters.retry(backend.store_many) == (0, 0)
    letters.append([DeadLetter.of(operation(number), 400, "first") for number in range(1100)])
    backend.judge = lambda item: Outcome(400, "again") if item.id in {"3", "700"} else None
    assert letters.retry(backend.store_many) == (1098, 2)
    assert [(letter.operation.id, letter.reason) for letter in letters.read()] == [
        ("3", "again"),
        ("700", "again"),
    ]
    backend.judge = lambda item: None
    assert letters.retry(backend.store_many) == (2, 0)
    assert letters.read() == []
    assert len(backend.documents) == 1100


def test_letters_stay_when_they_can_not_be_sent(
    letters: DeadLetterFile, operation: Callable[..., Operation], backend: Any
) -> None:
    letters.append([DeadLetter.of(operation(number), 400, "first") for number in range(3)])
    backend.error = BackendRefusedError(backend="main", status=401, reason="who are you?")
    with pytest.raises(BackendRefusedError):
        letters.retry(backend.store_many)
    assert len(letters.read()) == 3


def test_an_index_that_takes_nothing_does_not_hold_up_the_letters_of_others(
    letters: DeadLetterFile,
    operation: Callable[..., Operation],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def store_many(operations: Sequence[Operation]) -> list[Outcome]:
        # As Elasticsearch 6 answers: for the request, where later versions answer for the item.
        if any(item.index == "closed" for item in operations):
            raise BackendRefusedError(
                backend="main", status=400, reason="index_closed_exception", waits=True
            )
        return [Outcome(201, created=True) for _ in operations]

    monkeypatch.setattr("time.sleep", lambda _: None)
    letters.append(
        [
            DeadLetter.of(operation(1), 400, "no"),
            DeadLetter.of(operation(2, index="closed"), 400, "no"),
            DeadLetter.of(operation(3), 400, "no"),
        ]
    )
    assert letters.retry(store_many) == (2, 1)
    assert [(item.operation.id, item.reason) for item in letters.read()] == [
        ("2", "index_closed_exception")
    ]


def test_says_what_is_wrong(tmp_path: Path, operation: Callable[..., Operation]) -> None:
    (tmp_path / "file").touch()
    letters = DeadLetterFile(tmp_path / "file", "main")
    with pytest.raises(SpoolError, match="'main'"):
        letters.append([DeadLetter.of(operation(1), 400, "no")])
    with pytest.raises(SpoolError, match="'main'"):
        letters.read()


@pytest.mark.parametrize(
    ("good", "bad"),
    [
        (b'"things"', b'["things"]'),
        (b'"status": 400', b'"status": 1e400'),
        (b'"create": true', b'"create": 7'),
        (b'"version": null', b'"version": Infinity'),
        (None, b"[" * 60_000 + b"\n"),
        (None, b"\xff\n"),
    ],
    ids=str,
)
def test_a_damaged_letter_stops_nothing(
    directory: Path, operation: Callable[..., Operation], good: bytes | None, bad: bytes
) -> None:
    file = DeadLetterFile(directory, "main")
    file.append([DeadLetter.of(operation(number), 400, "no") for number in (1, 2)])
    first, second = file.path.read_bytes().splitlines(keepends=True)
    if good is not None:
        assert good in second
        bad = second.replace(good, bad)
    file.path.write_bytes(first + bad)
    assert [letter.operation.id for letter in file.read()] == ["1"]
