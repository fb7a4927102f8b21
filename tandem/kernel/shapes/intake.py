"""The two intake screens: a call by hand at dispatch, a contact at the crisis desk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.shapes.desk import Expected
from tandem.kernel.shapes.frame import Moment, Timer
from tandem.kernel.shapes.panes import DeskMap, Lately, Panes, crisis_panes


@dataclass
class QuestionLine:
    """One structured question and its answer as it stands."""

    code: str
    safety: bool = False
    value: str = ""  # yes | no | not_known | "" for not asked
    words: str = ""
    said_by: str = ""
    by: str = ""
    at: Moment | None = None


@dataclass
class QuestionGroup:
    """Questions that are asked together."""

    code: str  # danger | harm | person | needs | help
    questions: list[Any]


@dataclass
class StepLine:
    """Something that was done for a caller."""

    kind: str
    result: str
    by: str
    at: Moment
    words: str = ""


@dataclass
class CallerCard:
    """One caller of a call; a card never holds anything of another caller."""

    key: str
    channel: str
    party: str
    name: str
    callback: str
    line: str
    language: str
    interpreter: str
    words: str
    counselor: str
    center: str
    dropped: bool
    by: str
    at: Moment
    steps: list[Any] = field(default_factory=list)
    call_backs: int = 0
    call_backs_needed: int = 0  # 0: nobody has to call back
    relay_open: bool = False  # a relay that was not told yet who took it
    url: str = ""


@dataclass
class TransferLine:
    """A caller on the way from dispatch to the crisis desk."""

    key: str
    number: str
    told: str
    asked_by: str
    timer: Timer | None
    rings: int = 0
    taken_by: str = ""
    taken_at: Moment | None = None
    withdrawn: bool = False
    asked_at: Moment | None = None
    rang_at: Moment | None = None
    phone: str = ""  # of the desk that has not answered
    url: str = ""  # the call, at dispatch
    take_url: str = ""
    withdraw_url: str = ""


@dataclass
class AskedWorker:
    """A request of dispatch for a crisis worker, as either desk sees it."""

    key: str
    number: str
    state: str  # asked | rung | climbed | accepted | declined | countered | withdrawn
    type: str
    place: str
    priority: int
    words: str
    asked_by: str
    asked_at: Moment
    phone: str  # of the desk that is asked, or that asks
    timer: Timer | None = None  # while nobody answered
    rang_at: Moment | None = None
    climbed_at: Moment | None = None
    answered_by: str = ""
    answered_at: Moment | None = None
    worker: str = ""
    unit: str = ""
    counter: str = ""  # phone | telehealth | later | meet
    counter_at: Moment | None = None
    counter_place: str = ""
    call_ended: bool = False
    dangers: list[Any] = field(default_factory=list)  # QuestionLine; not asked ones are left out
    not_asked: int = 0  # of the questions about danger that go along
    url: str = ""  # the call, at dispatch
    withdraw_url: str = ""
    accept_url: str = ""
    decline_url: str = ""
    counter_url: str = ""


@dataclass
class WorkerLine:
    """A crisis worker who is signed on, at the crisis desk."""

    key: str
    name: str
    unit: str
    state: str  # available, or the state of the call they are on
    paired: bool
    free: bool  # the crisis desk may send them alone
    number: str = ""
    timer: Timer | None = None
    skills: list[str] = field(default_factory=list)  # codes that hold today
    alone: bool = True  # may be proposed to go alone


@dataclass
class PlaceMark:
    """How the place stands to the city's street names."""

    state: str  # known | unknown | free
    suggestions: list[Any] = field(default_factory=list)


@dataclass
class PlaceLine:
    """Where a desk said by hand that a call is, and what stood there before."""

    place: str
    was: str
    by: str
    at: Moment
    beside_source: bool  # the call's own source says otherwise, and its place is shown


@dataclass
class SeenLine:
    """What an officer saw, beside the source's own words."""

    words: str
    by: str
    at: Moment


@dataclass
class OwnCall:
    """The call of a source that an officer's unit is on, while the officer opens a contact."""

    key: str
    number: str
    place: str
    type: str
    expected: str  # `that` or `another`: what is chosen before the officer says


