"""What a leading CAD says beside what was entered by hand, as boards and the list show it."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from tandem.board.facts import feed_state
from tandem.calls.models import Call, CallPlace, Feed, UnitFact
from tandem.dispatch.cad_words import plain_callsign
from tandem.dispatch.leading import CAD_LEADS
from tandem.dispatch.models import Member, MemberStep
from tandem.dispatch.rules import Fact, Told, differences
from tandem.dispatch.states import MemberState
from tandem.dispatch.undoing import steps_that_hold
from tandem.identity.chrome import moment
from tandem.kernel.shapes import CadUnit, Difference, FeedState
from tandem.storage.standing import Standing

LISTED_FOR = timedelta(hours=24)
# Where CAD is heard, people enter only what it does not hold.
BY_HAND = ("staged", "on_scene")


def feeds_of(standing: Standing, at: datetime) -> list[FeedState]:
    """Every connected feed: whether it is heard, since when not, and whether it leads.

    A source that only files of past calls came from was never to be heard, and is not listed.
    """
    feeds = Feed.objects.visible_to(standing)
    return _states(feeds.filter(Q(last_event_at__isnull=False) | Q(counted_on=None)), at)


def silent_feeds(standing: Standing, at: datetime) -> list[FeedState]:
    """Those that were heard once and are silent now: said in words on every board."""
    heard = Feed.objects.visible_to(standing).filter(last_event_at__isnull=False)
    return [feed for feed in _states(heard, at) if feed.state == "silent"]


def _states(feeds: QuerySet[Feed], at: datetime) -> list[FeedState]:
    found = []
    feeds = feeds.filter(revoked_at=None).order_by("source")
    for feed in feeds.only("source", "mode", "last_event_at"):
        silence = (at - feed.last_event_at).total_seconds() if feed.last_event_at else None
        found.append(
            FeedState(
                feed.source,
                feed_state(silence),
                moment(feed.last_event_at),
                leads=feed.mode == CAD_LEADS,
            )
        )
    return found


def cad_units(standing: Standing, call: Call) -> list[CadUnit]:
    """Where CAD has each unit of a call, newest status of each, by name."""
    newest: dict[str, UnitFact] = {}
    for fact in UnitFact.objects.visible_to(standing).filter(call_id=call.pk).order_by("at"):
        newest[fact.unit_key] = fact
    return [
        CadUnit(fact.unit, fact.state, moment(fact.at))
        for fact in sorted(newest.values(), key=lambda fact: fact.unit_key)
    ]


def is_read_only(standing: Standing, call: Call, at: datetime) -> set[str]:
    """Units whose statuses come from a CAD that leads and is heard."""
    if call.feed_id is None:
        return set()
    feeds = Feed.objects.visible_to(standing).filter(
        pk=call.feed_id, mode=CAD_LEADS, revoked_at=None
    )
    heard = feeds.values_list("last_event_at", flat=True).first()
    if heard is None or feed_state((at - heard).total_seconds()) == "silent":
        return set()
    facts = UnitFact.objects.visible_to(standing).filter(call_id=call.pk)
    return set(facts.values_list("unit_key", flat=True))


def differences_of_calls(standing: Standing, calls: Iterable[Call]) -> list[Difference]:
    """What CAD and the hand tell otherwise on these calls, oldest first."""
    by_key = {call.pk: call for call in calls}
    spoken: dict[tuple[uuid.UUID, str], datetime] = {}
    facts = UnitFact.objects.visible_to(standing).filter(call_id__in=list(by_key))
    for call_id, unit_key, told_at in facts.values_list("call_id", "unit_key", "told_at"):
        place = (call_id, unit_key)
        spoken[place] = max(told_at, spoken.get(place, told_at))
    members = Member.objects.visible_to(standing).filter(
        side="police", response__call_id__in=list(by_key)
    )
    crew = {member.pk: member for member in members.select_related("response")}
    told: dict[uuid.UUID, list[Fact]] = defaultdict(list)
    steps = MemberStep.objects.visible_to(standing).filter(member_id__in=list(crew))
    for step in steps_that_hold(steps):
        told[step.member_id].append(
            Fact(
                MemberState(step.state), step.happened_at, step.how_known == "cad", step.beside_cad
            )
        )
    found: list[tuple[datetime, Difference]] = []
    for member_id, member in crew.items():
        of_call = member.response.call_id
        if of_call is None:
            continue
        place = (of_call, plain_callsign(member.response.callsign))
        if place not in spoken:
            continue
        for one in differences(told[member_id], spoken_at=spoken[place]):
            found.append((one.at, _line(by_key[of_call], member, one)))
    found += _places(standing, by_key)
    return [line for _at, line in sorted(found, key=lambda pair: pair[0])]


def _places(standing: Standing, calls: dict[uuid.UUID, Call]) -> list[tuple[datetime, Difference]]:
    """Where the newest place by hand is not the one that the source has shown.

    Whoever enters the source's own words by hand has settled it.
    """
    newest: dict[uuid.UUID, CallPlace] = {}
    rows = CallPlace.objects.visible_to(standing).filter(call_id__in=list(calls))
    for row in rows.order_by("at", "pk"):
        newest[row.call_id] = row
    found = []
    for row in newest.values():
        call = calls[row.call_id]
        if call.feed_id is None or _is_same_place(row, call):
            continue
        point = "" if row.lat is None or row.lon is None else f"{row.lat:.5f}, {row.lon:.5f}"
        line = Difference(
            number=f"{call.number:04d}",
            url=f"{reverse('board:desk')}?call={call.pk}",
            unit="",
            who=row.by_name,
            state="place",
            cad_at=None,
            hand_at=moment(row.at),
            hand_place=row.place or point,
            cad_place=call.place,
        )
        found.append((row.at, line))
    return found


def _is_same_place(row: CallPlace, call: Call) -> bool:
    if row.place:
        return row.place.casefold().split() == call.place.casefold().split()
    return (row.lat, row.lon) == (call.lat, call.lon)


def recent_differences(standing: Standing, at: datetime) -> list[Difference]:
    """Those of the last day's calls that a feed told of."""
    calls = Call.objects.visible_to(standing).exclude(feed_id=None)
    return differences_of_calls(standing, calls.filter(received_at__gte=at - LISTED_FOR))


def _line(call: Call, member: Member, one: Told) -> Difference:
    return Difference(
        number=f"{call.number:04d}",
        url=f"{reverse('board:desk')}?call={call.pk}",
        unit=member.response.callsign,
        who=member.short_name,
        state=one.state,
        cad_at=moment(one.cad_at),
        hand_at=moment(one.hand_at),
    )
