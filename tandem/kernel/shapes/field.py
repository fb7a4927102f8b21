"""A responder's calls and one encounter."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.shapes.frame import Moment, Timer, WhyRule


@dataclass
class MyCall:
    """My call."""

    key: str
    number: str
    state: str  # of the reader's own member
    place_in_list: str  # card (runs) | row (cleared, note open)
    place: str = ""
    priority: int | None = None
    timer: Timer | None = None
    hazards: list[Any] = field(default_factory=list)
    cautions: list[Any] = field(default_factory=list)
    officer_first: bool = False
    team: list[Any] = field(default_factory=list)  # MemberLine
    acknowledge_url: str = ""
    check_url: str = ""  # on scene: "I am OK", and the timer counts to the next check
    decline_url: str = ""
    encounter_url: str = ""
    cleared_at: Moment | None = None
    note_state: str = "draft"  # draft | signed | amended
    axes_open: int = 0


@dataclass
class Today:
    """Today."""

    side_word: str
    encounters: int
    unknown: int = 0
    report_url: str = ""


@dataclass
class Mine:
    """Mine."""

    unit: str  # callsign, "" off duty
    calls: list[Any]
    fragment_url: str
    duty_url: str
    ring_url: str = ""  # tel:
    on_view_url: str = ""  # officers alone
    silent: list[Any] = field(default_factory=list)  # FeedState of feeds that fell silent
    today: Today | None = None
    custody: list[Any] = field(default_factory=list)  # CustodyLink: files one was named relief of
    alerts: list[Any] = field(default_factory=list)  # AlertCard: told before one is sent
    visits: list[Any] = field(default_factory=list)  # VisitLine: the own running one
    visit_url: str = ""  # begins one; crisis workers alone
    contacts: list[Any] = field(default_factory=list)  # Option: what a visit may be about


@dataclass
class AlertCard:
    """A call one is told of before being sent, until one says *I have it*."""

    number: str
    type: str
    place: str
    by: str
    at: Moment
    seen_url: str


@dataclass
class CustodyLink:
    """A custody file that one was named the relief of."""

    number: str
    place: str
    url: str
    by: str


@dataclass
class SpineStep:
    """Spine step."""

    code: str  # call, then state codes
    when: str  # done | now | next
    at: Moment | None = None
    note: str = ""


@dataclass
class NoteVersion:
    """Note version."""

    kind: str  # signed | amendment
    text: str
    by: str
    at: Moment
    reason: str = ""
    facts: Any = None  # PoliceFacts as it was signed


@dataclass
class SignedNote:
    """What a colleague of the own side signed on this encounter."""

    by: str
    versions: list[Any]  # NoteVersion


@dataclass
class TwoVersions:
    """Two pages saved different words of one note: both are shown, the writer chooses."""

    held: str
    apart: str
    held_at: Moment | None
    apart_at: Moment | None
    url: str
    held_facts: Any = None
    apart_facts: Any = None


@dataclass
class Note:
    """The reader's own side's note; the other side's is in no context."""

    state: str  # draft | signed | amended
    text: str = ""
    sequence: int = 0
    saved_at: Moment | None = None
    save_url: str = ""  # empty once signed
    sign_url: str = ""
    amend_url: str = ""  # set once signed
    signed_by: str = ""
    signed_at: Moment | None = None
    versions: list[Any] = field(default_factory=list)
    writer: str = ""  # of this opening of the page
    base_writer: str = ""  # who saved what this page shows
    two: TwoVersions | None = None
    facts: Any = None  # PoliceFacts of the draft; None in the crisis lane
    missing: list[str] = field(default_factory=list)  # words; nothing is written for the officer
    offers: list[Any] = field(default_factory=list)  # ActOffer: words already given by somebody
    seen_codes: list[str] = field(default_factory=list)
    in_custody: bool = False
    force_stated: bool = False


@dataclass
class ActOffer:
    """Words that somebody reported already, to be taken over with one tap and their source."""

    words: str
    who: str
    at: Moment


