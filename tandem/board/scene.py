"""What was said of a scene, as those who go and the desks read it, and what it offers next."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.urls import reverse

from tandem.dispatch.gate import gate_of
from tandem.dispatch.models import Encounter, EntryVeto, Member, MemberStep, SceneFact
from tandem.dispatch.states import ENDED, FROM_AFAR, MemberState, SceneWord
from tandem.dispatch.undoing import steps_that_hold
from tandem.identity.chrome import moment_of
from tandem.kernel.shapes import CallEvent, GateLine, StepAct
from tandem.storage.standing import Standing

# What usually follows, the likeliest first.
_NEXT = {
    "proposed": ["acknowledged", "not_going"],
    "assigned": ["acknowledged", "en_route"],
    "acknowledged": ["en_route", "cleared"],
    "en_route": ["at_address", "staged"],
    "staged": ["at_address", "on_scene"],
    "remote_support": ["cleared", "en_route"],
    "at_address": ["on_scene", "cleared"],
    "on_scene": ["cleared", "at_address"],
}
_STATE_OF = {"not_going": "cancelled"}  # a worker who was only proposed
_BEFORE_THE_DOOR = {"en_route", "staged", "at_address"}


def gate_line(
    standing: Standing, encounter: Encounter, crew: Sequence[Member], at: datetime
) -> GateLine | None:
    """Whether the crisis worker waits for a word, and the newest word; none without a worker."""
    if not any(member.side == "county" for member in crew):
        return None
    said = _said(standing, [encounter.pk])
    last = {one.code: one for one in said}
    split = last.get(SceneWord.SPLIT)
    line = GateLine("", officer_there=_officer_there(crew))
    # Who came back is on this call again: nobody stays alone.
    if split is not None and split.row.member.state in ENDED:
        line.left, line.left_at = split.who, split.at_moment
        line.staying = [one.short_name for one in crew if one.state not in ENDED]
    told = last.get(SceneWord.TOLD)
    line.told = bool(line.left and split and told and told.at >= split.at)
    words = [one for one in said if one.code in (SceneWord.STABLE, "veto")]
    newest = words[-1] if words else None
    waits = gate_of(standing, encounter, at=at).waits
    if newest is not None and newest.code == "veto":
        line.state = "veto"
    elif waits:
        line.state = "waits"
    elif newest is not None:
        line.state = SceneWord.STABLE.value
    if newest is not None and line.state != "waits":
        line.by, line.at = newest.who, newest.at_moment
    return line


def _officer_there(crew: Iterable[Member]) -> bool:
    return any(one.side == "police" and one.state not in ENDED for one in crew)


class _Word:
    """One word, whichever table keeps it."""

    def __init__(self, row: SceneFact | EntryVeto) -> None:
        self.row = row
        self.code = str(row.kind) if isinstance(row, SceneFact) else "veto"
        self.at = row.at
        self.who = row.member.short_name
        self.at_moment = moment_of(row.at)


def _said(
    standing: Standing, encounters: Iterable[uuid.UUID], *, all_: bool = False
) -> list[_Word]:
    """Every word of these encounters, oldest first; what was taken back only if asked for."""
    keys = list(encounters)
    found: list[_Word] = []
    for table in (SceneFact, EntryVeto):
        rows = table.objects.visible_to(standing).filter(encounter_id__in=keys)
        if not all_:
            rows = rows.filter(undone_at=None)
        found += [_Word(row) for row in rows.select_related("member")]
    return sorted(found, key=lambda one: one.at)


def scene_events(standing: Standing, members: Iterable[Member]) -> list[tuple[datetime, CallEvent]]:
    """What was said of a call's scene, as its log tells it; what was taken back says so."""
    crew = {member.pk: member for member in members}
    unit_of = {pk: member.response.callsign for pk, member in crew.items()}
    events = []
    for word in _said(standing, {one.encounter_id for one in crew.values()}, all_=True):
        row = word.row
        line = CallEvent(
            at=word.at_moment,
            code=word.code,
            unit=unit_of.get(row.member_id, ""),
            member=word.who,
            by=row.by_name,
            known=row.how_known if row.how_known in ("radio", "phone") else "",
        )
        events.append((word.at, line))
        if row.undone_at is not None:
            back = CallEvent(moment_of(row.undone_at), "undone", words=word.code, by=row.by_name)
            back.unit, back.member = line.unit, line.member
            events.append((row.undone_at, back))
    return events


def early_of(standing: Standing, members: Iterable[Member]) -> set[uuid.UUID]:
    """Who of these is with the person since before an officer's word."""
    there = [one for one in members if one.state == MemberState.ON_SCENE]
    rows = MemberStep.objects.visible_to(standing).filter(
        member_id__in=[one.pk for one in there], state=MemberState.ON_SCENE
    )
    since = {one.pk: one.state_at for one in there}
    return {
        step.member_id
        for step in steps_that_hold(rows)
        if step.before_stable and step.happened_at == since[step.member_id]
    }


# -- what a responder is offered -------------------------------------------------------------------


def offers(
    own: Member, gate: GateLine | None
) -> tuple[list[StepAct], list[StepAct], list[StepAct]]:
    """The big buttons, the second row of the scene's words, and what stands with the team."""
    if own.state in ENDED:
        return [], [], []
    step, word = reverse("board:step", args=[own.pk]), reverse("board:scene", args=[own.pk])
    following = list(_NEXT.get(own.state, []))
    if own.response.model in FROM_AFAR and own.state in ("assigned", "acknowledged"):
        following = ["remote_support", "en_route"]
    second: list[str] = []
    apart: list[str] = []
    if gate is not None:
        following, second, apart = _with_worker(own, gate, following)
    elif own.state != MemberState.PROPOSED:
        second = [SceneWord.MORE_HELP]

    def act(code: str) -> StepAct:
        if code in (*SceneWord, "veto"):
            return StepAct(code, f"{word}?word={code}")
        return StepAct(code, f"{step}?state={_STATE_OF.get(code, code)}")

    return (
        [act(one) for one in following],
        [act(one) for one in second],
        [act(one) for one in apart],
    )


def _with_worker(
    own: Member, gate: GateLine, following: list[str]
) -> tuple[list[str], list[str], list[str]]:
    """Where a crisis worker goes along: the word she waits for, hers not to go, who stays.

    Two big buttons, and three beside them at most: a thumb hits no narrower ones.
    """
    if own.state in (MemberState.PROPOSED, MemberState.ASSIGNED):
        return following, [], []
    second: list[str] = ["veto", SceneWord.MORE_HELP]
    untold = [SceneWord.TOLD] if gate.left and not gate.told else []
    if own.side == "police":
        word = [] if gate.state == SceneWord.STABLE else [SceneWord.STABLE]
        return following, [*(untold or word), *second], [SceneWord.SPLIT]
    if gate.left and not gate.officer_there:
        # Alone since the officer was called away: by phone, leave, or another officer.
        following = ["remote_support", "cleared"] if own.state != "remote_support" else ["cleared"]
        return following, [*untold, *second], []
    if gate.state in ("waits", "veto") and own.state in _BEFORE_THE_DOOR:
        # She may go in all the same; it is recorded, marked, and both desks are told.
        there = "at_address" if own.state == "en_route" else "on_scene"
        if own.state == "staged":
            return ["remote_support", there], second, [SceneWord.SPLIT]
        following = ["staged", there]
    if own.state != "remote_support":
        second.insert(1, "remote_support")
    return following, second, [SceneWord.SPLIT]
