"""A shift drawn from a seed, and what must stand at its end: nothing of the product is used here.

Calls come from a feed. Dispatch sends two of three teams itself and asks the crisis desk for the
third; both desks and all members act in between each other, each team on one call at a time.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

DISPATCH, CRISIS = "dispatcher", "crisis-supervisor"
PATROL, PAIR, MOBILE = "2B12", "CRU 1", "MC 1"
CREWS = {
    PATROL: ("patrol-officer",),
    PAIR: ("cru-officer", "crisis-worker"),
    MOBILE: ("crisis-worker-3",),
}
NAMES = {
    DISPATCH: "T. Brandvold",
    CRISIS: "I. Solmark",
    "patrol-officer": "J. Halloran",
    "cru-officer": "D. Okafor",
    "crisis-worker": "M. Lindqvist",
    "crisis-worker-3": "P. Vang-Ritter",
}
PLACES = ("Riverside Park", "Copeland Park", "Losey Blvd", "Cass St", "Jay St", "Ferry St")
TYPES = ("WELFARE CHECK", "DISTURBANCE", "SUICIDAL SUBJECT", "TRESPASS", "MENTAL HEALTH")
NOTES = ("gate code is at the desk", "sister is on the way", "dog in the yard", "asks for water")
ON_THE_WAY = ("en_route", "at_address", "on_scene")
# How often something out of the ordinary is drawn.
TAKEN_BACK, STATUS_BACK, NOTED, OWN_TAP, LEFT_OPEN = 0.2, 0.2, 0.5, 0.4, 0.15
# Kinds of calls, of which each shift has as near as can be the same share.
KINDS = ("patrol", "pair", "accepted", "declined", "countered", "nobody")


@dataclass(frozen=True)
class Act:
    """One thing that one person does; `what` with its words, about one call of the shift."""

    who: str
    what: str
    call: int
    unit: str = ""
    word: str = ""


@dataclass
class Sent:
    """A unit on a call: each member's steps as (state, by whom)."""

    unit: str
    steps: dict[str, list[tuple[str, str]]]
    ended: bool = False


@dataclass
class Case:
    """What must stand of one call."""

    place: str
    type: str
    state: str = "open"
    notes: list[tuple[str, str]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)


@dataclass
class Shift:
    """The acts in their order, and the places and types of the calls."""

    seed: int
    calls: list[Case]
    acts: list[Act] = field(default_factory=list)


def drawn(seed: int, count: int) -> Shift:
    """The shift of this seed: the same every time."""
    draw = random.Random(f"shift {seed}")  # noqa: S311
    calls = [Case(draw.choice(PLACES), draw.choice(TYPES)) for _ in range(count)]
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    draw.shuffle(kinds)
    lanes: dict[str, list[list[Act]]] = {}
    for number, kind in enumerate(kinds):
        lane = {"pair": PAIR, "accepted": MOBILE, "nobody": ""}.get(kind, PATROL)
        lanes.setdefault(lane, []).append(_acts_of(draw, number, kind))
    queues = [[act for call in lane for act in call] for lane in lanes.values()]
    shift = Shift(seed, calls)
    while any(queues):
        # Longer queues are drawn more often, so that all teams are busy until the end.
        queue = draw.choices(queues, [len(one) for one in queues])[0]
        shift.acts.append(queue.pop(0))
        while shift.acts[-1].what in _HELD and queue:
            # What is taken back within its seconds is taken back before anything else is typed.
            shift.acts.append(queue.pop(0))
    return shift


_HELD = ("assign and back", "status and back")


def _acts_of(draw: random.Random, call: int, kind: str) -> list[Act]:
    acts = [Act("feed", "call", call)]
    if draw.random() < NOTED:
        acts.append(Act(DISPATCH, "note", call, word=draw.choice(NOTES)))
    if kind == "nobody":
        if draw.random() > LEFT_OPEN:
            acts.append(Act(DISPATCH, "close", call))
        return acts
    if kind in ("accepted", "declined", "countered"):
        acts.append(Act(DISPATCH, "ask", call))
    if kind == "accepted":
        acts.append(Act(CRISIS, "accept", call, MOBILE))
        return [*acts, *_worked(draw, call, MOBILE)]
    if kind in ("declined", "countered"):
        acts.append(Act(CRISIS, "decline" if kind == "declined" else "counter", call))
    unit = PAIR if kind == "pair" else PATROL
    if draw.random() < TAKEN_BACK:
        acts += [Act(DISPATCH, "assign and back", call, unit)]
        acts += [Act(DISPATCH, "undo", call, unit, "assign")]
    acts.append(Act(DISPATCH, "assign", call, unit))
    return [*acts, *_worked(draw, call, unit)]