@dataclass
class ToldAnswer:
    """What a caller answered to a safety question: shown beside, never the officer's own word."""

    question: str
    value: str  # yes | no | not_known
    said_by: str
    at: Moment
    words: str = ""


@dataclass
class Unkept:
    """What the reader typed and could not be kept: it stays on the page, in its own form."""

    typed: dict[str, str]
    against: bool = False  # somebody saved something else meanwhile: both are shown


@dataclass
class TypedElsewhere:
    """What another open page of the reader holds of the same form."""

    words: list[str]
    at: Moment
    writer: str
    sequence: int  # newer than what that page saved so far


@dataclass
class TypedForm:
    """A form whose words are kept while they are typed, with those that were not sent yet."""

    form: str
    save_url: str
    drop_url: str
    writer: str  # of this opening of the page
    base_writer: str = ""  # whose words it shows
    base: int = 0
    at: Moment | None = None
    words: dict[str, str] = field(default_factory=dict)
    others: list[Any] = field(default_factory=list)  # TypedElsewhere


@dataclass
class Person:
    """Person."""

    name: str = ""
    age: int | None = None
    age_known: str = ""  # known | said | estimated
    juvenile: bool = False
    url: str = ""
    file_url: str = ""  # the person's file on this side, if there is one
    find_url: str = ""  # look for them among the persons on file
    seen: str = ""  # the version that this page shows
    mine: Unkept | None = None
    by: str = ""  # who described them last, and when
    at: Moment | None = None


@dataclass
class AxisCell:
    """Axis cell."""

    axis: str
    owner: str  # shared | police | crisis
    values: list[Any]  # codes chosen, usually one
    choices: list[Any]  # codes
    url: str
    by: str = ""
    at: Moment | None = None
    earlier: str = ""  # a value that was corrected
    open: bool = False
    many: bool = False  # each tap adds or takes away one value
    own: list[Any] = field(default_factory=list)  # the reader's own values
    said: list[Any] = field(default_factory=list)  # (value, who), where two stated different ones
    seen: str = ""
    mine: Unkept | None = None


@dataclass
class PatrolTap:
    """Patrol tap."""

    url: str
    choices: list[Any]  # arrest cite emergency_department detention leave cannot_say
    value: str = ""
    by: str = ""
    at: Moment | None = None
    after: bool = False
    offense: str = ""
    seen: str = ""
    mine: Unkept | None = None


@dataclass
class ChoiceGroup:
    """A set of taps in the lane ("What you saw"); leave the list empty when the lane has none."""

    name: str
    legend: str
    options: list[Any]
    chosen: list[Any]
    url: str
    many: bool = True


@dataclass
class CollateralLine:
    """What somebody told in confidence: on the crisis side alone."""

    words: str
    source: str
    relation: str
    passed_on: bool
    by: str
    at: Moment


@dataclass
class SituationText:
    """One line of what the law, or medicine before it, says."""

    kind: str  # medical | law | caution | duty | number
    title: str
    statute: str
    text: str
    reach: str  # a number, from the program file
    confirmed: bool  # by counsel, or by the printed law


@dataclass
class Situation:
    """What may be found at a scene; `because` is empty where nothing known speaks for it."""

    code: str
    because: list[str]  # codes of questions answered yes, or "age"
    lines: list[Any]  # SituationText


@dataclass
class CollateralPart:
    """The place for what is told in confidence; None on the police side."""

    url: str
    lines: list[Any]  # CollateralLine
    kept: Any = None  # what was typed when a refusal came: words, source, relation, safety


@dataclass
class RefusalPart:
    """Whose follow-up the person refuses, as the own side recorded it or was told."""

    url: str
    scope: str = ""
    by: str = ""
    at: Moment | None = None
    told_to_police: str = ""  # a scope that an officer recorded, shown to crisis
    told_by: str = ""
    seen: str = ""
    mine: Unkept | None = None


@dataclass
class CustodyLine:
    """One fact of a custody."""

    kind: str
    at: str  # as it was told: day and time
    facts: list[Any]  # (code, words)
    by: str
    noted: Moment
    taken_back: bool
    take_back_url: str = ""


