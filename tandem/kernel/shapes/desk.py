"""The dispatch desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.shapes.frame import Moment, Timer
from tandem.kernel.shapes.panes import DeskMap, Lately, Panes


@dataclass
class Reason:
    """Why a call waits, in a code and its facts."""

    # crisis_ with the state of what the crisis desk was asked
    code: str  # limit unassigned not_acknowledged to_move check_due from_feed corrected …
    seconds: int = 0
    at: Moment | None = None
    who: str = ""


@dataclass
class CallRow:
    """Call row."""

    key: str
    number: str  # 0417
    short: str  # 417, what is typed
    priority: int | None
    type: str
    place: str
    state: str  # state code of the call, or of its furthest response
    timer: Timer | None
    url: str  # ?call=KEY, opens without a script
    reason: Reason | None = None
    units: list[Any] = field(default_factory=list)  # callsigns
    hazard: str = ""
    was_type: str = ""
    fresh: bool = False
    acts_url: str = ""  # what every act of this call begins with
    unseen: list[Any] = field(default_factory=list)  # who was sent and has not acknowledged
    order: int = 0  # where it stands among calls within their limit: priority, then age


@dataclass
class MemberLine:
    """Member line."""

    short_name: str
    side: str  # police | crisis
    state: str
    at: Moment | None = None
    mark: str = ""  # early: with the person before scene stable
    you: bool = False
    with_you: bool = False


@dataclass
class ResponseLine:
    """Response line."""

    unit: str
    state: str
    timer: Timer | None
    members: list[Any] = field(default_factory=list)
    status_url: str = ""
    next_states: list[Any] = field(default_factory=list)
    model: str = ""  # how it goes: ride_along, meet_up, phone_consult and so on


@dataclass
class CallEvent:
    """Call event."""

    at: Moment
    # received taken corrected assigned note undone, worker_asked worker_rung worker_climbed
    # worker_accepted worker_declined worker_countered worker_withdrawn, or a state code
    code: str
    unit: str = ""
    member: str = ""
    words: str = ""
    by: str = ""
    known: str = ""  # radio | phone | cad | ""
    odd: bool = False  # came out of its usual order: recorded, and marked
    early: bool = False  # with the person before an officer said scene stable


@dataclass
class AdviceReason:
    """Why a word stands in an advice."""

    words: str
    authority: str


@dataclass
class ReachedLine:
    """Whose open page a word of the desk was put on, and since when they have it."""

    callsign: str
    name: str
    at: Moment | None = None  # none: not acknowledged yet
    rang: bool = False
    climbed: bool = False


@dataclass
class TellLine:
    """Somebody to be told, how, and who did it; the team alone is told by the page as well."""

    code: str  # of the advice's `tell`, or cru
    reach: str = ""  # a number, or in words
    by: str = ""
    at: Moment | None = None
    there: str = ""  # who took it, if that was said
    url: str = ""
    reached: list[Any] = field(default_factory=list)  # ReachedLine


@dataclass
class AdvicePanel:
    """Who should go, as codes of the rules; the sentences are the template's."""

    first: str  # empty: nobody who could go is on
    clinician: str
    version: str  # of the rules, its first signs
    go_with: list[str] = field(default_factory=list)
    by_phone: list[str] = field(default_factory=list)
    tell: list[Any] = field(default_factory=list)  # TellLine
    not_on: list[str] = field(default_factory=list)
    busy: list[str] = field(default_factory=list)  # of those not on: all on other calls now
    unasked: list[str] = field(default_factory=list)
    reasons: list[AdviceReason] = field(default_factory=list)
    provisional: bool = False
    not_asked: int = 0
    ask: str = ""  # the one question to ask next
    folded: bool = False  # the call's type speaks of something else, and nothing was asked
    interpreter: str = ""  # the language, while nobody interprets
    jurisdiction: str = ""  # city | outside | two | unknown
    edited: bool = False  # by rules of the rules page, not of the program's file
    answer_url: str = ""
    override_url: str = ""
    reason_url: str = ""  # where a reason may still be said
    aside: str = ""  # overridden | otherwise: what the desk did instead
    by: str = ""
    at: Moment | None = None
    reason: str = ""


@dataclass
class Patrols:
    """Who patrols ground where no agency of the program is at home."""

    who: str
    phone: str = ""


@dataclass
class Lent:
    """An agency whose officers may go there, and by which authority."""

    who: str
    authority: str


@dataclass
class Ground:
    """Whose ground a call is on."""

    codes: list[str]
    names: list[str]  # empty: nobody knows
    kind: str  # city | outside | two | unknown
    how: str = ""  # said | boundary | streets | agency | hand
    said: str = ""  # the source's own word
    differs: bool = False  # from what is shown
    by: str = ""
    at: Moment | None = None
    police: list[Any] = field(default_factory=list)
    aid: list[Any] = field(default_factory=list)
    choices: list[Any] = field(default_factory=list)  # Option
    url: str = ""