def _worked(draw: random.Random, call: int, unit: str) -> list[Act]:
    desk = CRISIS if unit == MOBILE else DISPATCH
    acts = [Act(member, "tap", call, unit, "acknowledged") for member in CREWS[unit]]
    for state in (*ON_THE_WAY, "cleared"):
        if draw.random() < OWN_TAP:
            acts += [Act(member, "tap", call, unit, state) for member in CREWS[unit]]
            continue
        if state != "cleared" and draw.random() < STATUS_BACK:
            acts.append(Act(desk, "status and back", call, unit, state))
            acts.append(Act(desk, "undo", call, unit, "status"))
        acts.append(Act(desk, "status", call, unit, state))
        if state != "cleared" and draw.random() < NOTED / 3:
            acts.append(Act(DISPATCH, "note", call, word=draw.choice(NOTES)))
    if draw.random() > LEFT_OPEN:
        # Nobody is on it any more, and it waits for nobody: the feed that brought it ends it.
        acts.append(Act("feed", "end", call))
    return acts


# ---- what must stand ----
def expected(shift: Shift) -> list[dict[str, Any]]:
    """Each call as it must stand after all acts, by the words of this file alone."""
    for act in shift.acts:
        _DOES[act.what](shift.calls[act.call], act)
    return [_plain(case) for case in shift.calls]


def _plain(case: Case) -> dict[str, Any]:
    sent = [
        {
            "unit": one.unit,
            "ended": one.ended,
            "steps": {NAMES[who]: steps for who, steps in sorted(one.steps.items())},
        }
        for one in case.sent
    ]
    return {
        "place": case.place,
        "type": case.type,
        "state": case.state,
        "notes": case.notes,
        "asked": case.asked,
        "sent": sent,
    }


def _send(case: Case, act: Act) -> None:
    by = NAMES[act.who]
    case.sent.append(Sent(act.unit, {who: [("assigned", by)] for who in CREWS[act.unit]}))


def _accept(case: Case, act: Act) -> None:
    case.asked[-1] = "accepted"
    _send(case, act)


def _answer(state: str) -> Any:
    def answered(case: Case, _act: Act) -> None:
        case.asked[-1] = state

    return answered


def _step(case: Case, act: Act) -> None:
    sent = case.sent[-1]
    members = [act.who] if act.what == "tap" else list(sent.steps)
    for who in members:
        sent.steps[who].append((act.word, NAMES[act.who]))
    sent.ended = all(steps[-1][0] == "cleared" for steps in sent.steps.values())


def _undo(case: Case, act: Act) -> None:
    sent = case.sent[-1]
    for steps in sent.steps.values():
        # What is taken back stays written; who was sent is not sent, else what stood before stands.
        stands = "cancelled" if act.word == "assign" else steps[-2][0]
        steps.append((f"undone: {stands}", NAMES[act.who]))
    sent.ended = act.word == "assign"


def _note(case: Case, act: Act) -> None:
    case.notes.append((act.word, NAMES[act.who]))


def _close(case: Case, _act: Act) -> None:
    case.state = "closed"
    # What the crisis desk offered instead ends with the call.
    case.asked = ["withdrawn" if state == "countered" else state for state in case.asked]


_DOES: dict[str, Any] = {
    "call": lambda _case, _act: None,
    "note": _note,
    "ask": lambda case, _act: case.asked.append("asked"),
    "accept": _accept,
    "decline": _answer("declined"),
    "counter": _answer("countered"),
    "assign": _send,
    "assign and back": _send,
    "status": _step,
    "status and back": _step,
    "tap": _step,
    "undo": _undo,
    "close": _close,
    "end": _close,
}