@dataclass
class CustodyForm:
    """The form of one kind of fact."""

    kind: str
    fields: list[str]


@dataclass
class CustodyFile:
    """The custody file of one encounter, for its writer and the named relief."""

    number: str
    place: str
    back_url: str
    note_url: str
    relief_url: str
    now: str  # for the form: day and minute
    lines: list[Any]  # CustodyLine
    forms: list[Any]  # CustodyForm
    officers: list[Any]  # Option
    reliefs: list[str]
    how: list[str]
    restraint: list[str]
    typed: dict[str, Any] = field(default_factory=dict)  # TypedForm by form


@dataclass
class OpenLine:
    """One thing that is still open in the own side's record."""

    code: str
    holds: bool  # the record stays open for it
    of: list[str]  # names, triggers, axes or a number, as the code says


@dataclass
class ClosingLine:
    """A closing of the own side's record, and what opened it again."""

    by: str
    day: str
    at: Moment
    responsible: str = ""
    reopened_by: str = ""
    reopened_at: Moment | None = None
    why: str = ""


@dataclass
class ClosingPage:
    """What is still open in the own side's record of an encounter, and its closing."""

    side: str  # police | crisis
    number: str
    place: str
    back_url: str
    url: str  # empty while it is closed
    open: list[Any]  # OpenLine, what keeps it open first
    lines: list[Any]  # ClosingLine, oldest first
    high_risk: bool = False
    staff: list[Any] = field(default_factory=list)  # Option: who may stay responsible
    may_close: bool = False


@dataclass
class GateLine:
    """Whether the crisis worker waits for an officer's word, and who was called away."""

    state: str  # waits | scene_stable | veto, or nothing asks for a word
    by: str = ""
    at: Moment | None = None
    officer_there: bool = True
    left: str = ""  # the member who was called away last
    left_at: Moment | None = None
    staying: list[str] = field(default_factory=list)
    told: bool = False  # the person was told who stays


@dataclass
class Encounter:
    """Encounter."""

    side: str  # police | crisis
    number: str
    place: str
    back_url: str
    spine_url: str
    timer: Timer | None
    steps: list[Any]
    team: list[Any]  # MemberLine
    note: Note
    axes: list[Any]
    url: str = ""
    closing_url: str = ""
    closed: ClosingLine | None = None  # while the own side's record is closed
    axes_open: int = 0
    paired: bool = False
    priority: int | None = None
    other_side_took_part: bool = False
    officer_first: bool = False
    hazards: list[Any] = field(default_factory=list)
    cautions: list[Any] = field(default_factory=list)
    hazard_url: str = ""
    remarks: list[Any] = field(default_factory=list)  # RemarkLine
    lines_not_kept: int = 0
    person: Person | None = None
    groups: list[Any] = field(default_factory=list)
    forms: list[Any] = field(default_factory=list)  # FormRow
    tap: PatrolTap | None = None
    why: WhyRule | None = None
    custody_url: str = ""  # officers alone
    review: list[Any] = field(default_factory=list)  # ReviewLine: keeps the record open
    collateral: CollateralPart | None = None
    refusal: RefusalPart | None = None
    language: Any = None  # Language: where the interpreter stands
    notes: list[Any] = field(default_factory=list)  # DeskNote
    told: list[Any] = field(default_factory=list)  # ToldAnswer: what callers said to dispatch
    situations: list[Any] = field(default_factory=list)  # Situation
    signed_by_others: list[Any] = field(default_factory=list)  # SignedNote
    typed: dict[str, Any] = field(default_factory=dict)  # TypedForm by form
    next_steps: list[Any] = field(default_factory=list)  # at most two, first is the primary
    more_steps: list[Any] = field(default_factory=list)  # split, the person told who stays
    scene_steps: list[Any] = field(default_factory=list)  # scene stable, veto, more help
    asked: Any = None  # AskedWorker: what the crisis desk says, where an officer may ask
    gate: Any = None  # GateLine, where a crisis worker goes along
