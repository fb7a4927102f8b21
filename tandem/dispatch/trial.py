"""What edited rules would have changed: last month's calls, advised by both, counted."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.utils import timezone

from tandem.advice.rules import Advice, Answers, advise
from tandem.advice.staffing import staffed_now
from tandem.calls.models import Answer, Call
from tandem.directory.facts import program
from tandem.dispatch.advising import kinds_of, origin_of
from tandem.dispatch.models import AdviceGiven, Response, UnitMember
from tandem.kernel.advice import NOT_ASKED, QUESTIONS, SIGNS_ON, AdviceRules
from tandem.kernel.jurisdictions import OUTSIDE
from tandem.storage.standing import Standing

MONTH = timedelta(days=30)
MOST_CALLS = 20_000
PARTS = ("first", "clinician", "with", "by_phone", "tell", "ask_next")


@dataclass
class Trial:
    """Counts alone; no call is named."""

    calls: int = 0
    changed: int = 0
    parts: Counter[str] = field(default_factory=Counter)
    moves: Counter[tuple[str, str]] = field(default_factory=Counter)  # who went first, who would
    police_free_before: int = 0
    police_free_after: int = 0

    def count(self, before: Advice, after: Advice) -> None:
        """One call more, advised by the rules in force and by the edited ones."""
        self.calls += 1
        old, new = before.as_json(), after.as_json()
        differing = [part for part in PARTS if old[part] != new[part]]
        self.changed += bool(differing)
        self.parts.update(differing)
        if before.first != after.first:
            self.moves[before.first, after.first] += 1
        self.police_free_before += before.police_free
        self.police_free_after += after.police_free


def try_rules(
    standing: Standing, in_force: AdviceRules, edited: AdviceRules, at: datetime
) -> Trial:
    """Advise on each call of the last 30 days with the answers it has and who was on when it came.

    Where the desk sent somebody, who was on is what was kept then; else it is read from sign-ons
    and hours.
    """
    since = at - MONTH
    calls = Call.objects.visible_to(standing).filter(occurred_at__gte=since, occurred_at__lte=at)
    listed = calls.order_by("-occurred_at").values_list(
        "pk", "channel", "occurred_at", "jurisdictions"
    )[:MOST_CALLS]
    answers = _answers(standing, since)
    kept = _kept(standing, since)
    shifts = _Shifts(standing, since, at)
    trial = Trial()
    grounds = program(at).jurisdictions
    for call_id, channel, occurred_at, codes in listed:
        heard = Answers(
            answers.get(call_id, {}),
            origin=origin_of(channel),
            jurisdiction=grounds.kind_of(codes),
            aided=shifts.aided(codes, occurred_at),
        )
        on = kept.get(call_id)
        before = advise(in_force, heard, on or shifts.on(in_force, occurred_at, codes, call_id))
        after = advise(edited, heard, on or shifts.on(edited, occurred_at, codes, call_id))
        trial.count(before, after)
    return trial


def _answers(standing: Standing, since: datetime) -> dict[uuid.UUID, dict[str, str]]:
    found: dict[uuid.UUID, dict[str, str]] = defaultdict(dict)
    rows = Answer.objects.visible_to(standing).filter(at__gte=since, question__in=QUESTIONS)
    for call_id, question, value in rows.order_by("at", "entered_at").values_list(
        "call_id", "question", "value"
    ):
        found[call_id][question] = value
    return {
        call_id: {question: value for question, value in given.items() if value != NOT_ASKED}
        for call_id, given in found.items()
    }


def _kept(standing: Standing, since: datetime) -> dict[uuid.UUID, frozenset[str]]:
    rows = AdviceGiven.objects.visible_to(standing).filter(at__gte=since).order_by("at")
    return {call_id: frozenset(on) for call_id, on in rows.values_list("call_id", "staffed")}


class _Shifts:
    """Who was signed on at a moment, and which team worked."""

    def __init__(self, standing: Standing, since: datetime, at: datetime) -> None:
        slips = UnitMember.objects.visible_to(standing).filter(on_at__lte=at)
        self.facts = program(at)
        self.slips = [slip for slip in slips if slip.off_at is None or slip.off_at >= since]
        sent = Response.objects.visible_to(standing).filter(assigned_at__lte=at)
        self.sent: dict[uuid.UUID, list[Response]] = defaultdict(list)
        for one in sent.exclude(ended_at__lt=since):
            self.sent[one.unit_id].append(one)

    def busy(self, unit_id: uuid.UUID, moment: datetime, call_id: uuid.UUID) -> bool:
        """Whether the unit was on another call at that moment."""
        return any(
            one.call_id != call_id
            and one.assigned_at <= moment
            and (one.ended_at is None or one.ended_at > moment)
            for one in self.sent[unit_id]
        )

    def aided(self, codes: Sequence[str], moment: datetime) -> frozenset[str]:
        """Who may go outside at that moment, as an entry of the program's file says."""
        day = timezone.localdate(moment)
        grounds = self.facts.jurisdictions
        lent = any(grounds.aid_for(one.agency, codes, day) for one in grounds.aid)
        return frozenset(SIGNS_ON) if lent else frozenset()

    def on(
        self, rules: AdviceRules, moment: datetime, codes: Sequence[str], call_id: uuid.UUID
    ) -> frozenset[str]:
        there = [
            slip
            for slip in self.slips
            if slip.on_at <= moment and (slip.off_at is None or slip.off_at > moment)
        ]
        sides: dict[uuid.UUID, set[str]] = defaultdict(set)
        for slip in there:
            sides[slip.unit_id].add(slip.side)
        signed_on = kinds_of(
            (len(sides[s.unit_id]) > 1, s.side, self.busy(s.unit_id, moment, call_id))
            for s in there
        )
        grounds = self.facts.jurisdictions
        if grounds.kind_of(codes) == OUTSIDE and not self.aided(codes, moment):
            signed_on.clear()
        if any(place.police for code in codes if (place := grounds.of(code))):
            signed_on.add("patrol")
        return staffed_now(
            rules, signed_on=signed_on, works=lambda team: self.facts.works(team, moment)
        )
