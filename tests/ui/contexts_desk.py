"""Invented contexts for the dispatcher's desk: a full night, an empty one, a refused act."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from .contexts import chrome, moment, s, timer
from .contexts_call import DETAIL, MOVING
from .contexts_panes import looking_back, placed, put_away
from .contexts_presence import AWAY
from .contexts_requests import over, waiting


def row(
    number: str,
    priority: int,
    kind: str,
    place: str,
    state: str,
    clock: Any,
    reason: Any,
    **more: Any,
) -> Any:
    """One call of the invented night."""
    key = f"k{number}"
    return s.CallRow(
        key=key,
        number=number,
        short=number.lstrip("0"),
        priority=priority,
        type=kind,
        place=place,
        state=state,
        timer=clock,
        reason=reason,
        url=f"/desk?call={key}",
        acts_url=f"/desk/{key}/",
        **more,
    )


def because(code: str, seconds: int = 0, at: str = "") -> Any:
    """Why a call waits."""
    return s.Reason(code=code, seconds=seconds, at=moment(at) if at else None)


# Seven calls that wait.
PENDING = [
    row(
        "0409",
        2,
        "Welfare check",
        "Gillette St & Caledonia St",
        "triaged",
        timer(852, 300),
        because("told", 300, "02:07:00"),
    ),
    row(
        "0412",
        2,
        "Person in distress",
        "Losey Blvd & State Rd",
        "triaged",
        timer(581, 300),
        because("told", 300, "02:11:00"),
    ),
    row(
        "0415",
        3,
        "Disorderly",
        "Main St & 4th St N",
        "triaged",
        timer(268, 300),
        because("unassigned", 300),
    ),
    row(
        "0417",
        1,
        "Suicidal person",
        "West Ave S & Jackson St",
        "triaged",
        timer(216, 240),
        because("unassigned", 240),
        hazard="Firearm in home",
    ),
    row(
        "0418",
        2,
        "Welfare check",
        "Copeland Ave & Monitor St",
        "screening",
        timer(122),
        because("from_feed"),
    ),
    row(
        "0420",
        3,
        "Noise, shouting",
        "Cass St & 16th St S",
        "received",
        timer(70),
        because("from_feed"),
        fresh=True,
    ),
    row(
        "0421",
        4,
        "Civil standby",
        "Ward Ave & 33rd St S",
        "received",
        timer(22),
        because("from_feed"),
        fresh=True,
    ),
]


CHECK = because("check_due", 1200)

# Twelve calls that run.
ACTIVE = [
    row(
        "0391",
        2,
        "Welfare check",
        "Rose St & Clinton St",
        "on_scene",
        timer(1490, 1200),
        CHECK,
        units=["2B11"],
    ),
    row(
        "0400",
        2,
        "Person in distress",
        "Riverside Park, bandstand",
        "on_scene",
        timer(1040, 1200),
        CHECK,
        units=["CRU 2"],
    ),
    row(
        "0402",
        1,
        "Overdose reported",
        "La Crosse St & 7th St N",
        "at_address",
        timer(368, 1200),
        CHECK,
        units=["2B15", "EMS"],
        unseen=["T. Vega"],
    ),
    row(
        "0404",
        2,
        "Family dispute",
        "Green Bay St & 22nd St S",
        "staged",
        timer(331),
        because("early"),
        units=["2B16"],
        hazard="Baseball bat",
    ),
    row(
        "0405",
        3,
        "Welfare check",
        "Myrick Park, shelter 2",
        "en_route",
        timer(242, 720),
        because("limit", 720),
        units=["2B18"],
    ),
    row(
        "0406",
        2,
        "Missing, age 78",
        "State St & East Ave N",
        "en_route",
        timer(227, 720),
        because("limit", 720),
        units=["CRU 3"],
    ),
    row(
        "0407",
        3,
        "Trespass",
        "Pearl St & 3rd St N",
        "en_route",
        timer(176, 720),
        because("limit", 720),
        units=["2B19"],
        was_type="Noise",
    ),
    row(
        "0410",
        2,
        "Welfare check",
        "Mormon Coulee & Ward Ave",
        "acknowledged",
        timer(73, 120),
        because("to_move", 120),
        units=["2B20"],
    ),
    row(
        "0411",
        2,
        "Person in distress",
        "Onalaska Ave & Gillette St",
        "assigned",
        timer(78, 60),
        because("rung_again", 60, "02:14:19"),
        units=["2B21"],
    ),
    row(
        "0413",
        4,
        "Follow-up, officer",
        "Cameron Park, 5th Ave side",
        "remote_support",
        timer(494),
        None,
        units=["2B22"],
    ),
    row(
        "0414",
        3,
        "Intoxicated person",
        "Ferry St & 7th St S",
        "on_scene",
        timer(460, 1200),
        CHECK,
        units=["2B23"],
    ),
    row(
        "0416",
        3,
        "Traffic hazard",
        "Lang Dr & Losey Blvd N",
        "at_address",
        timer(191, 1200),
        CHECK,
        units=["2B24"],
    ),
]


def units() -> list[Any]:
    """Who is signed on."""
    line = s.UnitLine
    return [
        s.UnitGroup(
            kind="ride_along",
            units=[
                line(
                    callsign="CRU 1",
                    members=["Okafor", "Lindqvist"],
                    state="available",
                    place="Main & 4th",
                ),
                line(
                    callsign="CRU 2",
                    members=["Reyes", "Abara"],
                    state="on_scene",
                    call_number="0400",
                    timer=timer(1040, 1200),
                ),
                line(
                    callsign="CRU 3",
                    members=["Sundby", "Vang"],
                    state="en_route",
                    call_number="0406",
                    timer=timer(227),
                ),
            ],
        ),
        s.UnitGroup(
            kind="patrol",
            units=[
                line(callsign="2B12", members=["P. Castellane"], state="available"),
                line(
                    callsign="2B25",
                    members=["K. Moriarty"],
                    state="en_route",
                    call_number="0417",
                    timer=timer(64),
                ),
                line(
                    callsign="2B16",
                    members=["A. Nwosu"],
                    state="staged",
                    call_number="0404",
                    timer=timer(331),
                ),
                line(callsign="2B26", members=["G. Tillman"], state="pulled", place="from 01:30"),
            ],
        ),
    ]


SILENT = [
    s.FeedState("La Crosse CAD", "silent", moment("02:03:00"), leads=True),
    s.FeedState("Onalaska CAD", "unheard"),
]


KNOWN = [
    {
        "unit": "CRU 1",
        "who": "Okafor + Lindqvist",
        "note": "pair, one act sends both",
        "free": True,
        "call": "",
    },
    {"unit": "2B12", "who": "P. Castellane", "note": "alone", "free": True, "call": ""},
    {"unit": "2B18", "who": "J. Halloran", "note": "", "free": False, "call": "0405"},
]


def desk() -> dict[str, dict[str, Any]]:
    """A full night, an empty one, and a refused act."""
    full = s.Desk(
        pending=PENDING,
        active=ACTIVE,
        selected="k0417",
        overdue=4,
        detail=DETAIL,
        units=units(),
        units_free=2,
        units_all=7,
        units_json=json.dumps(KNOWN),
        fragments_url="/desk/fragments",
        feeds=[s.FeedState(name="La Crosse CAD", state="live", last_at=moment("02:14:34"))],
        requests=[*waiting(withdraw_url="/unask"), *over()[:2]],
        transfers=[MOVING],
        requests_waiting=3,
        away=AWAY,
        expected=s.Expected(
            [s.PlannedLine("R. Moss", "Mon 22:00", "Tue 06:00", "late", known=True)], ["T. Vega"]
        ),
    )
    full.panes = put_away("dispatch")
    back, lately = looking_back("dispatch")
    empty = s.Desk(
        pending=[],
        active=[],
        selected="",
        overdue=0,
        detail=None,
        units=[],
        units_free=0,
        units_all=0,
        units_json="[]",
        fragments_url="/desk/fragments",
        feeds=SILENT,
    )
    waits = [
        replace(PENDING[0], key=f"k{of}", reason=because(f"crisis_{of}"))
        for of in ("asked", "rung", "climbed", "declined", "countered")
    ]
    frame = {"chrome": chrome("dispatcher"), "sentence": None, "done": None}
    done = s.Done(words="2B18 en route to 0405, by radio, 02:14:30", undo_url="/undo/1")
    lost = s.Sentence(
        what="2B12 was sent by R. Moss at 02:14:31.",
        safe="Your act was not carried out.",
        do="Choose another unit.",
    )
    return {
        "desk": {**frame, "desk": full, "done": done},
        "desk--error": {**frame, "desk": full, "sentence": lost},
        "desk--asked": {**frame, "desk": replace(full, pending=waits)},
        "desk--looking_back": {
            **frame,
            "desk": replace(full, panes=back, lately=lately, map=placed()),
        },
        "desk--empty": {**frame, "desk": empty},
    }
