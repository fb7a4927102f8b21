"""The shapes that pages are drawn from: what a view fills in and a template may ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Moment:
    """One time of day, in the program's zone."""

    iso: str  # 2026-11-23T02:14:35-06:00
    hm: str  # 02:14
    hms: str  # 02:14:35


@dataclass
class Timer:
    """Timer."""

    since: str  # ISO with offset
    elapsed: int  # whole seconds at rendering
    limit: int | None = None  # seconds; from 75 % "due", past it "overdue"
    stopped: bool = False


@dataclass
class Sentence:
    """A refusal or an error: what happened, what is safe, what to do."""

    what: str
    safe: str = ""
    do: str = ""
    url: str = ""  # a way on, with its word
    url_word: str = ""


@dataclass
class Done:
    """What was just done: "2B18 en route to 0405, by radio, 02:14:30"."""

    words: str
    undo_url: str = ""
    undo_seconds: int = 10


@dataclass
class NavItem:
    """Nav item."""

    code: str  # my_calls duty desk report audit feeds staff why
    url: str
    current: bool = False


@dataclass
class Chrome:
    """The frame of every page, as `chrome`."""

    lang: str  # en | es
    theme: str  # auto | light | dark | contrast
    ribbon: str  # demonstration | evaluation | ""
    now: Moment
    today: str  # Mon, Nov 23
    act_id: str
    here: str  # this page's path, for preferences
    home_url: str
    preferences_url: str
    version: str
    staff_name: str = ""
    role_word: str = ""
    agency_name: str = ""
    nav: list[Any] = field(default_factory=list)
    sign_out_url: str = ""
    sign_in_url: str = ""
    switch_url: str = ""  # to choose_agency, when there is more than one
    stream_url: str = ""  # /stream ; empty on pages that do not listen
    cursor: str = ""
    single_keys: bool = True
    gloves: bool = False
    density: str = ""  # "" | dense | roomy


@dataclass
class Option:
    """Option."""

    value: str
    label: str
    note: str = ""


@dataclass
class StepAct:
    """Step act."""

    code: str  # acknowledged en_route at_address scene_stable on_scene staged remote_support cleared veto split
    url: str


@dataclass
class Hazard:
    """Hazard."""

    words: str
    by: str
    at: Moment
    age_minutes: int | None = None


@dataclass
class Caution:
    """Caution."""

    words: str
    age_days: int
    source: str
    until: str


@dataclass
class WhyRule:
    """Names the rule, never the record; the same for every reader of one role."""

    what: str
    because: str
    ask: str
    authority: str


@dataclass
class MembershipChoice:
    """Membership choice."""

    key: str
    agency_name: str
    role_word: str


@dataclass
class Partner:
    """Partner."""

    name: str
    side_word: str  # "C4, county"
    unit: str
    unit_key: str
    since: Moment


@dataclass
class OnDuty:
    """On duty."""

    unit: str
    agency_name: str
    since: Moment
    ride_along: bool
    partner: Partner | None = None
    open_notes: int = 0


@dataclass
class Reason:
    """Why a call waits, in a code and its facts."""

    code: str  # limit told unassigned not_acknowledged rung_again to_move check_due from_feed declined corrected early
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
    assign_url: str = ""
    status_url: str = ""
    note_url: str = ""


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


@dataclass
class CallEvent:
    """Call event."""

    at: Moment
    code: str  # received corrected assigned note undone, or a state code
    unit: str = ""
    member: str = ""
    words: str = ""
    by: str = ""
    known: str = ""  # radio | ""


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
    hazards: list[Any] = field(default_factory=list)
    cautions: list[Any] = field(default_factory=list)
    remarks_not_kept: int = 0
    ages_drawn: bool = False  # demo: only one time is real
    responses: list[Any] = field(default_factory=list)
    events: list[Any] = field(default_factory=list)
    free_units: list[Any] = field(default_factory=list)  # Option(value=callsign, label, note)
    assign_url: str = ""
    note_url: str = ""


@dataclass
class UnitLine:
    """Unit line."""

    callsign: str
    members: list[Any]
    state: str
    place: str = ""
    call_number: str = ""
    timer: Timer | None = None


@dataclass
class UnitGroup:
    """Unit group."""

    kind: str  # ride_along | patrol | mobile_crisis
    units: list[Any]


@dataclass
class FeedState:
    """Feed state."""

    name: str
    state: str  # live | quiet | silent
    last_at: Moment | None = None


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
    today: Today | None = None


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


