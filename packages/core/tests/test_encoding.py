from __future__ import annotations

import collections
import datetime
import enum
import json
import math
import zoneinfo
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from djelme.encoding import RecordEncoder
from djelme.errors import RecordValidationError
from djelme.field import FieldSpec, Kind
from djelme.timeparts import format_timestamp
from djelme.validation import RecordValidator

UTC = datetime.timezone.utc
NOW = datetime.datetime(2026, 11, 23, 4, 5, 6, 789_000, UTC)


class Colour(enum.Enum):
    RED = "red"
    BLUE = 'bl"ue'


def encoder(*specs: FieldSpec) -> RecordEncoder:
    return RecordEncoder(RecordValidator("app.Thing", specs))


USUAL = encoder(
    FieldSpec("item_id", Kind.LONG),
    FieldSpec("user", Kind.KEYWORD, max_bytes=32_766),
    FieldSpec("path", Kind.TEXT),
    FieldSpec("score", Kind.DOUBLE),
    FieldSpec("timestamp", Kind.DATETIME),
)
VALUES = {"item_id": 5, "user": "me", "path": "/ä", "score": 1.5, "timestamp": NOW}


def test_a_usual_record() -> None:
    assert (
        USUAL.encode(VALUES)
        == (
            '{"item_id":5,"user":"me","path":"/ä","score":1.5,"timestamp":"2026-11-23T04:05:06.789Z"}'
        ).encode()
    )


def test_the_order_is_that_of_the_declaration() -> None:
    shuffled = dict(reversed(VALUES.items()))
    assert USUAL.encode(shuffled) == USUAL.encode(VALUES)


def test_any_mapping_is_read_and_none_changed() -> None:
    assert USUAL.encode(collections.ChainMap({}, VALUES)) == USUAL.encode(VALUES)
    counting: dict[str, Any] = collections.defaultdict(lambda: "made up", item_id=5)
    with pytest.raises(RecordValidationError, match=r"user: .*required"):
        USUAL.encode(counting)
    assert counting == {"item_id": 5}


EVERYTHING = {
    "whole": (FieldSpec("whole", Kind.LONG), st.integers(-(2**63), 2**63 - 1)),
    "small": (FieldSpec("small", Kind.BYTE), st.integers(-128, 127)),
    "number": (FieldSpec("number", Kind.DOUBLE), st.floats(allow_nan=False, allow_infinity=False)),
    "word": (
        FieldSpec("word", Kind.KEYWORD, max_bytes=32_766),
        st.text(st.characters(exclude_categories=("Cs",))),
    ),
    "yes": (FieldSpec("yes", Kind.BOOLEAN), st.booleans()),
    "day": (FieldSpec("day", Kind.DATE), st.dates()),
    "when": (
        FieldSpec("when", Kind.DATETIME),
        st.datetimes(
            min_value=datetime.datetime(2, 1, 1),  # noqa: DTZ001 - bounds are naive
            max_value=datetime.datetime(9998, 12, 31),  # noqa: DTZ001
            timezones=st.none()
            | st.just(UTC)
            | st.just(zoneinfo.ZoneInfo("Asia/Kathmandu"))
            | st.just(datetime.timezone(datetime.timedelta(hours=-5, minutes=-30))),
        ),
    ),
    "words": (FieldSpec("words", Kind.KEYWORD, multi=True), st.lists(st.text("aä\n\x00\u2028😀"))),
    "some": (
        FieldSpec("some", Kind.SHORT, listable=True),
        st.integers(0, 9) | st.lists(st.integers(0, 9)),
    ),
    "colour": (
        FieldSpec(
            "colour",
            Kind.KEYWORD,
            choices=tuple(colour.value for colour in Colour),
            enum_type=Colour,
        ),
        st.sampled_from([*Colour, "red"]),
    ),
    "anything": (
        FieldSpec("anything", Kind.ANY),
        st.recursive(
            st.booleans()
            | st.integers(-(10**40), 10**40)
            | st.floats(allow_nan=False, allow_infinity=False)
            | st.text(st.characters(exclude_categories=("Cs",))),
            lambda inner: st.lists(inner) | st.dictionaries(st.text("abc"), inner),
            max_leaves=5,
        ),
    ),
}


def as_json(value: object) -> object:
    if isinstance(value, datetime.datetime):
        return format_timestamp(value)
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value.value if isinstance(value, enum.Enum) else value


@given(data=st.data(), names=st.lists(st.sampled_from(sorted(EVERYTHING)), min_size=1, unique=True))
def test_json_says_what_was_given(data: st.DataObject, names: list[str]) -> None:
    specs = []
    values: dict[str, Any] = {}
    for name in names:
        spec, strategy = EVERYTHING[name]
        optional = data.draw(st.booleans(), label=f"{name} is optional")
        specs.append(FieldSpec(**{**vars(spec), "optional": optional}))
        choice = data.draw(st.sampled_from(["absent", "None", "given"])) if optional else "given"
        if choice != "absent":
            values[name] = None if choice == "None" else data.draw(strategy)
    line = encoder(*specs).encode(values)
    assert b"\n" not in line
    assert json.loads(line) == {
        name: as_json(values[name]) for name in names if values.get(name) is not None
    }
    assert list(json.loads(line)) == [name for name in names if values.get(name) is not None]


