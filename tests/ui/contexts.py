"""Invented contexts for the pages before and beside the encounter: full, empty and refused."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

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
        "admin": ["staff", "feeds", "maps", "why"],
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
        "nav": [
            s.NavItem(code=code, url=f"/{code}", current=at == 0) for at, code in enumerate(pages)
        ],
        "sign_out_url": "/sign-out",
        "sign_in_url": "/sign-in",
        "switch_url": "/agency" if role == "officer" else "",
        "stream_url": "" if role in ("nobody", "custodian", "admin") else "/stream",
        "cursor": "c0",
        "sos_url": "/sos" if role in ("officer", "worker") else "",
        "alarm_url": "/alarm" if role == "dispatcher" else "",
        "alarm_key": "alarm:" if role in ("officer", "worker", "dispatcher") else "",
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
    qr = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 21 21">'
        '<path d="M0 0h7v7H0zM14 0h7v7h-7zM0 14h7v7H0zM9 2h2v3H9zM9 9h4v2H9zM15 15h3v4h-3z"/></svg>'
    )
    return {
        "sign_in": {**door, "program_name": "La Crosse demonstration program", "name": ""},
        "sign_in--error": {
            **door,
            "program_name": "La Crosse demonstration program",
            "name": "d.okafor",
            "sentence": missed,
        },
        "second_factor": {**door, "name": "d.okafor", "back_url": "/sign-in"},
        "choose_agency": {
            **door,
            "memberships": [
                s.MembershipChoice(
                    key="1", agency_name="La Crosse Police Department", role_word="CRU officer"
                ),
                s.MembershipChoice(
                    key="2", agency_name="La Crosse Police Department", role_word="Trainer"
                ),
            ],
        },
        "enroll": {
            **door,
            "password_min": 12,
            "secret_groups": ["JBSW", "Y3DP", "EHPK", "3PXP", "JBSW", "Y3DP", "EHPK", "3PXP"],
            "qr_svg": Markup(qr),  # noqa: S704
            "password_error": "",
            "code_error": "",
        },
    }


def phone() -> Any:
    """A browser that is not told, and a number that answered STOP."""
    return s.Phone(
        key="BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs",
        told=False,
        subscribe_url="/duty/phone",
        end_url="/duty/phone/end",
        number_url="/duty/number",
        number="+16085550123",
        stopped=True,
    )


def off_duty() -> dict[str, Any]:
    """Off duty, with a partner waiting."""
    return {
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
            s.Partner(
                name="Mira Lindqvist",
                side_word="C4, county",
                unit="CRU 1",
                unit_key="CRU 1",
                since=moment("21:52:00"),
            )
        ],
        "on_duty": None,
        "shift": s.PlannedLine("D. Okafor", "Mon 22:00", "Tue 06:00", "late", known=True),
        "beside": ["T. Vega", "R. Moss"],
        "sign_on_url": "/duty/on",
        "sign_off_url": "/duty/off",
        "my_calls_url": "/my-calls",
        "other_acts": [],
        "phone": None,
        "sentence": None,
        "done": None,
    }


def duty() -> dict[str, dict[str, Any]]:
    """Off duty with a partner waiting, on duty as a pair, an agency without units."""
    off = off_duty()
    partner = s.Partner(
        name="Mira Lindqvist",
        side_word="C4, county",
        unit="CRU 1",
        unit_key="u1",
        since=moment("21:58:00"),
    )
    on = s.OnDuty(
        unit="CRU 1",
        agency_name="La Crosse Police Department",
        since=moment("21:58:00"),
        ride_along=True,
        partner=partner,
        open_notes=1,
    )
    busy = s.Sentence(
        what="You are on call 0400.",
        safe="You are still on duty and nothing changed.",
        do="Clear the call or have it handed over, then sign off.",
    )
    return {
        "duty": off,
        "duty--on": {**off, "on_duty": on, "sentence": busy, "phone": phone()},
        "duty--empty": {
            **off,
            "agencies": off["agencies"][:1],
            "units": [],
            "unit": "",
            "partners": [],
        },
    }
