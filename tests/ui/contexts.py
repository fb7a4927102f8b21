"""Invented contexts for the pages before and beside the encounter: full, empty and refused."""

from __future__ import annotations

import json
from typing import Any

from .shapes import shapes

s: Any = shapes
DAY = "2026-11-23"


def moment(hms: str) -> Any:
    """A time of the invented night, on the program's clock."""
    return s.Moment(iso=f"{DAY}T{hms}-06:00", hm=hms[:5], hms=hms)


def timer(elapsed: int, limit: int | None = None) -> Any:
    """A timer that shows `elapsed` at 02:14:37."""
    total = 2 * 3600 + 14 * 60 + 37 - elapsed
    day = DAY
    if total < 0:
        total, day = total + 86400, "2026-11-22"
    since = f"{day}T{total // 3600:02d}:{total % 3600 // 60:02d}:{total % 60:02d}-06:00"
    return s.Timer(since=since, elapsed=elapsed, limit=limit)


def chrome(role: str = "officer", **changes: Any) -> Any:
    """The frame of a page for one role."""
    pages = {
        "officer": ["my_calls", "duty", "report", "why"],
        "worker": ["my_calls", "duty", "report", "why"],
        "dispatcher": ["desk", "duty", "why"],
        "custodian": ["audit", "why"],
        "admin": ["staff", "feeds", "why"],
        "nobody": [],
    }[role]
    names = {
        "officer": ("Dana Okafor", "CRU officer", "La Crosse Police Department"),
        "worker": ("Mira Lindqvist", "Crisis worker", "La Crosse County crisis desk"),
        "dispatcher": ("T. Brandvold", "Dispatcher", "La Crosse County dispatch center"),
        "custodian": ("R. Moss", "Police records custodian", "La Crosse Police Department"),
        "admin": ("K. Ostrem", "Administrator", "La Crosse County"),
        "nobody": ("", "", ""),
    }[role]
    base: dict[str, Any] = {
        "lang": "en",
        "theme": "light",
        "ribbon": "demonstration",
        "now": moment("02:14:37"),
        "today": "Mon, Nov 23",
        "act_id": "5f0f7a52-8e53-4b4e-9e2c-0d5a4f0e6d11",
        "here": "/",
        "home_url": "/",
        "preferences_url": "/preferences",
        "version": "0.1",
        "staff_name": names[0],
        "role_word": names[1],
        "agency_name": names[2],
        "nav": [s.NavItem(code=code, url=f"/{code}", current=at == 0) for at, code in enumerate(pages)],
        "sign_out_url": "/sign-out",
        "sign_in_url": "/sign-in",
        "switch_url": "/agency" if role == "officer" else "",
        "stream_url": "" if role in ("nobody", "custodian", "admin") else "/stream",
        "cursor": "c0",
    }
    return s.Chrome(**{**base, **changes})


def sign_in() -> dict[str, dict[str, Any]]:
    """Sign-in and its neighbors."""
    door = {"chrome": chrome("nobody"), "sentence": None, "next": "", "action_url": "/sign-in"}
    missed = s.Sentence(
        what="That name and password do not match.",
        safe="Nothing was lost.",
        do="Try again, or ring your desk.",
    )
    qr = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21"><path d="M0 0h7v7H0zM14 0h7v7h-7zM0 14h7v7H0zM9 2h2v3H9zM9 9h4v2H9zM15 15h3v4h-3z"/></svg>'
    from markupsafe import Markup

    return {
        "sign_in": {**door, "program_name": "La Crosse demonstration program", "name": ""},
        "sign_in--error": {**door, "program_name": "La Crosse demonstration program", "name": "d.okafor", "sentence": missed},
        "second_factor": {**door, "name": "d.okafor", "back_url": "/sign-in"},
        "choose_agency": {
            **door,
            "memberships": [
                s.MembershipChoice(key="1", agency_name="La Crosse Police Department", role_word="CRU officer"),
                s.MembershipChoice(key="2", agency_name="La Crosse Police Department", role_word="Trainer"),
            ],
        },
        "enroll": {
            **door,
            "password_min": 12,
            "secret_groups": "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP".split(),
            "qr_svg": Markup(qr),
            "password_error": "",
            "code_error": "",
        },
    }


