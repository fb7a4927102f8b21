"""Invented pages while somebody's emergency runs: at both desks, at the one who pressed, beside."""

from __future__ import annotations

import dataclasses
from typing import Any

from .contexts import chrome, moment, s, timer
from .contexts_desk import desk
from .contexts_field import my_calls
from .contexts_intake import crisis_intake


def pressed(**changes: Any) -> Any:
    """A crisis worker alone with a person pressed 35 s ago; neither desk has it."""
    base: dict[str, Any] = {
        "key": "e1",
        "who": "Mira Lindqvist",
        "unit": "MC 2",
        "pressed_at": moment("02:14:02"),
        "timer": timer(35),
        "place_kind": "at",
        "place": "1400 block of Caledonia St",
        "place_at": moment("01:58:10"),
        "place_minutes": 16,
        "alone": True,
        "mine": s.DeskAnswer("dispatch"),
        "other": s.DeskAnswer("crisis"),
        "seen_url": "/emergencies/e1/seen",
        "end_url": "/emergencies/e1/end",
    }
    return s.EmergencyLine(**{**base, **changes})


def on_visit() -> Any:
    """A crisis worker alone since a while, her check due soon."""
    urls = {"ok_url": "/visits/v1/ok/", "end_url": "/visits/v1/over/"}
    since, clock = moment("02:03:00"), timer(470, 600)
    return s.VisitLine("v1", "Mira Lindqvist", "0006", since, clock, alone=True, **urls)


def visits(unheard: Any) -> dict[str, dict[str, Any]]:
    """A visit to begin, one that runs, and one whose check was missed, at her desk."""
    missed = dataclasses.replace(
        unheard, key="o6", kind="visit", unit="", call="", seen_at=None, seen_by="",
        seen_url="/owed/o6/seen", call_url="", ask_phone="(608) 555-0117",
    )  # fmt: skip
    desk_page, mine = crisis_intake()["crisis_desk"], my_calls()["my_calls"]
    choices = [s.Option("", "No contact of mine"), s.Option("k1", "0006")]
    free = dataclasses.replace(mine["mine"], calls=[], visit_url="/visits/", contacts=choices)
    return {
        "crisis_desk--visit": {
            **desk_page,
            "crisis": dataclasses.replace(desk_page["crisis"], visits=[on_visit()]),
            "chrome": chrome("worker", alarm_url="/alarm", sos_url=""),
            "alarm": s.AlarmBar(sounds=["check"], overdue=[missed]),
        },
        "my_calls--visit": {
            **mine,
            "mine": dataclasses.replace(mine["mine"], calls=[], visits=[on_visit()]),
        },
        "my_calls--visit_new": {**mine, "mine": free},
    }


def emergencies() -> dict[str, dict[str, Any]]:
    """Ringing, climbed and answered, on a desk and on a phone."""
    climbed = pressed(
        key="e2", who="Dana Okafor", unit="CRU 1", call="0417", alone=False, place_kind="unknown",
        pressed_at=moment("02:11:30"), timer=timer(187), seen_url="",
        mine=s.DeskAnswer("dispatch", by="T. Brandvold", at=moment("02:11:36")),
        other=s.DeskAnswer("crisis", climbed_at=moment("02:12:00"), phone="(608) 555-0142"),
    )  # fmt: skip
    running = s.Sos(mine=climbed)
    near = dataclasses.replace(climbed, key="e3", known_url="/told/p1/seen/")
    beside = s.Sos(beside=[near])
    back = s.Sos(taken_back=[s.TakenBack("p2", "0412", moment("02:14:34"), "/told/p2/seen/")])
    silent = s.OverdueLine(
        key="o1", kind="acknowledge", who="R. Delacroix", unit="2B21", call="0411",
        timer=timer(78, 60), rang_at=moment("02:14:19"), seen_url="/owed/o1/seen",
        ok_url="/owed/o1/ok", call_url="/desk/?call=k0411",
        reached=s.PhoneReached("unseen", moment("02:13:19"), moment("02:13:39")),
    )  # fmt: skip
    closed = s.OverdueLine(
        key="o3", kind="unreached", who="J. Halloran", unit="2B18", call="0412",
        timer=timer(3), rang_at=moment("02:14:34"), call_url="/desk/?call=k0412",
        reached=s.PhoneReached("no_phone"),
    )  # fmt: skip
    unheard = s.OverdueLine(
        key="o2", kind="check_alone", who="Mira Lindqvist", unit="MC 2", call="0400",
        timer=timer(725, 600), rang_at=moment("02:12:32"), climbed_at=moment("02:13:32"),
        phone="(608) 555-0142", seen_by="T. Brandvold", seen_at=moment("02:13:00"),
        ok_url="/owed/o2/ok", call_url="/desk/?call=k0400",
    )  # fmt: skip
    untapped = dataclasses.replace(
        closed, key="o4", kind="emergency", call="0417", rang_at=moment("02:11:30"),
        reached=s.PhoneReached("unseen", moment("02:11:31"), moment("02:11:51")),
    )  # fmt: skip
    untold = dataclasses.replace(silent, key="o6", kind="tell", who="cps", unit="", reached=None)
    taken = dataclasses.replace(closed, key="o5", kind="taken_back", reached=s.PhoneReached(""))
    bar = s.AlarmBar(lines=[pressed(), climbed], sounds=["emergency", "check"], overdue=[silent])
    owed = s.AlarmBar(sounds=["check"], overdue=[silent, unheard, closed, untapped, taken, untold])
    shown = desk()["desk"]["desk"]
    far = dataclasses.replace(shown.pending[0], number="12415", fresh=True)
    year = dataclasses.replace(shown, pending=[far, *shown.pending[1:]])
    worker = chrome("worker", alarm_url="/alarm", sos_url="")
    return {
        "desk--emergency": {**desk()["desk"], "alarm": bar},
        "crisis_desk--emergency": {
            **crisis_intake()["crisis_desk"], "chrome": worker, "alarm": bar,
        },
        "desk--overdue": {**desk()["desk"], "desk": year, "alarm": owed},
        "my_calls--emergency": {**my_calls()["my_calls"], "sos": running},
        "my_calls--emergency_beside": {**my_calls()["my_calls"], "sos": beside},
        **visits(unheard),
        "my_calls--taken_back": {**my_calls()["my_calls"], "sos": back},
    }  # fmt: skip
