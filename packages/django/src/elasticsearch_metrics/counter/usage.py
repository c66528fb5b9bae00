"""Usage as COUNTER counts it: by sessions of an hour, without keeping who it was.

The Code of Practice, Release 5.1, is at https://www.countermetrics.org/.
"""

from __future__ import annotations

import datetime
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from djelme.errors import RecordTypeError, RecordValidationError, RobotRefusedError
from djelme.session import session_parts, sessionhour_id
from djelme.timeparts import to_utc
from elasticsearch_metrics.counter.click import ClickRecord
from elasticsearch_metrics.counter.robot import is_robot, robots_are_known
from elasticsearch_metrics.counter.session_salt import salt_for
from elasticsearch_metrics.declaration.field import mapped_field
from elasticsearch_metrics.declaration.mixin import record_mixin
from elasticsearch_metrics.recordtype.timeseries import utcnow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from typing_extensions import Self

    from djelme.bulk import BulkResult

__all__ = ("IDENTITY_NAMES", "CountedUsage")

#: What a record can be given to tell its session, and what is never kept of it.
IDENTITY_NAMES = ("user_id", "client_session_id", "request_host", "request_useragent")
_ROBOTS = ("keep", "mark", "refuse")
_SESSION = "sessionhour_id"


class _Hidden:
    """Stands for a value that might tell who somebody is."""

    def __init__(self, text: str) -> None:
        self._text = text

    def __repr__(self) -> str:
        return self._text


_Hidden.__name__ = "value"  # messages name the type of what they found
_HIDDEN = _Hidden("(not shown)")
_ROBOT = _Hidden("(a robot)")


