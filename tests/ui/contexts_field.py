"""Invented contexts for the responders' pages: my calls and both sides of one encounter."""

from __future__ import annotations

import dataclasses
from typing import Any

from tandem.encounters.facts import SEEN, OvertAct, PoliceFacts

from .contexts import chrome, moment, s, timer
from .contexts_forms import rows
from .contexts_unsent import unsent, unsent_parts

_team = [
    s.MemberLine(short_name="Okafor", side="police", state="assigned", you=True),
    s.MemberLine(short_name="Lindqvist", side="crisis", state="assigned", with_you=True),
    s.MemberLine(short_name="2B25 Moriarty", side="police", state="en_route"),
]
CALLS = [
    s.MyCall(
        key="k0417",
        number="0417",
        state="assigned",
        place_in_list="card",
        place="West Ave S & Jackson St",
        priority=1,
        timer=timer(41, 50),
        hazards=[
            s.Hazard(
                words="he has a shotgun by the door",
                by="a neighbor",
                at=moment("02:11:48"),
                age_minutes=3,
            )
        ],
        cautions=[
            s.Caution(
                words="Loose dog bit a mail carrier.",
                age_days=82,
                source="Patrol report",
                until="Dec 1",
            )
        ],
        officer_first=True,
        team=_team,
        acknowledge_url="/my-calls/k0417/ack",
        decline_url="/my-calls/k0417/no",
        encounter_url="/encounters/e417",
    ),
    s.MyCall(
        key="k0388",
        number="0388",
        state="cleared",
        place_in_list="row",
        encounter_url="/encounters/e388",
        cleared_at=moment("00:52:00"),
        axes_open=2,
    ),
]


def my_calls() -> dict[str, dict[str, Any]]:
    """A new assignment, nothing at all, off duty, and beside a feed that fell silent."""
    frame = {"chrome": chrome("officer"), "sentence": None, "done": None, "phone": None}
    today = s.Today(side_word="Police side", encounters=3, unknown=1, report_url="/report")
    shared = {"fragment_url": "/my-calls/list", "duty_url": "/duty"}
    gone = [s.FeedState("County CAD", "silent", moment("02:03:00"), leads=True)]
    return {
        "my_calls--silent_feed": {
            **frame,
            "mine": s.Mine(unit="CRU 1", calls=CALLS, silent=gone, today=today, **shared),
        },
        "my_calls": {
            **frame,
            "mine": s.Mine(
                unit="CRU 1", calls=CALLS, today=today, ring_url="tel:+16085550142", **shared
            ),
        },
        "my_calls--empty": {**frame, "mine": s.Mine(unit="CRU 1", calls=[], **shared)},
        "my_calls--off": {**frame, "mine": s.Mine(unit="", calls=[], **shared)},
    }


def steps() -> list[Any]:
    """The shared times up to now."""
    done = [
        ("call", "01:52:00"),
        ("assigned", "01:53:00"),
        ("en_route", "01:54:00"),
        ("at_address", "01:57:00"),
        ("scene_stable", "01:58:00"),
    ]
    return [
        *[s.SpineStep(code=code, when="done", at=moment(at)) for code, at in done],
        s.SpineStep(code="on_scene", when="now", at=moment("02:01:00")),
        s.SpineStep(code="cleared", when="next"),
    ]


CHOICES = {
    "contact": [
        "contacted_in_person",
        "contacted_phone",
        "unable_to_locate",
        "refused_contact",
        "unknown",
    ],
    "enforcement": ["none", "warning", "citation", "arrest_booked", "unknown"],
    "custody": ["none", "emergency_detention", "protective_custody", "unknown"],
    "adverse": ["none", "force_used", "injury_person", "near_miss", "unknown"],
    "transport": ["none", "cru_vehicle", "patrol", "ems", "unknown"],
    "clinical": [
        "de_escalated_on_scene",
        "safety_plan_made",
        "voluntary_services_accepted",
        "no_services_needed",
        "unknown",
    ],
    "legal_status": [
        "voluntary",
        "emergency_detention",
        "detention_considered_not_pursued",
        "unknown",
    ],
    "destination": [
        "remained",
        "own_home",
        "crisis_stabilization",
        "emergency_department_psychiatric",
        "unknown",
    ],
    "referral": ["none", "warm", "cold", "declined", "unknown"],
    "follow_up": ["scheduled_24h", "scheduled_72h", "declined", "not_indicated", "unknown"],
}


def cell(axis: str, owner: str, *values: str, opened: bool = False) -> Any:
    """One axis, chosen or not."""
    known = {"by": "Reyes", "at": moment("02:10:00")} if values else {}
    return s.AxisCell(
        axis=axis,
        owner=owner,
        values=list(values),
        choices=CHOICES[axis],
        url="/encounters/e400/axes",
        open=opened,
        **known,
    )


