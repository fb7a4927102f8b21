"""Invented contexts of the two intake screens: empty, full, refused."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

from tandem.calls.questions import GROUPS, QUESTIONS

from .contexts import chrome, moment, s, timer
from .contexts_call import GROUND, GROUNDS
from .contexts_panes import looking_back, placed, put_away
from .contexts_requests import asked, over, waiting, workers

STREETS = ["3rd St", "4th St", "Main St", "Riverside Park"]


def _groups(**answers: Any) -> list[Any]:
    return [
        s.QuestionGroup(
            group,
            [
                answers.get(q.code) or s.QuestionLine(q.code, q.safety)
                for q in QUESTIONS
                if q.group == group
            ],
        )
        for group in GROUPS
    ]


def _answer(code: str, value: str, **more: Any) -> Any:
    return s.QuestionLine(
        code=code,
        safety=True,
        value=value,
        said_by="third_party",
        by="T. Brandvold",
        at=moment("02:10:05"),
        **more,
    )


def _caller(**changes: Any) -> Any:
    facts: dict[str, Any] = {
        "key": "c1",
        "channel": "911",
        "party": "third_party",
        "name": "Corin Vale",
        "callback": "608-555-0142",
        "line": "voice",
        "language": "Hmoob",
        "interpreter": "",
        "words": "Corin hears a neighbor shouting",
        "counselor": "",
        "center": "",
        "dropped": True,
        "by": "T. Brandvold",
        "at": moment("02:10:00"),
        "steps": [s.StepLine("call_back", "no_answer", "T. Brandvold", moment("02:12:00"))],
        "call_backs": 1,
        "call_backs_needed": 2,
        "url": "/caller",
    }
    return s.CallerCard(**{**facts, **changes})


def _transfer(**changes: Any) -> Any:
    facts: dict[str, Any] = {
        "key": "t1",
        "number": "0417",
        "told": "Corin wants to talk",
        "asked_by": "T. Brandvold",
        "timer": timer(200, 180),
        "rings": 1,
        "withdraw_url": "/withdraw",
        "take_url": "/take",
    }
    return s.TransferLine(**{**facts, **changes})


def _call(**changes: Any) -> Any:
    facts: dict[str, Any] = {
        "key": "k",
        "number": "0417",
        "place": "Riverside Park",
        "place_mark": s.PlaceMark("unknown", ["Riverside Dr"]),
        "located": True,
        "ground": GROUND,
        "type": "welfare check",
        "priority": 2,
        "state": "open",
        "received_at": moment("02:10:00"),
        "desk_url": "/desk",
        "callers": [_caller(), _caller(key="c2", channel="988", relay_open=True, counselor="Ash")],
        "groups": _groups(
            weapon_in_hand=_answer("weapon_in_hand", "yes", words="Corin saw a knife"),
            violence_now=_answer("violence_now", "not_known"),
        ),
        "steps": [s.StepLine("locate", "asked_carrier", "T. Brandvold", moment("02:11:00"))],
        "transfer": _transfer(),
        "linked": ["0418"],
        "answers_url": "/answers",
        "caller_url": "/callers",
        "step_url": "/steps",
        "link_url": "/link",
        "close_url": "/close",
        "transfer_url": "/transfer",
        "outcomes": ["abandoned", "handled_by_phone"],
    }
    return s.IntakeCall(**{**facts, **changes})


def dispatch_intake() -> dict[str, dict[str, Any]]:
    """A new call, a call being taken, one caller to ring back."""
    frame = {"chrome": chrome("dispatcher"), "sentence": None, "done": None}
    empty = s.NewIntake(
        "/intake", ["911", "988", "officer", "patrol"], _groups(), STREETS, grounds=GROUNDS
    )
    missed = s.Sentence(what="A priority is 1, 2, 3 or 4.", safe="", do="")
    typed = s.NewIntake(
        "/intake", ["911", "988"], _groups(), STREETS, {"place": "Riverside Park", "name": "Corin"}
    )
    taken = _transfer(timer=None, taken_by="Mira Lindqvist", taken_at=moment("02:13:00"))
    bare = _call(
        callers=[],
        groups=_groups(),
        steps=[],
        transfer=None,
        linked=[],
        place="",
        located=False,
        place_mark=s.PlaceMark("free"),
        type="",
    )
    closed = _call(transfer=taken, state="closed", linked_to="0416", linked=[])
    viewing = {**frame, "chrome": chrome("officer"), "intake": empty, "refusal": None}
    own = s.OwnCall("call-1", "0417", "Cass St 200 block", "WELFARE CHECK", "that")
    return {
        "intake_new": {**frame, "intake": empty, "refusal": None},
        "on_view": {**viewing, "own": None, "which": ""},
        "on_view--own": {**viewing, "own": own, "which": "that"},
        "intake_new--refused": {**frame, "intake": typed, "refusal": missed},
        "intake_call": {**frame, "intake": _call()},
        "intake_call--bare": {**frame, "intake": bare},
        "intake_call--taken": {**frame, "intake": closed},
        "intake_caller": {
            **frame,
            "caller": _caller(),
            "back_url": "/back",
            "step_url": "/steps",
        },
    }


@dataclass
class Facts:
    """What is known in an invented contact."""

    caller: str = "Corin Vale"
    party: str = "first_party"
    callback: str = "608-555-0142"
    line: str = "voice"
    language: str = ""
    interpreter: str = ""
    from_whom: str = ""
    person: str = "Corin Vale"
    age: int | None = 41
    age_how: str = "said"
    place: str = "Riverside Park"
    lat: float | None = None
    lon: float | None = None
    words: str = "Corin cannot sleep"


ADVICE = s.AdvicePanel(
    first="cru_pair",
    clinician="together",
    version="0a1b2c3d",
    tell=[s.TellLine("cps", "(608) 555-0152", url="/step")],
    reasons=[s.AdviceReason("A child alone.", "policy: safety gate, row 8")],
    jurisdiction="city",
    not_asked=2,
    provisional=True,
    ask="violence_now",
    reason_url="/reason",
    aside="overridden",
    by="Mira Lindqvist",
    at=moment("02:11:00"),
)


ABOUT = s.ContactPersonPanel(
    url="/person",
    may_be_minor=False,
    ways=[
        s.WayLine(
            key="w",
            way="phone",
            where="608-555-0142",
            allows=["call"],
            forbids=["text"],
            speak_only=True,
            in_whose_hands="Corin Vale",
            safe_hours="after 18:00",
            words="say that it is Mira",
            must_not_know="his brother",
            by="Mira Lindqvist",
            at="2026-06-11",
        )
    ],
    leave_nothing=True,
    matches=[s.PersonRow("k", "Corinne Vale", "born 1985", "/person", "possible", "", ["Cory"])],
    identify_url="/identify",
    way_url="/way",
    search_url="/persons",
)
NOBODY = s.ContactPersonPanel("", True, [], True, [], "/identify", "/way", "/persons")


def _contact(**changes: Any) -> Any:
    disclosed = s.DisclosureLine(
        at=moment("02:12:00"),
        by="Mira Lindqvist",
        authority="Serious and imminent threat",
        call_number="0417",
        place="Riverside Park",
        safety=[s.QuestionLine("weapon_accessible", True, "not_known")],
        words="Corin has a dog",
        name="",
        threat="Corin said tonight",
    )
    door = s.DoorLine(
        "imminent_threat",
        "Serious and imminent threat",
        "Good-faith belief",
        "Wis. Stat. 146.816(2)(b)4",
        ["place", "safety", "name"],
        states_threat=True,
        confirmed=False,
    )
    facts: dict[str, Any] = {
        "key": "k",
        "number": "0007",
        "channel": "crisis_line",
        "state": "open",
        "holder": "Mira Lindqvist",
        "opened_at": moment("02:05:00"),
        "facts": Facts(),
        "readable": True,
        "dropped": True,
        "groups": _groups(weapon_accessible=_answer("weapon_accessible", "not_known")),
        "steps": [s.StepLine("call_back", "reached", "Mira Lindqvist", moment("02:07:00"))],
        "disclosures": [disclosed],
        "doors": [door],
        "colleagues": [s.Option("a", "Mira Lindqvist", "")],
        "streets": STREETS,
        "place_mark": s.PlaceMark("known"),
        "call_backs": 1,
        "call_backs_needed": 2,
        "outcome": "",
        "urls": {
            name: f"/{name}" for name in ("facts", "answers", "step", "hand", "close", "share")
        },
        "outcomes": ["settled_by_phone", "not_reached"],
        "advice": ADVICE,
        "person": ABOUT,
    }
    return s.ContactPage(**{**facts, **changes})


WORKERS = json.dumps(
    [
        {"unit": "MC 1", "who": "P. Vang-Ritter", "key": "w0", "free": True, "call": ""},
        {"unit": "MC 2", "who": "N. Vang", "key": "w9", "free": False, "call": "0406"},
    ]
)


def crisis_intake() -> dict[str, dict[str, Any]]:
    """The crisis desk full and empty, a new contact, one contact opened."""
    frame = {"chrome": chrome("worker"), "sentence": None, "done": None}
    row = s.ContactRow(
        key="k",
        number="0007",
        channel="crisis_line",
        holder="Mira Lindqvist",
        mine=True,
        timer=timer(90),
        dropped=True,
        url="/contact",
    )
    urls = {"new_url": "/new", "fragments_url": "/lists"}
    answers = {"accept_url": "/accept", "decline_url": "/decline", "counter_url": "/counter"}
    lists = [[_transfer()], [row]]
    full = s.CrisisDesk(waiting(**answers), over(), workers(), *lists, **urls)
    full.panes = put_away("crisis")
    back, lately = looking_back("crisis")
    full.presence_url, full.status_url, full.workers_json = "/presence", "/status", WORKERS
    nobody = s.CrisisDesk([asked(**answers)], [], [], *lists, **urls)
    gone = s.FeedState("County CAD", "silent", moment("02:03:00"), leads=True)
    silent = replace(full, silent=[gone])
    new = s.NewIntake("/new", ["crisis_line", "988", "walk_in"], _groups(), STREETS)
    missed = s.Sentence(what="That is no answer of this list. Nothing was stored.", safe="", do="")
    bare = _contact(
        facts=Facts(caller="", party="", callback="", person="", place="", age=None),
        disclosures=[],
        doors=[],
        colleagues=[],
        steps=[],
        groups=_groups(),
        dropped=False,
        call_backs_needed=0,
        place_mark=s.PlaceMark("free"),
        person=NOBODY,
    )
    return {
        "crisis_desk": {**frame, "crisis": full},
        "crisis_desk--silent_feed": {**frame, "crisis": silent},
        "crisis_desk--nobody_free": {**frame, "crisis": nobody},
        "crisis_desk--looking_back": {
            **frame,
            "crisis": replace(full, panes=back, lately=lately, map=placed()),
        },
        "crisis_desk--empty": {**frame, "crisis": s.CrisisDesk([], [], [], [], [], **urls)},
        "contact_new": {**frame, "intake": new, "refusal": None},
        "contact_new--refused": {**frame, "intake": new, "refusal": missed},
        "contact": {**frame, "crisis": full, "contact": _contact()},
        "contact--bare": {**frame, "crisis": full, "contact": bare},
        "contact--expunged": {**frame, "crisis": full, "contact": _contact(readable=False)},
    }