@record_mixin
class CountedUsage(ClickRecord):
    """Usage of an item, a database or a platform in one session-hour.

    Whatever stores records (`record`, `bulk_record`, the constructor and their kin) takes, beside
    the fields, ``user_id``, ``client_session_id``, ``request_host`` and ``request_useragent``. The
    best of them is turned into an opaque ``sessionhour_id`` at once, before anything is checked,
    sent, logged or raised; they themselves are kept nowhere. An id of the session-hour that is
    known already can be given as ``sessionhour_id`` instead.

    Attributes:
        DOUBLE_CLICK_FIELDS: names of the fields that say what was clicked on; see `ClickRecord`.
        ROBOTS: what to do about robots and machines on COUNTER's lists: ``"keep"`` doesn't look for
            them, ``"mark"`` stores ``is_robot`` with the record, ``"refuse"`` raises
            `RobotRefusedError`. The last two need ``request_useragent`` with each record, and the
            extra ``django-elasticsearch-metrics[counter]``.
        platform_iri: what the usage took place on.
        database_iri: the collection that the item belongs to.
        item_iri: the item.
        sessionhour_id: opaque id of the session in one hour of UTC; made of what tells the session.
        within_iris: what the item is a part of, such as the journal of an article.
        is_robot: whether the user agent is on COUNTER's lists, if ``ROBOTS`` is ``"mark"``.
    """

    DOUBLE_CLICK_FIELDS: ClassVar[tuple[str, ...]] = ("platform_iri", "database_iri", "item_iri")
    ROBOTS: ClassVar[str] = "keep"

    platform_iri: str | None = mapped_field(default=None)
    database_iri: str | None = mapped_field(default=None)
    item_iri: str | None = mapped_field(default=None)
    sessionhour_id: str = mapped_field(default=None)
    within_iris: list[str] = mapped_field(default=None)
    is_robot: bool | None = mapped_field(default=None)

    def __init__(self, meta: dict[str, Any] | None = None, **values: Any) -> None:
        values = self.without_identity(values)
        super().__init__(meta=meta, **values)  # type: ignore[call-arg] # the document's

    def __setattr__(self, name: str, value: Any) -> None:
        if name in IDENTITY_NAMES:
            msg = f"{name} can't be set: give it to record() or to the constructor"
            raise RecordTypeError(msg, recordtype=type(self).__name__)
        super().__setattr__(name, value)

    @classmethod
    def check_declaration(cls) -> None:
        """Check that no field would keep an identity, and what is said of robots.

        Raises:
            RecordTypeError: if the declaration can't work.
        """
        super().check_declaration()
        fields, problem = cls.djelme.fields, None
        identity = [name for name in IDENTITY_NAMES if name in fields]
        if identity:
            problem = (
                f"field {identity[0]!r} would store who somebody is; COUNTER needs no such field"
            )
        elif cls.ROBOTS not in _ROBOTS:
            known = ", ".join(map(repr, _ROBOTS))
            problem = f"ROBOTS should be one of {known}, not {cls.ROBOTS!r}"
        elif cls.ROBOTS != "keep" and not robots_are_known():
            problem = (
                f"ROBOTS = {cls.ROBOTS!r} needs the package counter-robots; install it with: "
                f"pip install 'django-elasticsearch-metrics[counter]'"
            )
        if problem is not None:
            raise RecordTypeError(problem, recordtype=cls.__name__)

    # Who it was.

    @classmethod
    def without_identity(cls, values: Mapping[str, Any]) -> dict[str, Any]:
        """Return values with a session-hour id in place of what it is made of.

        Raises nothing about values: whatever is wrong with them shows later, when there is nothing
        left in them that might tell who somebody is. So values that belong to no field, perhaps
        misspelt, are replaced as well.
        """
        given = dict(values)
        fields = cls.djelme.fields
        if (
            isinstance(given.get(_SESSION), str)
            and given[_SESSION]
            and given.keys() <= fields.keys()
        ):
            return given
        named = given.get("request_useragent") is not None
        identity = {name: _text(given.pop(name, None)) for name in IDENTITY_NAMES}
        for name in given.keys() - fields.keys():
            given[name] = _HIDDEN
        session = given.get(_SESSION)
        if session is _ROBOT:
            return given
        if session is not None and not isinstance(session, str):
            given[_SESSION] = _HIDDEN
        elif not session:
            given.pop(_SESSION, None)
            session = cls._session(given.setdefault("timestamp", utcnow()), identity)
            if session is not None:
                given[_SESSION] = session
        useragent = identity["request_useragent"]
        if named and useragent is not None and cls.ROBOTS != "keep":
            robot = is_robot(useragent)
            if cls.ROBOTS == "mark":
                given.setdefault("is_robot", robot)
            elif robot:
                given[_SESSION] = _ROBOT
        return given

    @classmethod
    def _session(cls, when: object, identity: Mapping[str, str | None]) -> str | None:
        if None in identity.values() or not isinstance(when, datetime.datetime):
            return None
        parts = session_parts(**{name: text or "" for name, text in identity.items()})
        if parts is None:
            return None
        try:
            moment = to_utc(when)
        except (ValueError, OverflowError):
            return None
        return sessionhour_id(parts, moment, salt_for(moment.date()))

    @classmethod
    def completed(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return values with what every record needs, and without what none may have."""
        values = super().completed(cls.without_identity(values))
        session = values.get(_SESSION)
        if isinstance(session, str):
            return values
        unknown = values.keys() - cls.djelme.fields.keys()
        if unknown:
            cls.djelme.validator.fail_unknown(values, unknown)
        if session is _ROBOT:
            raise RobotRefusedError(
                recordtype=cls.djelme.label,
                field="request_useragent",
                expected="the user agent of a person's browser",
                found="one on COUNTER's lists of robots and machines (not shown)",
            )
        if session is None:
            cls.djelme.validator.fields["timestamp"].clean(values.get("timestamp"))
            raise RecordValidationError(
                recordtype=cls.djelme.label,
                field=_SESSION,
                expected=(
                    "one of sessionhour_id, user_id, client_session_id, request_host and "
                    "request_useragent (each a non-empty str, an int or a UUID)"
                ),
                found="none of them",
            )
        return values

    def get_values(self) -> dict[str, Any]:
        """Return the instance's values by field, as plain Python objects."""
        values = super().get_values()  # type: ignore[safe-super] # the document's
        return self.without_identity(values)

    # Storing.

    @classmethod
    def record(cls, *, using: str | Literal[False] | None = None, **fields: Any) -> Self:
        """Check and store one record; return it when Elasticsearch has it.

        Args:
            using: name of a backend, in place of the type's own.
            **fields: the record's values, and what tells its session.

        Raises:
            djelme.errors.RecordValidationError: for a wrong value; nothing was sent.
            djelme.errors.RobotRefusedError: for a robot, if the type refuses them.
            djelme.errors.DjelmeSetupError: if the type isn't set up; nothing was sent.
            djelme.errors.BackendError: if the cluster can't be reached or refuses the record.
        """
        # From here on no frame of a traceback knows who it was.
        fields = cls.without_identity(fields)
        return super().record(using=using, **fields)

    @classmethod
    async def arecord(cls, *, using: str | Literal[False] | None = None, **fields: Any) -> Self:
        """Do the same as `record` without blocking the event loop."""
        fields = cls.without_identity(fields)
        return await super().arecord(using=using, **fields)

    @classmethod
    def record_on_commit(cls, **fields: Any) -> Self:
        """Check one record now, and store it when the transaction is committed.

        See `elasticsearch_metrics.recordtype.on_commit.CommitRecord`.
        """
        options = {
            name: fields.pop(name) for name in ("using", "database", "robust") if name in fields
        }
        fields = cls.without_identity(fields)
        return super().record_on_commit(**options, **fields)

    @classmethod
    def bulk_record(cls, records: Iterable[Mapping[str, Any] | Self], **options: Any) -> BulkResult:
        """Check and store many records; see `BaseRecord.bulk_record`."""
        return super().bulk_record(cls._each_without_identity(records), **options)

    @classmethod
    async def abulk_record(
        cls, records: Iterable[Mapping[str, Any] | Self], **options: Any
    ) -> BulkResult:
        """Do the same as `bulk_record` without blocking the event loop."""
        return await super().abulk_record(cls._each_without_identity(records), **options)

    @classmethod
    def _each_without_identity(cls, records: Iterable[Any]) -> Iterator[Any]:
        for record in records:
            if isinstance(record, Mapping):
                yield cls.without_identity(record)
            else:
                yield record if isinstance(record, cls) else _HIDDEN


def _text(value: object) -> str | None:
    """Return a part of an identity as text, empty if there is none; None if it is no such thing."""
    if value is None or isinstance(value, str):
        return str(value or "")
    if isinstance(value, (int, uuid.UUID)) and not isinstance(value, bool):
        return str(value)
    return None
