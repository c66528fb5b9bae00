from __future__ import annotations

import json
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djelme.operation import Operation

TEXT = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)


def test_lines_are_those_of_a_bulk_request() -> None:
    operation = Operation("app_view_2026", "a1", b'{"item":5}')
    assert operation.lines == (b'{"create":{"_index":"app_view_2026","_id":"a1"}}\n{"item":5}\n')
    replacing = Operation("app_view_2026", "a1", b'{"item":5}', create=False)
    assert replacing.lines.startswith(b'{"index":')
    assert operation != replacing


@given(index=TEXT, id=TEXT, create=st.booleans())
def test_lines_are_json_and_come_back(index: str, id: str, create: bool) -> None:  # noqa: A002
    operation = Operation(index, id, b'{"item":"\xc3\xa4"}', create)
    action, source, rest = operation.lines.split(b"\n")
    assert (source, rest) == (b'{"item":"\xc3\xa4"}', b"")
    assert json.loads(action) == {
        "create" if create else "index": {"_index": index, "_id": id},
    }
    found = Operation.read(b"before" + operation.lines + b"after", len("before"))
    assert found == operation
    assert found is not None
    assert (found.index, found.id, found.source, found.create) == (
        index,
        id,
        b'{"item":"\xc3\xa4"}',
        create,
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n",
        b'{"create":{"_index":"a","_id":"b"}}\n',
        b'{"create":{"_index":"a","_id":"b"}}\n{}',
        b'{"create":{"_index":"a","_id":"b"}\n{}\n',
        b'{"create":{"_index":"a","_id":"b"}}\n{"item":5\n',
        b'{"create":{"_index":"a","_id":"b"}}\n\n',
        b'{"delete":{"_index":"a","_id":"b"}}\n{}\n',
        b'{"create":{"_index":"","_id":"b"}}\n{}\n',
        b'{"create":{"_index":"a","_id":"\xff"}}\n{}\n',
        b'{"create":{"_index":"a","_id":"\\x"}}\n{}\n',
        b'{"create":{"_index":"a","_id":"b"}}\x00\n{}\n',
    ],
)
def test_other_lines_are_no_operation(data: bytes) -> None:
    assert Operation.read(data) is None


def test_a_version_comes_back() -> None:
    operation = Operation("things", "1", b"{}", create=False, version=1_795_505_330_533)
    assert json.loads(operation.lines.splitlines()[0])["index"] == {
        "_index": "things",
        "_id": "1",
        "version": 1_795_505_330_533,
        "version_type": "external_gte",
    }
    found = Operation.read(operation.lines)
    assert found is not None
    assert (found.version, found.lines) == (operation.version, operation.lines)
    assert found.conflict_is_stored
    assert not Operation("things", "1", b"{}", create=False).conflict_is_stored


def test_repr_shows_no_values() -> None:
    assert "s3cret" not in repr(Operation("index", "id", b'{"user":"s3cret"}'))


def test_pickles() -> None:
    operation = Operation("index", "id", b"{}")
    assert pickle.loads(pickle.dumps(operation)) == operation  # noqa: S301 - our own bytes


def test_a_version_is_written_and_read() -> None:
    operation = Operation("i", "a", b'{"b":1}', create=False, version=1_795_000_000_000)
    about = b'{"_index":"i","_id":"a","version":1795000000000,"version_type":"external_gte"}'
    assert operation.lines == b'{"index":' + about + b'}\n{"b":1}\n'
    found = Operation.read(operation.lines)
    assert found == operation
    assert found is not None
    assert (found.version, found.create, found.id) == (1_795_000_000_000, False, "a")
    assert found.conflict_is_stored
    plain = Operation("i", "a", b"{}", create=False)
    assert not plain.conflict_is_stored
    assert plain.version is None
    read = Operation.read(plain.lines)
    assert read is not None
    assert read.version is None


def test_an_unreadable_version_is_no_operation() -> None:
    line = b'{"index":{"_index":"i","_id":"a","version":x,"version_type":"external_gte"}}\n{}\n'
    assert Operation.read(line) is None
