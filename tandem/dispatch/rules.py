"""Who leads, CAD or the hand, and when the crisis worker waits for a word. Plain values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tandem.dispatch.states import ENDED, MemberState

# What a dispatch system holds of a unit. Staged there, with the person: only people tell that.
HELD_BY_CAD = frozenset(
    {
        MemberState.ASSIGNED,
        MemberState.ACKNOWLEDGED,
        MemberState.EN_ROUTE,
        MemberState.AT_ADDRESS,
        *ENDED,
    }
)
# Two tellings of one fact lie within this; further apart they are two facts.
SAME_FACT = timedelta(minutes=5)
# A radio call and a keystroke are seconds apart; from here on the times differ.
AGREES = timedelta(seconds=60)
HEARD, SILENT = "heard", "silent"


@dataclass(frozen=True)
class Fact:
    """One status of one unit as one source tells it; `beside` is how CAD was when it was keyed."""

    state: MemberState
    at: datetime
    by_cad: bool
    beside: str = ""  # heard | silent, of hand entries where CAD leads


@dataclass(frozen=True)
class Told:
    """One fact once, with the time of each who told it; CAD's is shown."""

    state: MemberState
    cad_at: datetime | None
    hand_at: datetime | None

    @property
    def at(self) -> datetime:
        """The time that is shown."""
        at = self.cad_at or self.hand_at
        if at is None:
            raise ValueError("a fact that nobody told")
        return at

    @property
    def differs(self) -> str:
        """`time`, `only_by_hand` for what CAD should hold and does not, or nothing."""
        if self.cad_at and self.hand_at:
            return "time" if abs(self.cad_at - self.hand_at) > AGREES else ""
        return "only_by_hand" if self.cad_at is None and self.state in HELD_BY_CAD else ""


def merged(facts: Iterable[Fact]) -> list[Told]:
    """Every fact once, by time: a hand entry joins CAD's nearest fact of the same status."""
    every = sorted(set(facts), key=lambda fact: (fact.at, not fact.by_cad))
    hand = [fact for fact in every if not fact.by_cad]
    told = []
    for cad in (fact for fact in every if fact.by_cad):
        near = [one for one in hand if one.state == cad.state and abs(one.at - cad.at) <= SAME_FACT]
        match = min(near, key=lambda one: abs(one.at - cad.at), default=None)
        if match is not None:
            hand.remove(match)
        told.append(Told(cad.state, cad.at, match.at if match else None))
    told += [Told(fact.state, None, fact.at) for fact in hand]
    return sorted(told, key=lambda one: one.at)


def differences(facts: Iterable[Fact], *, spoken_at: datetime | None) -> list[Told]:
    """What CAD and the hand tell otherwise, of the time that CAD has spoken of."""
    return [
        one
        for one in merged(facts)
        if one.differs and spoken_at is not None and one.at <= spoken_at + AGREES
    ]


def shown(facts: Sequence[Fact], *, spoken_at: datetime | None) -> Fact | None:
    """The fact that a board shows now.

    CAD's newest; a later hand entry where CAD holds no such status, or was silent and has not
    spoken of that time since. Without a word of CAD the newest entry of all.
    """
    if not any(fact.by_cad for fact in facts):
        return max(facts, key=lambda fact: fact.at, default=None)
    counts = [
        fact
        for fact in facts
        if fact.by_cad
        or fact.state not in HELD_BY_CAD
        or (fact.beside == SILENT and (spoken_at is None or fact.at > spoken_at))
    ]
    return max(counts, key=lambda fact: (fact.at, fact.by_cad))


# Answered "yes", these keep the crisis worker out of sight until an officer's word.
STAGING = frozenset({"weapon_in_hand", "shots_or_hostage", "violence_now", "just_ended_assault"})


@dataclass(frozen=True)
class Gate:
    """What asks for an officer's word before the crisis worker goes in, and the last word given.

    Each is the newest time that counts, or None.
    """

    stable_at: datetime | None = None
    staged_at: datetime | None = None  # she waits out of sight
    danger_at: datetime | None = None  # what may endanger them changed
    vetoed_at: datetime | None = None  # an officer said that she does not go in

    @property
    def waits(self) -> bool:
        """Whether going to the person now comes before the word.

        Who is staged waits for the first word; a danger or an officer's veto asks for a new one.
        """
        asked = [at for at in (self.danger_at, self.vetoed_at) if at is not None]
        if self.stable_at is None:
            return bool(asked) or self.staged_at is not None
        return any(at > self.stable_at for at in asked)