@dataclass
class IntakeCall:
    """A call being taken at dispatch."""

    key: str
    number: str
    place: str
    place_mark: PlaceMark
    located: bool
    ground: Any  # Ground
    type: str
    priority: int
    state: str
    received_at: Moment
    desk_url: str
    callers: list[Any]
    groups: list[Any]
    steps: list[Any]
    transfer: TransferLine | None
    linked_to: str = ""  # number of the call that leads
    linked: list[Any] = field(default_factory=list)  # numbers of calls linked into this one
    answers_url: str = ""
    caller_url: str = ""
    step_url: str = ""
    link_url: str = ""
    close_url: str = ""
    transfer_url: str = ""
    outcomes: list[Any] = field(default_factory=list)
    said_by: str = "dispatcher"  # who is offered as the one that answers
    place_url: str = ""
    streets: list[Any] = field(default_factory=list)
    places: list[Any] = field(default_factory=list)  # PlaceLine, oldest first
    seen: list[Any] = field(default_factory=list)  # SeenLine, oldest first


@dataclass
class NewIntake:
    """The empty screen of a desk, or what was typed before a refusal."""

    url: str
    channels: list[Any]
    groups: list[Any]
    streets: list[Any]
    typed: dict[str, str] = field(default_factory=dict)
    grounds: list[Any] = field(default_factory=list)  # Option: jurisdictions to be said by hand
    said_grounds: list[str] = field(default_factory=list)


@dataclass
class ContactRow:
    """One contact in the crisis desk's list."""

    key: str
    number: str
    channel: str
    holder: str
    mine: bool
    timer: Timer | None
    dropped: bool
    url: str
    closed: bool = False


@dataclass
class CrisisDesk:
    """The crisis desk: what dispatch asks, its callers, contacts, workers."""

    asked: list[Any]
    answered: list[Any]
    workers: list[Any]
    transfers: list[Any]
    contacts: list[Any]
    new_url: str
    fragments_url: str
    silent: list[Any] = field(default_factory=list)
    away: list[Any] = field(default_factory=list)  # AwayLine
    expected: Expected = field(default_factory=Expected)
    visits: list[Any] = field(default_factory=list)  # VisitLine
    presence_url: str = ""
    status_url: str = ""
    workers_json: str = "[]"  # unit, who, key, free, call: what a command may name
    panes: Panes = field(default_factory=crisis_panes)
    lately: Lately = field(default_factory=Lately)
    map: DeskMap = field(default_factory=DeskMap)

    @property
    def overdue(self) -> int:
        """Requests and callers that waited past their limit."""
        clocks = [one.timer for one in (*self.asked, *self.transfers) if one.timer]
        return sum(1 for clock in clocks if clock.limit and clock.elapsed > clock.limit)


@dataclass
class DoorLine:
    """A door of the law by which something may go to dispatch."""

    code: str
    title: str
    condition: str
    source: str
    parts: list[Any]
    states_threat: bool
    confirmed: bool


@dataclass
class DisclosureLine:
    """What went out, as the county's accounting keeps it."""

    at: Moment
    by: str
    authority: str
    call_number: str
    place: str
    safety: list[Any]
    words: str
    name: str
    threat: str


@dataclass
class ContactPersonPanel:
    """Whom a contact is about, as the county's own files know them; no other side is looked at."""

    url: str  # their file; empty: on none yet
    may_be_minor: bool
    ways: list[Any]  # WayLine
    # May a message be left at the number to call back? Unknown is no.
    leave_nothing: bool
    matches: list[Any]  # PersonRow: who else on the county's file they may be
    identify_url: str
    way_url: str
    search_url: str
    expunged: bool = False
    seen: str = ""  # the version of who it is that is shown


@dataclass
class ContactPage:
    """One contact, opened for who works on it."""

    key: str
    number: str
    channel: str
    state: str
    holder: str
    opened_at: Moment
    facts: Any  # tandem.intake.sealed.ContactFacts
    readable: bool  # false: expunged
    dropped: bool
    groups: list[Any]
    steps: list[Any]
    disclosures: list[Any]
    doors: list[Any]
    colleagues: list[Any]
    streets: list[Any]
    place_mark: PlaceMark
    call_backs: int
    call_backs_needed: int
    outcome: str
    urls: dict[str, str]
    outcomes: list[Any] = field(default_factory=list)
    advice: Any = None  # AdvicePanel
    person: ContactPersonPanel | None = None
    seen: str = ""  # the version of the facts that is shown
    kept_by: str = ""  # who kept them last, and when
    kept_at: Moment | None = None
    # What the reader typed and was not kept stays in the form; beside what stands, where newer.
    mine: dict[str, str] | None = None
    differ: list[tuple[str, str, str]] = field(default_factory=list)  # fact, held, typed
    typed: dict[str, Any] = field(default_factory=dict)  # TypedForm, of each form