AXES = {
    "police": [
        cell("contact", "shared", "contacted_in_person"),
        cell("enforcement", "police", "none"),
        cell("custody", "police", "none"),
        cell("adverse", "shared", "none"),
        cell("transport", "police", opened=True),
    ],
    "crisis": [
        cell("contact", "shared", "contacted_in_person"),
        cell("clinical", "crisis"),
        cell("legal_status", "crisis", "voluntary"),
        cell("destination", "crisis"),
        cell("referral", "crisis"),
        cell("follow_up", "crisis", "scheduled_24h"),
    ],
}


def scene_parts(*, police: bool) -> dict[str, Any]:
    """The words of a scene, and the gate while it waits after a split."""
    words = ["scene_stable", "veto"] if police else ["veto", "remote_support"]
    url = "/encounters/e400/word"
    return {
        "more_steps": [s.StepAct(code="split", url=url)],
        "scene_steps": [s.StepAct(code=code, url=url) for code in (*words, "more_help")],
        "gate": s.GateLine("waits", left="D. Okafor", left_at=moment("02:11:00")),
    }


def told_parts(*, police: bool) -> dict[str, Any]:
    """The custody file's link, what was told in confidence, and whose follow-up is refused."""
    return {
        "custody_url": "/encounters/e400/custody" if police else "",
        "refusal": s.RefusalPart(
            url="/encounters/e400/refusal",
            scope="both",
            by="Reyes",
            at=moment("02:12:00"),
            told_to_police="" if police else "police",
            told_by="" if police else "Reyes",
        ),
        "collateral": None
        if police
        else s.CollateralPart(
            url="/encounters/e400/told",
            lines=[
                s.CollateralLine(
                    "He keeps a revolver in the shed.",
                    "Wren A.",
                    "sister",
                    True,
                    "Abara",
                    moment("02:08:00"),
                )
            ],
        ),
    }


def situations() -> list[s.Situation]:
    """One situation that holds, with two laws side by side, and one that nothing speaks for."""
    law = ("51.45(11)(b)", "51.15")
    lines = [
        s.SituationText(
            "medical", "Medical first", "", "Breathing, injury, what was taken.", "", True
        ),
        *(
            s.SituationText("law", f"Statute {one}", one, "What it is for.", "", True)
            for one in law
        ),
        s.SituationText("duty", "Assess again when sober", "", "Say when.", "", False),
    ]
    line = s.SituationText("number", "Veterans Crisis Line", "", "If they wish it.", "988", False)
    doubtful = s.SituationText("caution", "May be the wrong one", "51.15", "Weigh it.", "", False)
    return [
        s.Situation("intoxicated_and_suicidal", ["intoxicated", "suicidal_ideation"], lines),
        s.Situation("minor", ["age"], [doubtful]),
        s.Situation("veteran", [], [line]),
    ]


def encounter(side: str, note: Any, **more: Any) -> dict[str, Any]:
    """One side's view of the invented encounter 0400."""
    police = side == "police"
    axes = AXES[side]
    other = "Crisis records" if police else "Police records"
    base: dict[str, Any] = {
        "side": side,
        "number": "0400",
        "place": "Riverside Park",
        "back_url": "/my-calls",
        "spine_url": "/encounters/e400/spine",
        "timer": timer(1040, 1200),
        "steps": steps(),
        "note": note,
        "axes": axes,
        "axes_open": sum(1 for a in axes if not a.values),
        "team": [
            s.MemberLine(
                short_name="2B13 Reyes", side="police", state="on_scene", at=moment("02:01:00")
            ),
            s.MemberLine(
                short_name="C6 Abara", side="crisis", state="on_scene", at=moment("02:01:00")
            ),
        ],
        "paired": True,
        "priority": 2,
        "other_side_took_part": True,
        "person": s.Person(
            name="Corin A.", age=50, age_known="estimated", url="/encounters/e400/person"
        ),
        "why": s.WhyRule(
            what=f"{other} of any encounter.",
            because="Two laws keep them apart.",
            ask="Ask your records custodian.",
            authority="Wis. Stat. 51.30 · 45 CFR 164",
        ),
        **told_parts(police=police),
        "next_steps": [s.StepAct(code="cleared", url="/encounters/e400/clear")],
        **scene_parts(police=police),
    }
    if police:
        base["tap"] = s.PatrolTap(
            url="/encounters/e400/tap",
            value="emergency_department",
            by="Reyes",
            at=moment("02:04:00"),
            choices=["arrest", "cite", "emergency_department", "detention", "leave", "cannot_say"],
        )
    return {
        "chrome": chrome("officer" if police else "worker"),
        "encounter": s.Encounter(**{**base, **more}),
        "sentence": None,
        "done": None,
        "axes_sentence": None,
    }


