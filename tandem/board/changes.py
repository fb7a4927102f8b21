"""What a few keys of the stream changed on a dispatcher's desk: those rows, and what hangs on them.

The cost is that of the calls named, never of all that are open. Whatever is not surely the news of
single calls or units is answered by none: the page then reads whole regions.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.urls import reverse

from tandem.board.intake import transfers_of_desk
from tandem.board.presence import away_of, expected_of
from tandem.board.queries import asked_now, completion_of, detail_of, units_of, waiting_of
from tandem.board.requests import requests_of_desk
from tandem.board.rows import Lists, lists_of
from tandem.calls.models import Call
from tandem.dispatch.models import Encounter, Response, UnitMember
from tandem.intake.models import CallLink, Transfer, WorkerRequest
from tandem.kernel.shapes import Desk
from tandem.storage.outbox import ALARM
from tandem.storage.standing import Standing

MOST_KEYS = 40  # more at once are read whole: an address must stay short


@dataclass
class Named:
    """What keys stand for."""

    calls: set[uuid.UUID] = field(default_factory=set)
    units: bool = False


@dataclass
class Changes:
    """The rows of the calls named, the calls of them that are in no list, and whole regions."""

    lists: Lists
    gone: list[str]
    regions: list[str]
    desk: Desk


def keys_of(text: str) -> list[uuid.UUID]:
    """Keys of an address, or none of them if one is no key or they are too many."""
    words = text.split(",") if text else []
    try:
        keys = [uuid.UUID(word) for word in words]
    except ValueError:
        return []
    return keys if len(keys) <= MOST_KEYS else []


def changes_of(
    standing: Standing, keys: Iterable[uuid.UUID], at: datetime, *, selected: str = ""
) -> Changes | None:
    """What these keys changed, or none where only whole regions tell it."""
    named = _named(standing, set(keys))
    if named is None:
        return None
    desk = Desk([], [], selected, 0, None, [], 0, 0, "[]", [], "")
    asked, regions = {}, []
    if _asks_crisis_desk(standing, named.calls):
        desk.requests = requests_of_desk(standing, at)
        desk.transfers = transfers_of_desk(standing, at)
        desk.requests_waiting = waiting_of(desk.requests, desk.transfers)
        asked = asked_now(desk.requests, desk.transfers)
        regions.append("requests")
    lists = lists_of(standing, at, asked, only=named.calls)
    groups = None
    if named.units or lists.active:
        groups, desk.units_free, desk.units_all = units_of(standing, at)
        desk.units, desk.units_json = groups, completion_of(groups)
        desk.away, desk.presence_url = away_of(standing, at), reverse("board:desk_presence")
        desk.expected = expected_of(standing, at)
        regions.append("units")
    if selected and (groups is not None or selected in {str(call) for call in named.calls}):
        desk.detail = detail_of(standing, selected, at, groups)
        regions.append("detail")
    desk.fragments_url = reverse("board:desk_fragments")
    shown = {row.key for row in (*lists.pending, *lists.active)}
    gone = [str(call) for call in named.calls if str(call) not in shown]
    return Changes(lists, gone, regions, desk)


def _named(standing: Standing, keys: set[uuid.UUID]) -> Named | None:
    """The calls behind keys of calls, encounters and units; none if a key is anything else."""
    named = Named()
    calls = Call.objects.visible_to(standing).filter(pk__in=keys)
    named.calls.update(calls.values_list("pk", flat=True))
    left = keys - named.calls - {ALARM}
    if left:
        cases = Encounter.objects.visible_to(standing).filter(pk__in=left)
        for case, call in cases.values_list("pk", "call_id"):
            left.discard(case)
            named.units = True
            named.calls.update([call] if call else [])
    if left:
        slips = UnitMember.objects.visible_to(standing).filter(unit_id__in=left)
        units = set(slips.values_list("unit_id", flat=True))
        left -= units
        named.units = named.units or bool(units)
        named.calls.update(_running(standing, units))
    if left:
        return None
    if ALARM in keys:
        # It names no call: it may be about whoever is on one.
        named.calls.update(_running(standing))
    told_with = CallLink.objects.visible_to(standing).filter(into_id__in=named.calls)
    named.calls.update(told_with.values_list("call_id", flat=True))
    return named


def _running(standing: Standing, units: Iterable[uuid.UUID] | None = None) -> set[uuid.UUID]:
    """Calls that somebody is on now."""
    running = Response.objects.visible_to(standing).filter(ended_at=None)
    if units is not None:
        running = running.filter(unit_id__in=units)
    return {call for call in running.values_list("call_id", flat=True) if call}


def _asks_crisis_desk(standing: Standing, calls: set[uuid.UUID]) -> bool:
    """Whether the crisis desk was ever asked anything about these calls."""
    asked, moved = (
        rows.objects.visible_to(standing).filter(call_id__in=calls).values_list("call_id")
        for rows in (WorkerRequest, Transfer)
    )
    return bool(asked.union(moved)[:1])