@given(
    values=st.dictionaries(
        st.sampled_from([*VALUES, "unknown"]),
        st.one_of(
            st.none(),
            st.booleans(),
            st.integers(),
            st.floats(),
            st.text(),
            st.datetimes(),
            st.dates(),
            st.binary(),
            st.lists(st.integers()),
        ),
    )
)
def test_agrees_with_the_checks(values: dict[str, Any]) -> None:
    try:
        cleaned = USUAL.validator.clean(values)
    except RecordValidationError:
        with pytest.raises(RecordValidationError, match=r"^app\.Thing\."):
            USUAL.encode(values)
    else:
        assert USUAL.encode(values) == USUAL.encode(cleaned)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"item_id": "my.item.id"}, "app.Thing.item_id: expected an int of 64 bit.*str 'my.item"),
        ({"item_id": True}, "expected an int of 64 bit .*found bool True"),
        ({"item_id": 2**63}, "expected an int of 64 bit"),
        ({"item_id": None}, "expected an int of 64 bit .*found None"),
        ({"score": math.nan}, "expected a finite float"),
        ({"score": -math.inf}, "expected a finite float"),
        ({"user": "\ud800"}, "app.Thing.user: expected a str without lone surrogates"),
        ({"path": "\ud800"}, "app.Thing.path: expected a str without lone surrogates"),
        ({"user": "ä" * 16_384}, "expected a str of at most 32,766 bytes"),
        ({"timestamp": datetime.date(2026, 1, 1)}, "app.Thing.timestamp: expected a datetime"),
        ({"colour": "red"}, "app.Thing.colour: .*an unknown field with str 'red'"),
        ({5: "red"}, r"app.Thing.5: .*an unknown field"),
    ],
)
def test_says_what_is_wrong(changed: dict[Any, Any], message: str) -> None:
    with pytest.raises(RecordValidationError, match=message):
        USUAL.encode({**VALUES, **changed})


def test_a_misspelt_field_is_named_rather_than_the_missing_one() -> None:
    values = {**VALUES, "usr": VALUES["user"]}
    del values["user"]
    with pytest.raises(RecordValidationError, match=r"app\.Thing\.usr: .*unknown"):
        USUAL.encode(values)


def test_long_strings_are_measured_in_bytes() -> None:
    assert len(USUAL.encode({**VALUES, "user": "a" * 32_766})) > 32_766
    assert USUAL.encode({**VALUES, "user": "ä" * 16_383})


@pytest.mark.parametrize("value", ["\ud800", math.nan, {"a": object()}, {(1, 2): 3}])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(RecordValidationError, match="a value that JSON can hold"):
        encoder(FieldSpec("anything", Kind.ANY)).encode({"anything": value})
    with pytest.raises(RecordValidationError):
        encoder(FieldSpec("anything", Kind.ANY)).encode({"anything": None})


def test_endless_values_are_refused() -> None:
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RecordValidationError, match="a value that JSON can hold"):
        encoder(FieldSpec("anything", Kind.ANY)).encode({"anything": endless})


def test_defaults() -> None:
    numbers = iter(range(10))
    made = encoder(
        FieldSpec("made", Kind.LONG, default_factory=lambda: next(numbers)),
        FieldSpec("fixed", Kind.KEYWORD, default="usual"),
        FieldSpec("none", Kind.KEYWORD, optional=True, default=None),
        FieldSpec("many", Kind.KEYWORD, multi=True),
    )
    assert made.encode({}) == b'{"made":0,"fixed":"usual"}'
    assert made.encode({"fixed": "other", "many": []}) == b'{"made":1,"fixed":"other","many":[]}'
    assert made.encode({"many": None, "none": None}) == b'{"made":2,"fixed":"usual"}'
    with pytest.raises(RecordValidationError, match=r"app\.Thing\.fixed: expected a str"):
        made.encode({"fixed": None})


def test_wrong_defaults_are_found() -> None:
    with pytest.raises(RecordValidationError, match=r"app\.Thing\.made: expected an int"):
        encoder(FieldSpec("made", Kind.LONG, default="x")).encode({})


def test_without_fields() -> None:
    assert encoder().encode({}) == b"{}"


class Word(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "misleading"


class Whole(int):
    def __repr__(self) -> str:
        return "misleading"


class Number(float):
    def __repr__(self) -> str:
        return "misleading"


class Moment(datetime.datetime):
    def isoformat(self, *arguments: Any, **keywords: Any) -> str:
        return "misleading"


def test_subclasses_are_written_by_their_value() -> None:
    values = {
        "item_id": Whole(5),
        "user": Word("me"),
        "path": Word("/ä"),
        "score": Number(1.5),
        "timestamp": Moment(2026, 11, 23, 4, 5, 6, 789_000, UTC),
    }
    assert USUAL.encode(values) == USUAL.encode(VALUES)


def test_not_a_time_is_refused() -> None:
    class NaTType(datetime.datetime):
        """As pandas has it: an instance of datetime without a year."""

        year = math.nan  # type: ignore[assignment]

    with pytest.raises(RecordValidationError, match="expected a datetime"):
        USUAL.encode({**VALUES, "timestamp": NaTType(2026, 1, 1)})


def test_fields_whose_names_need_care() -> None:
    names = ["it's", 'quo"te', "{brace}", "back\\slash", "ä", "class"]
    line = encoder(*(FieldSpec(name, Kind.LONG) for name in names)).encode(dict.fromkeys(names, 1))
    assert json.loads(line) == dict.fromkeys(names, 1)


@pytest.mark.parametrize("value", ["x", [1, "x"], [1, [2]], [None]])
def test_a_value_or_a_list_of_them_is_checked(value: object) -> None:
    some = encoder(FieldSpec("some", Kind.SHORT, listable=True))
    with pytest.raises(RecordValidationError, match="or a list of such values, found"):
        some.encode({"some": value})
