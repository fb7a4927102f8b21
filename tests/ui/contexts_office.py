"""Invented contexts for the office: audit, feeds, staff, why, the first report, refusals."""

from __future__ import annotations

import dataclasses
from typing import Any

from .contexts import chrome, moment, s


def why_rule() -> Any:
    """The same words for every reader of one role."""
    return s.WhyRule(
        what="Crisis records of any encounter.",
        because="What a person tells a crisis worker is a treatment record.",
        ask="Ask the county's records custodian.",
        authority="Wis. Stat. 51.30",
    )


def audit_line(
    hms: str, who: str, act: str, outcome: str, record: str, row: int | None, **more: Any
) -> Any:
    """One row of the trail."""
    return s.AuditLine(
        at=moment(hms),
        day=more.pop("day", "Mon, Nov 23"),
        who=who,
        role_word=more.pop("role", "CRU officer"),
        act=act,
        outcome=outcome,
        record=record,
        row=row,
        sealed=row is not None,
        **more,
    )


def audit() -> dict[str, dict[str, Any]]:
    """A whole chain, a broken one, an empty day."""
    lines = [
        audit_line("02:14:36", "D. Okafor", "save_police_note", "done", "note:7c1e", None),
        audit_line(
            "02:14:31",
            "T. Brandvold",
            "assign_unit",
            "refused",
            "call:0417",
            1182,
            role="Dispatcher",
            reason="2B12 was sent by R. Moss",
        ),
        audit_line(
            "02:13:33",
            "T. Brandvold",
            "set_status",
            "done",
            "call:0417",
            1181,
            role="Dispatcher",
            on_behalf="2B25, by radio",
        ),
        audit_line("02:03:10", "D. Okafor", "open_encounter", "read", "encounter:0400", 1180),
        audit_line(
            "23:58:02", "A. Reyes", "sign_police_note", "done", "note:11b0", 1179, day="Sun, Nov 22"
        ),
    ]
    whole = s.Seal(ok=True, sealed=1182, waiting=1, last_at=moment("02:14:34"))
    broken = s.Seal(
        ok=False,
        sealed=1182,
        waiting=0,
        faults=[s.SealFault(row="1044", kind="changed"), s.SealFault(row="1101", kind="missing")],
    )
    base: dict[str, Any] = {
        "side": "police",
        "url": "/audit",
        "from_day": "2026-11-22",
        "to_day": "2026-11-23",
        "acts": [
            s.Option(value="", label="All"),
            s.Option(value="assign_unit", label="assign_unit"),
        ],
        "lines": lines,
        "total": 5,
        "seal": whole,
        "older_url": "/audit?before=1179",
        "why": why_rule(),
    }
    frame = {"chrome": chrome("custodian"), "sentence": None}
    return {
        "audit": {**frame, "audit": s.Audit(**base)},
        "audit--broken": {**frame, "audit": s.Audit(**{**base, "seal": broken})},
        "audit--empty": {
            **frame,
            "audit": s.Audit(**{**base, "lines": [], "total": 0, "older_url": ""}),
        },
    }


def feeds() -> dict[str, dict[str, Any]]:
    """Two feeds and a token just made; none at all."""
    lines = [
        s.FeedLine(
            source="La Crosse CAD",
            agency_name="La Crosse County dispatch center",
            mode="tandem_leads",
            state="live",
            today=412,
            rejected=3,
            last_at=moment("02:14:34"),
            revoke_url="/feeds/1/revoke",
        ),
        s.FeedLine(
            source="Onalaska CAD",
            agency_name="Onalaska Police Department",
            mode="tandem_leads",
            state="silent",
            today=12,
            rejected=0,
            last_at=moment("02:03:00"),
            revoke_url="/feeds/2/revoke",
        ),
        s.FeedLine(
            source="Old test",
            agency_name="La Crosse County dispatch center",
            mode="tandem_leads",
            state="silent",
            today=0,
            rejected=0,
            revoked_at=moment("01:00:00"),
        ),
    ]
    agencies = [s.Option(value="a1", label="La Crosse County dispatch center")]
    frame = {"chrome": chrome("admin", ribbon="evaluation"), "sentence": None, "done": None}
    full = s.Feeds(
        lines=lines,
        agencies=agencies,
        create_url="/feeds",
        token="tdf_8Qm2vTq4yXw9KcLr5NbZ",
        token_for="Onalaska CAD",
    )
    return {
        "feeds": {**frame, "feeds": full},
        "feeds--empty": {
            **frame,
            "feeds": s.Feeds(lines=[], agencies=agencies, create_url="/feeds"),
        },
    }