FACTS = PoliceFacts(
    seen=("pacing", "crying"),
    weapons="no",
    video="BWC-2B13-0400",
    acts=(
        OvertAct("I do not want to go home tonight.", "heard", "", "02:03"),
        OvertAct(
            "She stood on the outer step for a minute, then came down.",
            "reported",
            "a passer-by",
            "02:00",
        ),
    ),
)
URLS = {"save_url": "/notes/1", "sign_url": "/notes/1/sign"}
POLICE_NOTE = s.Note(
    state="draft",
    text="Her coat and bag stayed with her.",
    facts=FACTS,
    seen_codes=list(SEEN),
    missing=["the number of the force report"],
    offers=[s.ActOffer("he has a shotgun by the door", "a neighbor", moment("02:11:48"))],
    sequence=7,
    saved_at=moment("02:14:35"),
    **URLS,
)
CRISIS_NOTE = s.Note(
    state="draft",
    text="Speaks slowly, answers questions. Says the last week was hard after a move. "
    "Accepts water. Sister on the way",
    sequence=3,
    saved_at=moment("02:14:35"),
    **URLS,
)
TWO = s.TwoVersions(
    held="Speaks slowly, answers questions.",
    apart="Speaks slowly. Sister on the way.",
    held_at=moment("02:14:35"),
    apart_at=moment("02:14:50"),
    url="/encounters/e400/choose",
)
_VERSION = s.NoteVersion(
    kind="signed",
    text="Speaks slowly, answers questions.\nSister came at 02:20.",
    by="O. Abara",
    at=moment("02:31:00"),
)
_LATER = s.NoteVersion(
    kind="amendment",
    text="The sister came at 02:25, not 02:20.",
    by="O. Abara",
    at=moment("02:40:00"),
    reason="wrong time",
)
SIGNED_NOTE = s.Note(
    state="amended",
    amend_url="/notes/1/amend",
    signed_by="O. Abara",
    signed_at=moment("02:31:00"),
    versions=[_VERSION, _LATER],
)


def against() -> dict[str, Any]:
    """Every statement that somebody changed while this page was open, with the reader's own."""
    drawn = encounter("police", POLICE_NOTE)
    shown = drawn["encounter"]
    shown.person.mine = s.Unkept({"name": "Corin B.", "age": "44", "age_known": "said"}, True)
    shown.typed = {"person": unsent("person", name="Corin B.", age="44", age_known="said")}
    shown.tap.mine = s.Unkept({"value": "arrest", "offense": "broken window"}, True)
    shown.refusal.mine = s.Unkept({"scope": "police"}, True)
    contact = dataclasses.replace(shown.axes[0], open=True)
    contact.mine = s.Unkept({"value": "refused_entry"}, True)
    contact.said = [("contacted_in_person", "O. Abara"), ("refused_entry", "Reyes")]
    shown.axes = [contact, *shown.axes[1:]]
    what = "Somebody saved something else meanwhile. Both are shown: choose which one goes on."
    return {**drawn, "sentence": s.Sentence(what)}


def encounters() -> dict[str, dict[str, Any]]:
    """Both sides, written, empty and signed."""
    quiet: dict[str, Any] = {"next_steps": [], "more_steps": [], "axes_open": 0}
    refused = s.Sentence(
        what="You are no longer on this encounter.",
        safe="What you wrote until 02:14 is kept.",
        do="Ring your desk if this is wrong.",
    )
    return {
        "encounter_police": encounter("police", POLICE_NOTE),
        "encounter_crisis": encounter("crisis", CRISIS_NOTE, forms=rows()),
        "encounter_police--empty": encounter(
            "police",
            s.Note(state="draft", facts=PoliceFacts(), seen_codes=list(SEEN), **URLS),
            person=None,
            tap=None,
            officer_first=True,
            next_steps=[
                s.StepAct(code="at_address", url="/x"),
                s.StepAct(code="scene_stable", url="/x"),
            ],
            hazards=[
                s.Hazard(
                    words="he has a shotgun by the door",
                    by="a neighbor",
                    at=moment("02:11:48"),
                    age_minutes=3,
                )
            ],
        ),
        "encounter_crisis--two": encounter(
            "crisis",
            dataclasses.replace(CRISIS_NOTE, two=TWO),
            told=[
                s.ToldAnswer("weapon_in_hand", "no", "second_party", moment("01:52:00")),
                s.ToldAnswer("violence_now", "not_known", "", moment("01:52:00"), "he shouts"),
            ],
            **unsent_parts(told_parts(police=False)["collateral"]),
        ),
        "encounter_police--against": against(),
        "encounter_crisis--law": encounter("crisis", CRISIS_NOTE, situations=situations()),
        "encounter_police--signed": encounter(
            "police",
            dataclasses.replace(
                SIGNED_NOTE, versions=[dataclasses.replace(_VERSION, facts=FACTS, text="")]
            ),
            signed_by_others=[s.SignedNote("K. Moss", [_VERSION])],
            **quiet,
        ),
        "encounter_crisis--signed": {
            **encounter("crisis", SIGNED_NOTE, **quiet),
            "sentence": refused,
        },
    }