def duty() -> dict[str, dict[str, Any]]:
    """Off duty with a partner waiting, on duty as a pair, an agency without units."""
    off = {
        "chrome": chrome("officer"),
        "agencies": [
            s.Option(value="a1", label="La Crosse Police Department"),
            s.Option(value="a2", label="Onalaska Police Department"),
        ],
        "agency": "a1",
        "units": [s.Option(value=v, label=v) for v in ("CRU 1", "CRU 2", "2B12", "2B14")],
        "unit": "CRU 1",
        "roster_note": "",
        "partners": [
            s.Partner(name="Mira Lindqvist", side_word="C4, county", unit="CRU 1", unit_key="CRU 1", since=moment("21:52:00"))
        ],
        "on_duty": None,
        "sign_on_url": "/duty/on",
        "sign_off_url": "/duty/off",
        "my_calls_url": "/my-calls",
        "other_acts": [],
        "sentence": None,
        "done": None,
    }
    partner = s.Partner(name="Mira Lindqvist", side_word="C4, county", unit="CRU 1", unit_key="u1", since=moment("21:58:00"))
    on = s.OnDuty(unit="CRU 1", agency_name="La Crosse Police Department", since=moment("21:58:00"), ride_along=True, partner=partner, open_notes=1)
    busy = s.Sentence(
        what="You are on call 0400.",
        safe="You are still on duty and nothing changed.",
        do="Clear the call or have it handed over, then sign off.",
    )
    return {
        "duty": off,
        "duty--on": {**off, "on_duty": on, "sentence": busy},
        "duty--empty": {**off, "agencies": off["agencies"][:1], "units": [], "unit": "", "partners": []},
    }


def row(number: str, priority: int, kind: str, place: str, state: str, clock: Any, reason: Any, **more: Any) -> Any:
    """One call of the invented night."""
    key = f"k{number}"
    return s.CallRow(
        key=key, number=number, short=number.lstrip("0"), priority=priority, type=kind, place=place, state=state,
        timer=clock, reason=reason, url=f"/desk?call={key}", assign_url=f"/desk/{key}/assign",
        status_url=f"/desk/{key}/status", note_url=f"/desk/{key}/note", **more,
    )


def because(code: str, seconds: int = 0, at: str = "") -> Any:
    """Why a call waits."""
    return s.Reason(code=code, seconds=seconds, at=moment(at) if at else None)


def pending_rows() -> list[Any]:
    """Seven calls that wait."""
    return [
        row("0409", 2, "Welfare check", "Gillette St & Caledonia St", "triaged", timer(852, 300), because("told", 300, "02:07:00")),
        row("0412", 2, "Person in distress", "Losey Blvd & State Rd", "triaged", timer(581, 300), because("told", 300, "02:11:00")),
        row("0415", 3, "Disorderly", "Main St & 4th St N", "triaged", timer(268, 300), because("unassigned", 300)),
        row("0417", 1, "Suicidal person", "West Ave S & Jackson St", "triaged", timer(216, 240), because("unassigned", 240), hazard="Firearm in home"),
        row("0418", 2, "Welfare check", "Copeland Ave & Monitor St", "screening", timer(122), because("from_feed")),
        row("0420", 3, "Noise, shouting", "Cass St & 16th St S", "received", timer(70), because("from_feed"), fresh=True),
        row("0421", 4, "Civil standby", "Ward Ave & 33rd St S", "received", timer(22), because("from_feed"), fresh=True),
    ]


def active_rows() -> list[Any]:
    """Twelve calls that run."""
    check = because("check_due", 1200)
    return [
        row("0391", 2, "Welfare check", "Rose St & Clinton St", "on_scene", timer(1490, 1200), check, units=["2B11"]),
        row("0400", 2, "Person in distress", "Riverside Park, bandstand", "on_scene", timer(1040, 1200), check, units=["CRU 2"]),
        row("0402", 1, "Overdose reported", "La Crosse St & 7th St N", "at_address", timer(368, 1200), check, units=["2B15", "EMS"]),
        row("0404", 2, "Family dispute", "Green Bay St & 22nd St S", "staged", timer(331), because("early"), units=["2B16"], hazard="Baseball bat"),
        row("0405", 3, "Welfare check", "Myrick Park, shelter 2", "en_route", timer(242, 720), because("limit", 720), units=["2B18"]),
        row("0406", 2, "Missing, age 78", "State St & East Ave N", "en_route", timer(227, 720), because("limit", 720), units=["CRU 3"]),
        row("0407", 3, "Trespass", "Pearl St & 3rd St N", "en_route", timer(176, 720), because("limit", 720), units=["2B19"], was_type="Noise"),
        row("0410", 2, "Welfare check", "Mormon Coulee & Ward Ave", "acknowledged", timer(73, 120), because("to_move", 120), units=["2B20"]),
        row("0411", 2, "Person in distress", "Onalaska Ave & Gillette St", "assigned", timer(78, 60), because("rung_again", 60, "02:14:19"), units=["2B21"]),
        row("0413", 4, "Follow-up, officer", "Cameron Park, 5th Ave side", "remote_support", timer(494), None, units=["2B22"]),
        row("0414", 3, "Intoxicated person", "Ferry St & 7th St S", "on_scene", timer(460, 1200), check, units=["2B23"]),
        row("0416", 3, "Traffic hazard", "Lang Dr & Losey Blvd N", "at_address", timer(191, 1200), check, units=["2B24"]),
    ]


