"""What every page has: its frame, times, sentences, sign-in and duty."""

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
    alarm_url: str = ""  # at the desks: where running emergencies are asked for
    sos_url: str = ""  # on every responder's page: where one's own is asked for
    alarm_key: str = ""  # how the key of news about emergencies begins


@dataclass
class Option:
    """Option."""

    value: str
    label: str
    note: str = ""


@dataclass
class StepAct:
    """Step act."""

    code: str  # a member's state, or scene_stable, veto, split
    url: str


@dataclass
class Language:
    """The language on a call, and where its interpreter stands."""

    language: str
    state: str  # needed | line_rung | arrived | not_available | not_needed
    how: str  # line | vri | in_person | staff | family | child
    identity: str
    life_threat: bool
    by: str
    at: Moment
    reach: str = ""  # the language line
    url: str = ""


@dataclass
class DeskNote:
    """A desk's note on a call, for all who were sent."""

    words: str
    by: str
    at: Moment


@dataclass
class RemarkLine:
    """A remark of the source after the cut; `police_only` says who else may not read it."""

    at: Moment | None
    by: str
    text: str
    police_only: bool = False


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
    checked: str = ""  # who last said whether it holds, in words
    check_url: str = ""


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
class Phone:
    """Where somebody is told of assignments while the page is closed."""

    key: str  # what a browser subscribes with; empty: this installation cannot push now
    told: bool
    subscribe_url: str
    end_url: str
    number_url: str
    number: str = ""
    stopped: bool = False  # the number answered STOP
    texts: bool = False  # whether there is a gateway for text messages


@dataclass
class OnDuty:
    """On duty."""

    unit: str
    agency_name: str
    since: Moment
    ride_along: bool
    partner: Partner | None = None
    open_notes: int = 0