POLICE, COUNTY = "La Crosse Police Department", "La Crosse County crisis desk"
_m = s.MembershipLine
STAFF = [
    s.StaffLine(
        name="Dana Okafor",
        login="d.okafor",
        reset_url="/r",
        shut_url="/s",
        number="+16085550123",
        number_url="/n",
        memberships=[
            _m(agency_name=POLICE, role_word="CRU officer", remove_url="/m/1"),
            _m(agency_name=POLICE, role_word="Trainer", remove_url="/m/2"),
        ],
    ),
    s.StaffLine(
        name="Mira Lindqvist",
        login="m.lindqvist",
        reset_url="/r",
        shut_url="/s",
        memberships=[
            _m(
                agency_name=COUNTY,
                role_word="Crisis worker",
                until_at="Dec 31",
                remove_url="/m/3",
            )
        ],
    ),
    s.StaffLine(
        name="Tove Ngata",
        login="t.ngata",
        enrolled=False,
        memberships=[_m(agency_name=COUNTY, role_word="Crisis worker", remove_url="/m/4")],
        shut_url="/s",
    ),
    s.StaffLine(name="Gus Tillman", login="g.tillman", enabled=False, memberships=[]),
]


WAITING = [
    s.WaitingRole(
        "Tove Ngata", COUNTY, "Crisis worker", "Ana Ruiz", "Nov 23, 02:14", "/w/1", "/c/1"
    ),
    s.WaitingRole(
        "Dana Okafor", POLICE, "Police records custodian", "Ana Ruiz", "Nov 23, 02:15", "/w/2"
    ),
    s.WaitingRole(
        "Gus Tillman",
        POLICE,
        "Administrator",
        "Ana Ruiz",
        "Nov 23, 02:16",
        "/w/3",
        command="tandem staff confirm 6f1c0f0a-6d6e-4a57-9d0a-2f5a2f6c2b11",
    ),
]


def staff() -> dict[str, dict[str, Any]]:
    """Five people in every standing."""
    police = POLICE
    base: dict[str, Any] = {
        "lines": STAFF,
        "people": [s.Option(value="1", label="Dana Okafor")],
        "agencies": [s.Option(value="a", label=police)],
        "roles": [
            s.Option(value="CRU", label="CRU officer"),
            s.Option(value="PO", label="Patrol officer"),
        ],
        "create_url": "/staff",
        "add_role_url": "/staff/roles",
        "waiting": WAITING,
    }
    frame = {"chrome": chrome("admin", ribbon="evaluation"), "sentence": None, "done": None}
    twice = s.Sentence(
        what="That sign-in name is taken.", safe="Nobody was added.", do="Choose another."
    )
    return {
        "staff": {
            **frame,
            "staff": s.StaffPage(**base),
            "done": s.Done(words="Role given: Dana Okafor, CRU officer, 02:14:30"),
        },
        "staff--error": {
            **frame,
            "staff": s.StaffPage(
                **base, first_password="basket-river-lamp-onward", first_password_for="Tove Ngata"
            ),
            "sentence": twice,
        },
    }


def why() -> dict[str, dict[str, Any]]:
    """The rules an officer meets."""
    rule = s.RuleLine
    rules = [
        rule(
            what="Crisis records",
            because="What a person tells a crisis worker is a treatment record.",
            ask="Ask the county's records custodian.",
            authority="Wis. Stat. 51.30 · 45 CFR 164",
            shown=False,
        ),
        rule(
            what="Substance use records",
            because="Federal law seals them apart, also inside the county.",
            ask="Ask the person, for a written consent.",
            authority="42 CFR 2",
            shown=False,
        ),
        rule(
            what="Times, units and how it ended, shared part",
            because="Both professions and dispatch work from the same times.",
            ask="",
            authority="Program agreement",
            shown=True,
        ),
        rule(
            what="Police records of your agency",
            because="You are an officer of this agency, on duty.",
            ask="",
            authority="Wis. Stat. 19.31",
            shown=True,
        ),
    ]
    return {"why": {"chrome": chrome("officer", stream_url=""), "rules": rules}}