def detail() -> Any:
    """The call that is open on the desk."""
    return s.CallDetail(
        key="k0417", number="0417", type="Suicidal person", place="West Ave S & Jackson St, southeast corner",
        state="triaged", source="La Crosse CAD", received_at=moment("02:11:01"), timer=timer(216, 240),
        hazards=[s.Hazard(words="he has a shotgun by the door", by="the caller, a neighbor", at=moment("02:11:48"), age_minutes=3)],
        cautions=[s.Caution(words="Loose dog in the yard bit a mail carrier.", age_days=82, source="Patrol report, by Sgt. Pruitt", until="Dec 1")],
        remarks_not_kept=2, ages_drawn=True,
        responses=[
            s.ResponseLine(
                unit="2B25", state="en_route", timer=timer(64), status_url="/desk/k0417/status",
                members=[s.MemberLine(short_name="K. Moriarty", side="police", state="en_route", at=moment("02:13:33"))],
                next_states=["at_address", "on_scene", "scene_stable", "cleared"],
            )
        ],
        events=[
            s.CallEvent(at=moment("02:13:33"), code="en_route", unit="2B25", by="T. Brandvold", known="radio"),
            s.CallEvent(at=moment("02:13:10"), code="assigned", unit="2B25", by="T. Brandvold"),
            s.CallEvent(at=moment("02:12:40"), code="corrected", words="priority 2 to 1"),
            s.CallEvent(at=moment("02:11:01"), code="received"),
        ],
        free_units=[
            s.Option(value="CRU 1", label="CRU 1, Okafor + Lindqvist", note="pair"),
            s.Option(value="2B12", label="2B12, P. Castellane"),
        ],
        assign_url="/desk/k0417/assign", note_url="/desk/k0417/note",
    )


def units() -> list[Any]:
    """Who is signed on."""
    line = s.UnitLine
    return [
        s.UnitGroup(kind="ride_along", units=[
            line(callsign="CRU 1", members=["Okafor", "Lindqvist"], state="available", place="Main & 4th"),
            line(callsign="CRU 2", members=["Reyes", "Abara"], state="on_scene", call_number="0400", timer=timer(1040, 1200)),
            line(callsign="CRU 3", members=["Sundby", "Vang"], state="en_route", call_number="0406", timer=timer(227)),
        ]),
        s.UnitGroup(kind="patrol", units=[
            line(callsign="2B12", members=["P. Castellane"], state="available"),
            line(callsign="2B25", members=["K. Moriarty"], state="en_route", call_number="0417", timer=timer(64)),
            line(callsign="2B16", members=["A. Nwosu"], state="staged", call_number="0404", timer=timer(331)),
            line(callsign="2B26", members=["G. Tillman"], state="pulled", place="from 01:30"),
        ]),
    ]


def desk() -> dict[str, dict[str, Any]]:
    """A full night, an empty one, and a refused act."""
    known = [
        {"unit": "CRU 1", "who": "Okafor + Lindqvist", "note": "pair, one act sends both", "free": True, "call": ""},
        {"unit": "2B12", "who": "P. Castellane", "note": "alone", "free": True, "call": ""},
        {"unit": "2B18", "who": "J. Halloran", "note": "", "free": False, "call": "0405"},
    ]
    full = s.Desk(
        pending=pending_rows(), active=active_rows(), selected="k0417", overdue=4, detail=detail(), units=units(),
        units_free=2, units_all=7, units_json=json.dumps(known), fragments_url="/desk/fragments",
        feeds=[s.FeedState(name="La Crosse CAD", state="live", last_at=moment("02:14:34"))],
    )
    empty = s.Desk(
        pending=[], active=[], selected="", overdue=0, detail=None, units=[], units_free=0, units_all=0,
        units_json="[]", fragments_url="/desk/fragments",
        feeds=[s.FeedState(name="La Crosse CAD", state="silent", last_at=moment("02:03:00"))],
    )
    frame = {"chrome": chrome("dispatcher"), "sentence": None, "done": None}
    done = s.Done(words="2B18 en route to 0405, by radio, 02:14:30", undo_url="/undo/1")
    lost = s.Sentence(
        what="2B12 was sent by R. Moss at 02:14:31.", safe="Your act was not carried out.", do="Choose another unit."
    )
    return {
        "desk": {**frame, "desk": full, "done": done},
        "desk--error": {**frame, "desk": full, "sentence": lost},
        "desk--empty": {**frame, "desk": empty},
    }