@dataclass
class CallDetail:
    """Call detail."""

    key: str
    number: str
    type: str
    place: str
    state: str
    source: str  # the feed's name
    received_at: Moment
    timer: Timer | None
    ground: Ground | None = None
    language: Any = None  # Language
    interpreter_url: str = ""
    hazards: list[Any] = field(default_factory=list)
    cautions: list[Any] = field(default_factory=list)
    lines_not_kept: int = 0
    remarks: list[Any] = field(default_factory=list)  # RemarkLine
    cad_units: list[Any] = field(default_factory=list)  # CadUnit
    differences: list[Any] = field(default_factory=list)  # Difference
    ages_drawn: bool = False  # demo: only one time is real
    responses: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    free_units: list[Any] = field(default_factory=list)  # Option(value=callsign, label, note)
    advice: AdvicePanel | None = None
    assign_url: str = ""
    note_url: str = ""
    hazard_url: str = ""
    close_url: str = ""
    asked: Any = None  # AskedWorker: the newest request to the crisis desk
    ask_url: str = ""  # none while one waits


@dataclass
class UnitLine:
    """Unit line."""

    callsign: str
    members: list[Any]
    state: str
    place: str = ""
    call_number: str = ""
    timer: Timer | None = None
    skills: list[str] = field(default_factory=list)  # codes that hold today
    known: str = ""  # how a desk knew of the sign-on that it entered: phone | radio; own: empty


@dataclass
class AwayLine:
    """A member whom a desk may not send now, and why."""

    key: str
    name: str
    unit: str
    kind: str  # pulled | sick
    at: Moment


@dataclass
class PresenceLine:
    """One member of a desk's own side, and where they stand."""

    key: str
    name: str
    state: str  # available, a state of a call, pulled, sick, off_duty
    unit: str = ""
    unit_key: str = ""
    since: Moment | None = None
    known: str = ""
    entered_by: str = ""


@dataclass
class PlannedLine:
    """One published shift: the person is on, is planned and not signed on, or is late."""

    name: str
    begins: str  # weekday and clock
    ends: str
    state: str  # on | planned | late
    known: bool  # a member of this side has that name


@dataclass
class Expected:
    """Who of a desk's own side should be there by the roster and is not, and who is without it."""

    missing: list[PlannedLine] = field(default_factory=list)
    unplanned: list[str] = field(default_factory=list)


@dataclass
class PresencePage:
    """Who is there: on, away, and everybody else whom the desk may sign on."""

    side: str  # police | county
    url: str
    desk_url: str
    on: list[PresenceLine]
    away: list[PresenceLine]
    off: list[PresenceLine]
    units: list[Any]  # Option(value=key, label=callsign)
    planned: list[PlannedLine] | None = None  # now; none: no roster is loaded
    coming: list[PlannedLine] = field(default_factory=list)
    unplanned: list[str] = field(default_factory=list)  # on, and in no shift of now


@dataclass
class UnitGroup:
    """Unit group."""

    kind: str  # ride_along | patrol | mobile_crisis
    units: list[Any]


@dataclass
class FeedState:
    """Feed state."""

    name: str
    state: str  # live | quiet | silent | unheard
    last_at: Moment | None = None
    leads: bool = False  # CAD leads: what it says of officers' units is shown


@dataclass
class CadUnit:
    """Where CAD has a unit of a call."""

    unit: str
    state: str
    at: Moment | None


@dataclass
class Difference:
    """A fact that CAD and an entry by hand tell otherwise; without `cad_at` CAD does not say so."""

    number: str
    url: str
    unit: str
    who: str
    state: str
    cad_at: Moment | None
    hand_at: Moment | None
    # Of a place: what the hand and what the CAD says, instead of a unit's state.
    hand_place: str = ""
    cad_place: str = ""


@dataclass
class Desk:
    """Desk."""

    pending: list[Any]
    active: list[Any]
    selected: str  # key or ""
    overdue: int
    detail: CallDetail | None
    units: list[Any]
    units_free: int
    units_all: int
    units_json: str  # a JSON array: unit, who, note, free, call
    feeds: list[Any]
    fragments_url: str
    differences_url: str = ""
    requests: list[Any] = field(default_factory=list)  # AskedWorker, of calls that are open
    requests_waiting: int = 0
    away: list[Any] = field(default_factory=list)  # AwayLine
    expected: Expected = field(default_factory=Expected)
    presence_url: str = ""
    transfers: list[Any] = field(default_factory=list)  # TransferLine: callers not taken yet
    panes: Panes = field(default_factory=Panes)
    lately: Lately = field(default_factory=Lately)
    map: DeskMap = field(default_factory=DeskMap)
