"""The trail, feeds, staff, rules and the first report."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tandem.kernel.shapes.frame import Moment, WhyRule


@dataclass
class AuditLine:
    """One row of the trail: keys and names of staff, never a value of a record."""

    at: Moment
    day: str  # Mon, Nov 23
    who: str
    role_word: str
    act: str  # Sent a unit
    outcome: str  # done | read | refused
    record: str  # call:0417, or a key
    reason: str = ""
    code: str = ""  # unit.assigned
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
    state: str  # live | quiet | silent | unheard
    today: int
    rejected: int
    last_at: Moment | None = None
    revoked_at: Moment | None = None
    revoke_url: str = ""
    mode_url: str = ""


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
    reset_url: str = ""
    shut_url: str = ""
    number: str = ""
    number_url: str = ""  # for those who are sent


@dataclass
class WaitingRole:
    """A role that was asked for and is none until a second administrator confirms it."""

    name: str
    agency_name: str
    role_word: str
    asked_by: str
    asked_at: str
    refuse_url: str
    confirm_url: str = ""  # for a second administrator alone
    command: str = ""  # where there is none: what the operator types


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
    waiting: list[Any] = field(default_factory=list)  # WaitingRole


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

    code: str  # encounters joint calls to_address signed unknown released
    value: str  # "204", "8:40"
    of: int | None = None
    of_code: str = ""  # calls | n | joint | ""
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
    away: list[Any] = field(default_factory=list)  # AwayCount
    away_own: bool = False  # of the reader alone, not of the whole side
    requests: list[Any] = field(default_factory=list)  # RequestCount
    due: ReviewsDue | None = None
    print_url: str = ""
    printed_by: str = ""  # empty until the print was counted


@dataclass
class JointSide:
    """What one side released of a quarter; None and empty where it is too few."""

    side: str  # police | county
    encounters: int | None
    axes: list[Any]  # AxisBars
    times: list[Any]  # TimeLine


@dataclass
class JointQuarter:
    """One quarter, both sides."""

    word: str
    sides: list[JointSide]
    print_url: str


@dataclass
class JointPage:
    """The joint report: quarters as they were released."""

    url: str
    from_day: str
    to_day: str
    quarters: list[JointQuarter]
    command: str
    read_at: Moment | None = None
    printed_by: str = ""  # empty until the print was counted


@dataclass
class ReviewsDue:
    """What the supervisors of the own side owe, and of the period what they did."""

    due: int
    oldest_days: int
    opened: int
    opened_and_done: int
    plans_due: int | None = None  # to co-sign; None on the police side
    plans_late: int | None = None


@dataclass
class RequestCount:
    """Requests for a crisis worker with one outcome; seconds until the first answer."""

    outcome: str
    n: int
    answered: int
    median: int | None
    p90: int | None


@dataclass
class AwayCount:
    """How often members were away for one reason, for how long, and who did not come back."""

    reason: str  # pulled | sick
    n: int
    minutes: int
    not_back: int


@dataclass
class RuleWords:
    """One rule of advice, as codes of its conditions and of what it advises."""

    id: str
    reason: str
    authority: str
    yes: list[str] = field(default_factory=list)  # one of these
    also: list[str] = field(default_factory=list)  # and one of these
    every: list[str] = field(default_factory=list)  # all of these
    never: list[str] = field(default_factory=list)  # none of these
    not_known: list[str] = field(default_factory=list)  # one of these asked, not known
    open: list[str] = field(default_factory=list)  # one of these neither yes nor no
    denied: list[str] = field(default_factory=list)  # a no to each of these
    elsewhere: bool = False
    otherwise: bool = False
    first: list[str] = field(default_factory=list)
    moves: list[str] = field(default_factory=list)
    tell: list[str] = field(default_factory=list)
    clinician: str = ""


@dataclass
class RuleDraft:
    """Edited rules that may be tried and put in force."""

    key: str
    version: str
    by: str
    at: str
    state: str  # draft | in_force | was | old: made for another program file
    in_force_by: str = ""
    in_force_at: str = ""
    try_url: str = ""
    force_url: str = ""


@dataclass
class RuleTrial:
    """What edited rules would have changed."""

    version: str
    calls: int
    changed: int
    parts: list[tuple[str, int]]
    moves: list[tuple[str, str, int]]
    police_free_before: int
    police_free_after: int


@dataclass
class RulesPage:
    """The rules of advice: what is in force, drafts, a trial, a copy to edit."""

    version: str
    source: str  # edited | file
    program_version: str
    rules: list[RuleWords]
    drafts: list[RuleDraft]
    text: str
    draft_url: str
    faults: list[tuple[int, str]] = field(default_factory=list)
    trial: RuleTrial | None = None


@dataclass
class SkillLine:
    """What one member may do, with its days and source."""

    key: str
    name: str
    code: str
    from_on: str
    until_on: str
    source: str
    by: str
    lapsed: bool = False
    end_url: str = ""


@dataclass
class SkillsPage:
    """Everybody's skills, those that hold first, and the form that enters one."""

    url: str
    lines: list[Any] = field(default_factory=list)  # SkillLine
    people: list[Any] = field(default_factory=list)  # Option
    codes: list[str] = field(default_factory=list)
    typed: dict[str, str] = field(
        default_factory=lambda: dict.fromkeys(
            ("staff", "code", "from_on", "until_on", "source"), ""
        )
    )
