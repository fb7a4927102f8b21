"""The rows of a dispatcher's two lists: all of them, or those of a few calls, by the same rules."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from tandem.board.facts import limit_of_state, limit_of_waiting, number_of
from tandem.board.safety import owed_of_calls
from tandem.board.warnings import shortened
from tandem.calls.models import Call
from tandem.cautions.models import HazardReport
from tandem.cautions.queries import hazards_of_calls
from tandem.dispatch.models import Encounter, Member
from tandem.dispatch.states import ENDED, MemberState
from tandem.identity.chrome import timer
from tandem.intake.queries import links_of
from tandem.kernel.shapes import CallRow, Reason
from tandem.storage.standing import Standing

MOST_CALLS = 600
_LAST = 9  # where a call without a priority stands
_NO_TIME_LATER = 10**13  # milliseconds: the year 2286
_FURTHEST = [
    "on_scene",
    "at_address",
    "staged",
    "remote_support",
    "en_route",
    "acknowledged",
    "assigned",
    "proposed",
]


@dataclass(frozen=True)
class Lists:
    """Calls that wait and calls that run, each in the order in which they are shown."""

    pending: list[CallRow]
    active: list[CallRow]

    @property
    def overdue(self) -> int:
        """How many of them are past their limit."""
        return sum(1 for row in (*self.pending, *self.active) if is_overdue(row))


def lists_of(
    standing: Standing,
    at: datetime,
    asked: Mapping[str, str],
    *,
    only: Collection[uuid.UUID] | None = None,
) -> Lists:
    """Both lists; or of them the rows of these calls, in as many queries whatever else is open.

    `asked` says by number what became of what the crisis desk was asked.
    """
    calls = _open(standing, only)
    # Most calls that change wait for somebody still: their row needs nothing of those who go.
    answered_by = only is None or _had_answer(standing, only)
    crews = crews_of(standing, only) if answered_by else {}
    linked = links_of(standing, [call.pk for call in calls])
    open_now = {call.pk for call in calls}
    if only is not None and linked:
        leads = Call.objects.visible_to(standing).filter(pk__in=linked.values())
        open_now |= set(leads.filter(state="open", history=False).values_list("pk", flat=True))
    # A linked call is told with the call that leads, while that one is here.
    calls = [call for call in calls if linked.get(call.pk) not in open_now or call.pk in crews]
    answered = _answered(standing, only) if answered_by else {}
    calls = [call for call in calls if call.pk in crews or not _is_answered(call, answered)]
    reported = hazards_of_calls(standing, calls, now=at) if calls else {}
    owed = owed_of_calls(standing) if crews else {}
    lists = Lists([], [])
    for call in calls:
        crew = crews.get(call.pk, [])
        row = row_of(call, crew, at, reported.get(call.pk, ()))
        if crew and row.key in owed:
            row.reason = Reason(f"owed_{owed[row.key]}")
        elif not crew and row.number in asked:
            row.reason = Reason(f"crisis_{asked[row.number]}")
        (lists.active if crew else lists.pending).append(row)
    for group in (lists.pending, lists.active):
        group.sort(key=_oldest_problem_first)
    return lists


def _open(standing: Standing, only: Collection[uuid.UUID] | None) -> list[Call]:
    calls = Call.objects.visible_to(standing).filter(state="open", history=False)
    if only is not None:
        return list(calls.filter(pk__in=only))
    return list(calls.order_by("priority", "received_at", "pk")[:MOST_CALLS])


def _had_answer(standing: Standing, only: Collection[uuid.UUID]) -> bool:
    """Whether anybody was ever sent to one of these calls."""
    return Encounter.objects.visible_to(standing).filter(call_id__in=only).exists()


def _answered(standing: Standing, only: Collection[uuid.UUID] | None) -> dict[uuid.UUID, datetime]:
    """When the last unit cleared from a call, for calls that the feed still holds open."""
    cleared = Member.objects.visible_to(standing).filter(
        state=MemberState.CLEARED, encounter__ended_at__isnull=False
    )
    if only is None:
        still = Call.objects.visible_to(standing).filter(state="open", history=False)
        cleared = cleared.filter(encounter__call_id__in=still.values("pk"))
    else:
        cleared = cleared.filter(encounter__call_id__in=list(only))
    pairs = cleared.values_list("encounter__call_id", "encounter__ended_at")
    found: dict[uuid.UUID, datetime] = {}
    for call_id, ended_at in pairs:
        if call_id is not None and ended_at is not None:
            found[call_id] = max(ended_at, found.get(call_id, ended_at))
    return found


def _is_answered(call: Call, answered: dict[uuid.UUID, datetime]) -> bool:
    """A cleared call waits for nobody, until its source says something new of it."""
    ended_at = answered.get(call.pk)
    return ended_at is not None and call.changed_at <= ended_at


def is_overdue(row: CallRow) -> bool:
    """Whether its clock is past its limit."""
    return bool(row.timer and row.timer.limit and row.timer.elapsed >= row.timer.limit)


def _oldest_problem_first(row: CallRow) -> tuple[Any, ...]:
    """What is past its limit, by how many times; then by priority, then by age.

    The page does the same with a row that comes alone (`ui/js/lib/rows.js`).
    """
    elapsed = row.timer.elapsed if row.timer else 0
    limit = (row.timer.limit if row.timer else None) or 1
    late = is_overdue(row)
    return (not late, -elapsed / limit if late else 0, row.order, int(row.short))


def _order(call: Call) -> int:
    """Priority, then when it came, as one number that a script holds exactly."""
    came = int(call.received_at.timestamp() * 1000)
    return (call.priority or _LAST) * _NO_TIME_LATER + min(max(came, 0), _NO_TIME_LATER - 1)


def crews_of(
    standing: Standing, only: Collection[uuid.UUID] | None = None
) -> dict[uuid.UUID, list[Member]]:
    """Members still on a call, by call."""
    found: dict[uuid.UUID, list[Member]] = defaultdict(list)
    members = (
        Member.objects.visible_to(standing)
        .filter(response__ended_at=None)
        .exclude(state__in=ENDED)
        .select_related("response")
        .order_by("side", "short_name", "pk")
    )
    if only is not None:
        members = members.filter(response__call_id__in=only)
    for member in members:
        if member.response.call_id:
            found[member.response.call_id].append(member)
    return found


def furthest(members: Iterable[Member]) -> Member:
    """Who of a crew is furthest on the way; of those the first."""
    return min(members, key=lambda m: (_FURTHEST.index(m.state), m.state_at))


def row_of(
    call: Call, crew: list[Member], at: datetime, reported: Sequence[HazardReport] = ()
) -> CallRow:
    state, since = "received", call.received_at
    limit = limit_of_waiting(call.priority)
    reason = Reason("limit", seconds=limit)
    if crew:
        lead = furthest(crew)
        state, since = lead.state, lead.state_at
        limit = limit_of_state(lead.state)
        reason = Reason(_reason_of(lead.state), seconds=limit)
    elif call.feed_id and call.received_at == call.changed_at:
        reason = Reason("unassigned", seconds=limit)
    return CallRow(
        key=str(call.pk),
        number=number_of(call.number),
        short=str(call.number),
        priority=call.priority,
        type=call.call_type or _("Type not given"),
        place=call.place or _("Place not given"),
        state=state,
        timer=timer(since, now=at, limit=limit),
        url=f"{_desk_url()}?call={call.pk}",
        reason=reason,
        units=list(dict.fromkeys(member.response.callsign for member in crew)),
        unseen=[member.short_name for member in crew if member.state == MemberState.ASSIGNED],
        was_type=call.was if call.corrected else "",
        fresh=(at - call.received_at).total_seconds() < 60,  # noqa: PLR2004
        hazard=shortened(reported[0].words) if reported else "",
        acts_url=f"{_desk_url()}{call.pk}/",
        order=_order(call),
    )


@cache
def _desk_url() -> str:
    """Asked for once: a board has hundreds of rows, each with acts of its own below it."""
    return reverse("board:desk")


def _reason_of(state: str) -> str:
    return {"assigned": "not_acknowledged", "acknowledged": "to_move"}.get(
        state, "check_due" if state in {"at_address", "on_scene"} else "limit"
    )