_bar, _bars = s.AxisBar, s.AxisBars
AXES = [
    _bars(
        axis="contact",
        owner="shared",
        values=[
            _bar(value="contacted_in_person", n=171, percent=84),
            _bar(value="unable_to_locate", n=18, percent=9),
            _bar(value="unknown", n=15, percent=7),
        ],
    ),
    _bars(
        axis="enforcement",
        owner="police",
        values=[
            _bar(value="none", n=163, percent=80),
            _bar(value="citation", n=22, percent=11),
            _bar(value="arrest_booked", n=12, percent=6),
            _bar(value="unknown", n=7, percent=3),
        ],
    ),
    _bars(
        axis="custody",
        owner="police",
        values=[
            _bar(value="none", n=172, percent=84),
            _bar(value="emergency_detention", n=None, percent=None),
            _bar(value="unknown", n=15, percent=7),
        ],
    ),
]


FIGURES = [
    s.Figure(code="encounters", value="204", of=231, of_code="calls"),
    s.Figure(code="joint", value="197", of=204),
    s.Figure(code="released", value="41:20", of=181, of_code="joint"),
    s.Figure(code="to_address", value="8:40", of=188, of_code="n", p90="17:25"),
    s.Figure(code="signed", value="190", of=204),
    s.Figure(code="unknown", value="15", of=204),
]
TIMES = [
    s.TimeLine(start="call", end="assigned", n=204, median="1:12", p90="4:05", unknown_percent=0),
    s.TimeLine(
        start="assigned", end="en_route", n=196, median="0:52", p90="2:10", unknown_percent=4
    ),
    s.TimeLine(
        start="en_route", end="at_address", n=188, median="5:48", p90="11:30", unknown_percent=8
    ),
    s.TimeLine(
        start="at_address", end="on_scene", n=171, median="2:05", p90="9:40", unknown_percent=16
    ),
    s.TimeLine(
        start="on_scene", end="cleared", n=171, median="38:20", p90="94:10", unknown_percent=16
    ),
    s.TimeLine(
        start="officers_clear",
        end="workers_clear",
        n=181,
        median="9:05",
        p90="41:00",
        unknown_percent=8,
    ),
]


def _joint() -> s.JointPage:
    """One quarter; a small number and what would reveal it are hidden."""
    hidden = _bars(
        axis="enforcement",
        owner="police",
        values=[
            _bar(value="none", n=163, percent=80),
            _bar(value="citation", n=None, percent=None),
            _bar(value="arrest_booked", n=None, percent=None),
        ],
    )
    sides = [s.JointSide("police", 204, [hidden], TIMES), s.JointSide("county", None, [], [])]
    address = "/report/joint/print/?from=2026-04-01"
    quarter = s.JointQuarter("2026-04-01 / 2026-06-30", sides, address)
    words = "tandem report first --side joint --from 2026-01-01 --to 2026-09-30"
    return s.JointPage("/report/joint/", "2026-01-01", "2026-09-30", [quarter], words)


def report() -> dict[str, dict[str, Any]]:
    """A quarter, and a side with nothing yet."""
    base: dict[str, Any] = {
        "side": "police",
        "url": "/report",
        "from_day": "2026-07-01",
        "to_day": "2026-09-30",
        "from_word": "Jul 1",
        "to_word": "Sep 30, 2026",
        "computed_at": moment("02:10:00"),
        "encounters": 204,
        "figures": FIGURES,
        "axes": AXES,
        "times": TIMES,
        "command": "tandem report first --side police --from 2026-07-01 --to 2026-09-30",
        "hides_small": True,
        "why": why_rule(),
        "away": [s.AwayCount("pulled", 9, 412, 2), s.AwayCount("sick", 1, 0, 1)],
        "away_own": True,
        "due": s.ReviewsDue(4, 9, 12, 8),
        "print_url": "/report/print/",
        "requests": [
            s.RequestCount("accepted", 31, 31, 34, 88),
            s.RequestCount("asked", 1, 0, None, None),
        ],
    }
    nothing = {**base, "side": "county", "encounters": 0, "figures": [], "axes": [], "times": []}
    frame = {"chrome": chrome("officer", stream_url="")}
    nothing_joint = s.JointPage("/report/joint/", "2026-01-01", "2026-03-31", [], "tandem report")
    return {
        "report_first": {**frame, "report": s.FirstReport(**base)},
        "report_first--empty": {**frame, "report": s.FirstReport(**nothing)},
        "report_joint": {**frame, "joint": _joint()},
        "report_joint--empty": {
            **frame,
            "joint": nothing_joint,
        },
        "print_joint--empty": {**frame, "refusal": None, "joint": nothing_joint},
        "print_joint": {
            **frame,
            "refusal": None,
            "joint": dataclasses.replace(
                _joint(), printed_by="J. Lund", read_at=moment("02:10:00")
            ),
        },
        "print_report": {
            **frame,
            "refusal": None,
            "report": s.FirstReport(**{**base, "printed_by": "J. Lund"}),
        },
    }


