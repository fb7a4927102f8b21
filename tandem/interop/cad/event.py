"""One event as a feed sends it: what is required, what is kept, what is only counted."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

MAX_EVENTS = 1_000


class Part(BaseModel):
    """A part of an event; members that we do not know are counted, not stored."""

    model_config = ConfigDict(extra="allow")


class Location(Part):
    """Where, as the source says it."""

    text: Annotated[str, Field(max_length=200)] = ""
    lat: Annotated[float, Field(ge=-90, le=90)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180)] | None = None
    area: Annotated[str, Field(max_length=60)] = ""


class Times(Part):
    """When, as far as the source knows."""

    received: AwareDatetime | None = None
    dispatched: AwareDatetime | None = None
    en_route: AwareDatetime | None = None
    on_scene: AwareDatetime | None = None
    cleared: AwareDatetime | None = None


class UnitStatus(Part):
    """A unit of the source's own and its status."""

    id: Annotated[str, Field(max_length=40)]
    status: Annotated[str, Field(max_length=40)] = ""
    at: AwareDatetime | None = None


class Remark(Part):
    """A remark: counted and not kept, until returns of criminal-justice queries can be cut."""

    at: AwareDatetime | None = None
    by: Annotated[str, Field(max_length=100)] = ""
    text: str = ""


class CadEvent(BaseModel):
    """The body of POST /api/v1/cad/events, one object or up to 1,000 in an array."""

    model_config = ConfigDict(extra="allow")

    external_id: Annotated[str, Field(min_length=1, max_length=100)]
    sequence: Annotated[int, Field(ge=0, lt=2**53, strict=True)] | None = None
    updated_at: AwareDatetime | None = None
    occurred_at: AwareDatetime
    kind: Annotated[str, Field(max_length=60)] = ""
    call_type: Annotated[str, Field(max_length=120)] | None = None
    call_type_text: Annotated[str, Field(max_length=120)] | None = None
    priority: Annotated[int, Field(ge=0, le=9)] | None = None
    status: Literal["open", "closed", "cancelled"] | None = None
    channel: Annotated[str, Field(max_length=30)] | None = None
    location: Location | None = None
    times: Times | None = None
    units: Annotated[list[UnitStatus], Field(max_length=200)] = []
    remarks: Annotated[list[Remark], Field(max_length=2_000)] = []
    disposition: Annotated[str, Field(max_length=200)] | None = None
    # Which times were invented for a demonstration: the screen says so on the column.
    demo_drawn: Annotated[list[Annotated[str, Field(max_length=20)]], Field(max_length=8)] = []


_ADAPTER = TypeAdapter(CadEvent)
_KNOWN = frozenset(CadEvent.model_fields)


@dataclass(frozen=True)
class Read:
    """An event that can stand: its place in the order, its fingerprint, and what is kept of it."""

    event: CadEvent
    order_key: int
    period: int
    content_hash: bytes
    kept: bytes
    not_kept: int


class Unreadable(Exception):
    """An event that cannot stand, with the first reason in words that hold no value of it."""


def read(raw: Any) -> Read:
    """Check one event; the others of its batch do not depend on it."""
    try:
        event = _ADAPTER.validate_python(raw)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False, include_context=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "event"
        raise Unreadable(f"{place}: {first['msg']}") from None
    if event.sequence is None and event.updated_at is None:
        raise Unreadable("sequence: give sequence or updated_at")
    for name in ("external_id", "call_type", "call_type_text"):
        if "\x00" in (getattr(event, name) or ""):
            raise Unreadable(f"{name}: a NUL character cannot be stored")
    if event.location and "\x00" in event.location.text + event.location.area:
        raise Unreadable("location: a NUL character cannot be stored")
    order = event.sequence
    if order is None:
        order = _micros(event.updated_at or event.occurred_at)
    body = json.dumps(raw, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
    kept = _kept(raw)
    return Read(
        event=event,
        order_key=order,
        period=event.occurred_at.year,
        content_hash=hashlib.sha256(body).digest(),
        kept=json.dumps(kept, separators=(",", ":"), ensure_ascii=True).encode(),
        not_kept=len(event.remarks) + len(set(raw) - _KNOWN),
    )


def _micros(at: datetime) -> int:
    return int(at.astimezone(UTC).timestamp() * 1_000_000)


def _kept(raw: dict[str, Any]) -> dict[str, Any]:
    """The members we know, without remarks: free text waits for the criminal-justice cut."""
    kept = {name: raw[name] for name in raw if name in _KNOWN and name != "remarks"}
    for name, part in (("location", Location), ("times", Times)):
        if isinstance(kept.get(name), dict):
            kept[name] = {key: kept[name][key] for key in kept[name] if key in part.model_fields}
    if "units" in kept:
        fields = UnitStatus.model_fields
        kept["units"] = [
            {key: unit[key] for key in unit if key in fields} for unit in kept["units"]
        ]
    return kept
