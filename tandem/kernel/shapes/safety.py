"""An emergency as both desks and the person who pressed it see it; the wall of a room."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.shapes.frame import Moment, Timer


@dataclass
class DeskAnswer:
    """Whether one desk has it."""

    desk: str  # dispatch | crisis
    by: str = ""
    at: Moment | None = None
    climbed_at: Moment | None = None
    phone: str = ""  # whom to ring once it climbed


@dataclass
class EmergencyLine:
    """One running emergency."""

    key: str
    who: str
    unit: str
    pressed_at: Moment
    timer: Timer
    place_kind: str  # at | going | left | unknown
    place: str = ""
    place_at: Moment | None = None
    place_minutes: int | None = None
    call: str = ""
    alone: bool = False  # a crisis worker who is on no call of dispatch
    mine: DeskAnswer | None = None
    other: DeskAnswer | None = None
    seen_url: str = ""  # empty once this desk acknowledged
    end_url: str = ""
    known_url: str = ""  # beside one, until one's own tap


@dataclass
class PhoneReached:
    """How far somebody's phone was reached who has not acknowledged."""

    why: str = ""  # no_phone | failed | unseen; empty: it is still being tried
    pushed_at: Moment | None = None
    texted_at: Moment | None = None
    delivered_at: Moment | None = None


@dataclass
class OverdueLine:
    """Somebody who owes an answer, as the desk that must ask reads it."""

    key: str
    # acknowledge | check_alone | check_team | early_entry | officer_asked | unseen | unreached |
    # tell: whom the desk is to tell, `who` is then a word of the advice |
    # emergency | taken_back: somebody who has not tapped that they know of one
    kind: str
    who: str
    unit: str
    call: str
    timer: Timer
    rang_at: Moment
    climbed_at: Moment | None = None
    phone: str = ""  # whom to ring once it climbed
    seen_by: str = ""
    seen_at: Moment | None = None
    seen_url: str = ""
    ok_url: str = ""
    call_url: str = ""
    ask_phone: str = ""  # whom to ring who knows nothing of it
    reached: PhoneReached | None = None


@dataclass
class VisitLine:
    """A visit that is no call, and when its next check is due."""

    key: str
    who: str
    contact: str
    since: Moment
    timer: Timer
    alone: bool
    ok_url: str
    end_url: str


@dataclass
class AlarmBar:
    """What stands over everything at a desk."""

    lines: list[Any] = field(default_factory=list)
    sounds: list[str] = field(default_factory=list)  # emergency, check: not acknowledged here
    overdue: list[Any] = field(default_factory=list)


@dataclass
class ChangeLine:
    """One change since somebody was sent."""

    kind: str  # hazard | answer | place
    new: str
    old: str = ""
    code: str = ""  # the question
    by: str = ""
    at: Moment | None = None


@dataclass
class ChangeSheet:
    """What interrupts: the changes of one call that wait for this person's tap."""

    number: str
    place: str
    changes: list[Any]
    seen_url: str
    through: str  # ISO, the newest change shown
    officer_first: bool = False


@dataclass
class TakenBack:
    """A sending that was taken back after the person's phone told of it."""

    key: str
    number: str
    at: Moment
    known_url: str


@dataclass
class Sos:
    """What interrupts: the own emergency, those beside, what changed, and what was taken back."""

    mine: EmergencyLine | None = None
    beside: list[Any] = field(default_factory=list)
    changed: list[Any] = field(default_factory=list)
    taken_back: list[Any] = field(default_factory=list)


@dataclass
class WallLine:
    """One open call as a room may see it."""

    key: str
    number: str
    timer: Timer | None
    units: list[str]
    state: str

    @property
    def is_overdue(self) -> bool:
        """Past its limit."""
        return bool(self.timer and self.timer.limit and self.timer.elapsed >= self.timer.limit)


@dataclass
class Wall:
    """What is past its limit, and the rest."""

    overdue: list[Any] = field(default_factory=list)
    rest: list[Any] = field(default_factory=list)


@dataclass
class PastEmergency:
    """One emergency that is over: who, when, how soon each desk had it, how it ended."""

    who: str
    unit: str
    call: str
    pressed_at: str
    place_kind: str
    place: str
    dispatch_by: str
    dispatch_seconds: int | None
    crisis_by: str
    crisis_seconds: int | None
    climbed: bool
    ended_by: str
    spoke_with: str
    minutes: int


@dataclass
class PastEmergencies:
    """The newest first."""

    rows: list[Any] = field(default_factory=list)  # PastEmergency
