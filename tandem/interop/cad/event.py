"""One event as a feed sends it: what is required, what is kept, what is only counted."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
)
from pydantic_core import PydanticCustomError

from tandem.interop.cad.remarks import UNCLASSED, KeptRemark, RemarkRules, clean
from tandem.interop.cad.returns import is_return
from tandem.kernel.maps.saying import Saying

MAX_EVENTS = 1_000
_RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
# Far outside these years a time has no place in the order, and the database cannot give it back.
_FIRST_YEAR, _LAST_YEAR = 1970, 2199


def _written_out(value: Any) -> Any:
    """A bare number could be seconds or milliseconds: only the written form is unambiguous."""
    if value is None or (isinstance(value, str) and _RFC_3339.fullmatch(value)):
        return value
    raise PydanticCustomError("time", "Input should be an RFC 3339 time with its offset")


def _near(value: datetime) -> datetime:
    if _FIRST_YEAR <= value.year <= _LAST_YEAR:
        return value
    raise PydanticCustomError("time", "Input should lie between 1970 and 2199")


Moment = Annotated[AwareDatetime, BeforeValidator(_written_out), AfterValidator(_near)]


class Part(BaseModel):
    """A part of an event; members that we do not know are kept after the cut of returns."""

    model_config = ConfigDict(extra="allow")


class Location(Part):
    """Where, as the source says it."""

    text: Annotated[str, Field(max_length=200)] = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    area: Annotated[str, Field(max_length=60)] = ""


class Times(Part):
    """When, as far as the source knows."""

    received: Moment | None = None
    dispatched: Moment | None = None
    en_route: Moment | None = None
    on_scene: Moment | None = None
    cleared: Moment | None = None


class UnitStatus(Part):
    """A unit of the source's own and its status."""

    id: Annotated[str, Field(max_length=40)]
    status: Annotated[str, Field(max_length=40)] = ""
    at: Moment | None = None


class Remark(Part):
    """A remark, kept after the cut of returns: police only, unless its field is classed otherwise.

    `field` is the name under which the source's map classes it; a `restriction` always holds.
    """

    at: Moment | None = None
    by: Annotated[str, Field(max_length=100)] = ""
    text: str = ""
    field: Annotated[str, Field(max_length=60)] = ""
    restriction: Annotated[str, Field(max_length=60)] | None = None


class CadEvent(BaseModel):
    """The body of POST /api/v1/cad/events, one object or up to 1,000 in an array."""

    model_config = ConfigDict(extra="allow")

    external_id: Annotated[str, Field(min_length=1, max_length=100)]
    sequence: Annotated[int, Field(ge=0, lt=2**53, strict=True)] | None = None
    updated_at: Moment | None = None
    occurred_at: Moment
    kind: Annotated[str, Field(max_length=60)] = ""
    call_type: Annotated[str, Field(max_length=120)] | None = None
    call_type_text: Annotated[str, Field(max_length=120)] | None = None
    priority: Annotated[int, Field(ge=0, le=9, strict=True)] | None = None
    status: Literal["open", "closed", "cancelled"] | None = None
    channel: Annotated[str, Field(max_length=30)] | None = None
    location: Location | None = None
    # Whose ground it is on, in the source's own word; the program's file knows what it means.
    jurisdiction: Annotated[str, Field(max_length=60)] | None = None
    times: Times | None = None
    # Factories: a list that stands here would be copied deeply for each event.
    units: Annotated[list[UnitStatus], Field(max_length=2_000, default_factory=list)]
    remarks: Annotated[list[Remark], Field(max_length=2_000, default_factory=list)]
    disposition: Annotated[str, Field(max_length=200)] | None = None
    # Which times were invented for a demonstration: the screen says so on the column.
    demo_drawn: Annotated[
        list[Annotated[str, Field(max_length=20)]], Field(max_length=8, default_factory=list)
    ]


_ADAPTER = TypeAdapter(CadEvent)
_TEXT_OF = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


# Not frozen: one is made for each message and row, and freezing costs more than filling it.
@dataclass(slots=True)
class Read:
    """An event that can stand: its place in the order, its fingerprint, and what is kept of it."""

    event: CadEvent
    order_key: int
    period: int
    content_hash: bytes
    kept: bytes
    not_kept: int
    remarks: tuple[KeptRemark, ...] = ()
    # A file's row tells the whole call; a message tells what it names and leaves the rest.
    whole: bool = False
    history: bool = False


@dataclass(frozen=True)
class RowOrder:
    """What a file's row says of itself beside the event that it tells."""

    order_key: int
    content_hash: bytes
    history: bool


class Unreadable(Exception):
    """An event that cannot stand, with the first reason in words that hold no value of it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read(raw: Any, rules: RemarkRules = UNCLASSED, row: RowOrder | None = None) -> Read:
    """Check one event; the others of its batch do not depend on it.

    Nothing of the result comes from a line that looks like a return of a criminal-justice query.
    A row of a file brings its own place in the order and its own fingerprint.
    """
    try:
        event = _ADAPTER.validate_python(raw)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "event"
        raise Unreadable(Saying("%(place)s: %(why)s", place=place, why=first["msg"])) from None
    if event.sequence is None and event.updated_at is None:
        raise Unreadable("sequence: give sequence or updated_at")
    _check_storable(event)
    try:
        cleaned = clean(raw, rules)
        if cleaned.lines:
            # Read again without its returns: what is stored is made of that alone.
            event = _ADAPTER.validate_python(cleaned.members)
        event.remarks = []
        kept = _TEXT_OF(cleaned.members).encode()
    except RecursionError:
        raise Unreadable("event: nested too deeply") from None
    return Read(
        event=event,
        order_key=row.order_key if row else _order(event),
        period=event.occurred_at.year,
        content_hash=row.content_hash if row else _fingerprint(kept, cleaned.remarks),
        kept=kept,
        not_kept=cleaned.lines,
        remarks=cleaned.remarks,
        whole=row is not None,
        history=row is not None and row.history,
    )


def _order(event: CadEvent) -> int:
    if event.sequence is not None:
        return event.sequence
    return micros(event.updated_at or event.occurred_at)


def _fingerprint(kept: bytes, remarks: tuple[KeptRemark, ...]) -> bytes:
    told = [[one.field, one.at, one.by, one.text] for one in remarks]
    return hashlib.sha256(kept + json.dumps(told).encode()).digest()


def _check_storable(event: CadEvent) -> None:
    """The database stores no NUL in a text."""
    # A number or a hash may look like a license; words in it are no id.
    if " " in event.external_id and is_return(event.external_id):
        why = "looks like the return of a criminal-justice query"
        raise Unreadable(Saying("%(place)s: %(why)s", place="external_id", why=why))
    for name, text in _stored_texts(event):
        if text and "\x00" in text:
            why = "a NUL character cannot be stored"
            raise Unreadable(Saying("%(place)s: %(why)s", place=name, why=why))


def _stored_texts(event: CadEvent) -> Iterator[tuple[str, str | None]]:
    yield "external_id", event.external_id
    yield "call_type", event.call_type
    yield "call_type_text", event.call_type_text
    yield "channel", event.channel
    yield "jurisdiction", event.jurisdiction
    if event.location:
        yield "location", event.location.text
        yield "location", event.location.area
    for name in event.demo_drawn:
        yield "demo_drawn", name
    for one in event.remarks:
        yield "remarks", one.text
        yield "remarks", one.by
        yield "remarks", one.field


def micros(at: datetime) -> int:
    """Microseconds since 1970: what a time is in the order of a call's messages."""
    return int(at.astimezone(UTC).timestamp() * 1_000_000)