@dataclass
class Person:
    """Person."""

    name: str = ""
    age: int | None = None
    age_known: str = ""  # known | said | estimated
    juvenile: bool = False
    url: str = ""


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


@dataclass
class PatrolTap:
    """Patrol tap."""

    url: str
    choices: list[Any]  # arrest cite emergency_department detention leave cannot_say
    value: str = ""
    by: str = ""
    at: Moment | None = None
    after: bool = False


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
    axes_open: int = 0
    paired: bool = False
    priority: int | None = None
    other_side_took_part: bool = False
    officer_first: bool = False
    hazards: list[Any] = field(default_factory=list)
    cautions: list[Any] = field(default_factory=list)
    person: Person | None = None
    groups: list[Any] = field(default_factory=list)
    tap: PatrolTap | None = None
    why: WhyRule | None = None
    next_steps: list[Any] = field(default_factory=list)  # at most two, first is the primary
    more_steps: list[Any] = field(default_factory=list)  # veto, split


@dataclass
class AuditLine:
    """One row of the trail: keys and names of staff, never a value of a record."""

    at: Moment
    day: str  # Mon, Nov 23
    who: str
    role_word: str
    act: str  # assign_unit
    outcome: str  # done | read | refused
    record: str  # call:0417, or a key
    reason: str = ""
    on_behalf: str = ""
    row: int | None = None
    sealed: bool = False


@dataclass
class SealFault:
    """Seal fault."""

    row: str
    kind: str  # changed missing inserted unsealed cut_tail


@dataclass
class Seal:
    """Seal."""

    ok: bool
    sealed: int
    waiting: int
    last_at: Moment | None = None
    faults: list[Any] = field(default_factory=list)


@dataclass
class Audit:
    """Audit."""

    side: str  # police | county
    url: str
    from_day: str
    to_day: str
    acts: list[Any]  # Option, first is ("", "All")
    lines: list[Any]
    total: int
    seal: Seal
    act: str = ""
    outcome: str = ""
    newer_url: str = ""
    older_url: str = ""
    why: WhyRule | None = None


@dataclass
class FeedLine:
    """Feed line."""

    source: str
    agency_name: str
    mode: str  # tandem_leads | cad_leads
    state: str  # live | quiet | silent
    today: int
    rejected: int
    last_at: Moment | None = None
    revoked_at: Moment | None = None
    revoke_url: str = ""


@dataclass
class Feeds:
    """Feeds."""

    lines: list[Any]
    agencies: list[Any]  # Option
    create_url: str = ""
    token: str = ""  # only in the answer that made it
    token_for: str = ""


@dataclass
class MembershipLine:
    """Membership line."""

    agency_name: str
    role_word: str
    until_at: str = ""
    remove_url: str = ""


@dataclass
class StaffLine:
    """Staff line."""

    name: str
    login: str
    memberships: list[Any]
    enabled: bool = True
    enrolled: bool = True
    unit: str = ""
    reset_url: str = ""
    shut_url: str = ""


@dataclass
class StaffPage:
    """Staff page."""

    lines: list[Any]
    people: list[Any]  # Option
    agencies: list[Any]
    roles: list[Any]
    create_url: str = ""
    add_role_url: str = ""
    first_password: str = ""  # only in the answer that made it
    first_password_for: str = ""


@dataclass
class RuleLine:
    """One data class as the reader's role meets it; from the policy, never from a record."""

    what: str
    because: str
    ask: str
    authority: str
    shown: bool


@dataclass
class Figure:
    """Figure."""

    code: str  # encounters joint calls to_address signed unknown
    value: str  # "204", "8:40"
    of: int | None = None
    of_code: str = ""  # calls | n | ""
    p90: str = ""


@dataclass
class TimeLine:
    """Time line."""

    start: str  # state code, or "call"
    end: str
    n: int
    median: str
    p90: str
    unknown_percent: int


@dataclass
class AxisBar:
    """Axis bar."""

    value: str  # code; "unknown" is a value
    n: int | None  # None: hidden
    percent: int | None


@dataclass
class AxisBars:
    """Axis bars."""

    axis: str
    owner: str
    values: list[Any]


@dataclass
class FirstReport:
    """First report."""

    side: str  # police | county | joint
    url: str
    from_day: str
    to_day: str
    from_word: str  # Jul 1
    to_word: str  # Sep 30, 2026
    computed_at: Moment
    encounters: int
    figures: list[Any]
    axes: list[Any]
    command: str  # tandem report first --side police --from … --to …
    times: list[Any] = field(default_factory=list)
    hides_small: bool = False
    why: WhyRule | None = None
