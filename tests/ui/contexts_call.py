"""The invented call that is open on the desk, with everything that can stand beside one."""

from __future__ import annotations

from .contexts import moment, s, timer
from .contexts_requests import asked

GROUNDS = [
    s.Option("la-crosse", "City of La Crosse", ""),
    s.Option("onalaska", "City of Onalaska", ""),
    s.Option("elsewhere", "None of these", ""),
]
GROUND = s.Ground(
    codes=["onalaska"],
    names=["City of Onalaska"],
    kind="outside",
    how="hand",
    said="LCPD",
    differs=True,
    by="T. Brandvold",
    at=moment("02:12:20"),
    police=[s.Patrols("Onalaska Police", "(608) 555-0161")],
    aid=[s.Lent("LCPD", "Wis. Stat. 66.0313")],
    choices=GROUNDS,
    url="/desk/k0417/jurisdiction",
)

LANGUAGE = s.Language(
    language="Hmoob (Hmong)",
    state="line_rung",
    how="line",
    identity="4417",
    life_threat=False,
    by="T. Brandvold",
    at=moment("02:12:50"),
    reach="(608) 555-0156",
    url="/desk/k0417/interpreter",
)
MOVING = s.TransferLine(
    key="t1",
    number="0412",
    told="Corin wants to talk",
    asked_by="T. Brandvold",
    timer=timer(200, 180),
    rings=1,
    asked_at=moment("02:10:44"),
    rang_at=moment("02:13:44"),
    phone="(608) 555-0142",
    url="/intake/k0412",
    withdraw_url="/withdraw",
)

# The call that is open on the desk.
DETAIL = s.CallDetail(
    key="k0417",
    number="0417",
    type="Suicidal person",
    place="West Ave S & Jackson St, southeast corner",
    state="triaged",
    source="La Crosse CAD",
    received_at=moment("02:11:01"),
    timer=timer(216, 240),
    ground=GROUND,
    language=LANGUAGE,
    hazards=[
        s.Hazard(
            words="he has a shotgun by the door",
            by="the caller, a neighbor",
            at=moment("02:11:48"),
            age_minutes=3,
        )
    ],
    cautions=[
        s.Caution(
            words="Loose dog in the yard bit a mail carrier.",
            age_days=82,
            source="Patrol report, by Sgt. Pruitt",
            until="Dec 1",
        )
    ],
    lines_not_kept=2,
    ages_drawn=True,
    advice=s.AdvicePanel(
        first="ems_and_patrol",
        clinician="not_entry",
        version="0a1b2c3d",
        by_phone=["crisis_worker_consult"],
        tell=[
            s.TellLine("cru", "radio, CRU 1", url="/told"),
            s.TellLine("ems", "(608) 555-0151", url="/told"),
            s.TellLine("cps", by="T. Brandvold", at=moment("02:12:40")),
            s.TellLine("supervisor", url="/told"),
        ],
        reasons=[s.AdviceReason("A weapon in hand.", "policy: safety gate, row 2")],
        jurisdiction="unknown",
        interpreter="Hmoob (Hmong)",
        not_asked=3,
        provisional=True,
        ask="weapon_in_hand",
        answer_url="/answer",
        override_url="/override",
    ),
    responses=[
        s.ResponseLine(
            unit="2B25",
            state="en_route",
            timer=timer(64),
            status_url="/desk/k0417/status",
            members=[
                s.MemberLine(
                    short_name="K. Moriarty",
                    side="police",
                    state="en_route",
                    at=moment("02:13:33"),
                )
            ],
            next_states=["at_address", "on_scene", "scene_stable", "cleared"],
        )
    ],
    events=[
        s.CallEvent(
            at=moment("02:13:33"),
            code="en_route",
            unit="2B25",
            by="T. Brandvold",
            known="radio",
        ),
        s.CallEvent(at=moment("02:13:10"), code="assigned", unit="2B25", by="T. Brandvold"),
        s.CallEvent(at=moment("02:12:40"), code="corrected", words="priority 2 to 1"),
        *[
            s.CallEvent(moment("02:12:50"), f"worker_{code}", "MC 1", "P. Vang-Ritter", "pacing")
            for code in (
                *("asked", "rung", "climbed", "accepted"),
                *("declined", "countered", "withdrawn"),
            )
        ],
        s.CallEvent(at=moment("02:11:01"), code="received"),
    ],
    asked=asked(withdraw_url="/unask"),
    ask_url="/desk/k0417/ask",
    free_units=[
        s.Option(value="CRU 1", label="CRU 1, Okafor + Lindqvist", note="pair"),
        s.Option(value="2B12", label="2B12, P. Castellane"),
    ],
    assign_url="/desk/k0417/assign",
    note_url="/desk/k0417/note",
)