def refused() -> dict[str, dict[str, Any]]:
    """Each refusal, signed in and not."""
    gone = s.Sentence(
        what="There is nothing at this address that you can open.",
        safe="Nothing was changed.",
        do="Go back to the start, or ring your desk.",
    )
    down = s.Sentence(
        what="The audit trail could not be written, so nothing was done.",
        safe="Nothing was lost.",
        do="Try again in a minute. Ring your administrator if it stays so.",
    )
    return {
        "refused": {"chrome": chrome("officer", stream_url=""), "status": 404, "sentence": gone},
        "refused--down": {"chrome": chrome("nobody"), "status": 503, "sentence": down},
    }


def _sample() -> dict[str, Any]:
    steps = [s.Option("", "No meaning: the word is kept"), s.Option("en_route", "En route")]
    codes = [
        s.MapCode("v4.0", "ENRT", "en_route"),
        s.MapCode("v4.1", "OUT AT STATION", "", guessed=True),
    ]
    told = [s.MapCodes("Unit status", "unit_status", steps, codes)]
    return {"sample_key": "00" * 32, "is_part": True, "rows": 3_114, "codes": told}


def maps() -> dict[str, dict[str, Any]]:
    """No sample yet; a sample tried out; a sample that names no columns."""
    frame = {
        "chrome": chrome("admin", ribbon="evaluation", here="/maps/"),
        "sentence": None,
        "done": None,
    }
    empty: dict[str, Any] = {
        "url": "/maps/",
        "kept": ["elm-county"],
        "shipped": ["bloomington-in", "new-world", "seattle-2015"],
        "zone": "America/Chicago",
    }
    choices = [
        s.Option(value="", label="Not read"),
        s.Option(value="key", label="Number of the call"),
        s.Option(value="time:received", label="Time received"),
    ]
    columns = [
        s.MapColumn("c0", "Incident", ["26-1", "26-2", "26-3"], "key"),
        s.MapColumn(
            "c1", "Date and time the call was taken", ["03/01/2026 10:00"], "time:received"
        ),
        s.MapColumn("c2", "Nature", ["WELFARE CHECK", "LIFT ASSIST", "NOISE"]),
        s.MapColumn("c3", "Unused", []),
    ]
    trial = s.MapTrial(
        rows=212,
        accepted=209,
        rejected=3,
        unmapped=12,
        suspect=1,
        shown=[s.MapRow(2, "2026-03-01 10:00", "26-1", "WELFARE CHECK", "100 block Elm St", "C")],
        rejects=[
            s.MapReject(17, "Date and time the call was taken: not written as the map says."),
            s.MapReject(41, "The record does not end: a quote is not closed, or it is too long."),
            s.MapReject(206, "received: the year 2100 lies ahead"),
        ],
    )
    text = 'version = 1\nname = "elm-county"\n\n[file]\nformat = "csv"\n'
    full = s.MapBuilder(**empty, **_sample(), name="elm-county", trial=trial, text=text)
    full.choices, full.columns = choices, columns
    return {
        "maps": {**frame, "maps": full},
        "maps--empty": {**frame, "maps": s.MapBuilder(**{**empty, "kept": []})},
        "maps--error": {
            **frame,
            "sentence": s.Sentence(
                "The file cannot be read: it is an Excel workbook or a ZIP archive: save the table"
                " as CSV."
            ),
            "maps": s.MapBuilder(**empty),
        },
    }
