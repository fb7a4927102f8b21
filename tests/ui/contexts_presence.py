"""Invented contexts for who is there: full, and nobody at all."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .contexts import chrome, moment, s

AWAY = [
    s.AwayLine("m1", "B. Lindahl", "2B26", "pulled", moment("01:30:00")),
    s.AwayLine("m2", "G. Tillman", "", "sick", moment("21:40:00")),
]


def presence() -> dict[str, dict[str, Any]]:
    """Who is there at each desk, and nobody at all."""
    line = s.PresenceLine
    full = s.PresencePage(
        side="police",
        url="/desk/presence",
        desk_url="/desk",
        on=[
            line("m3", "D. Okafor", "available", "CRU 1", "u1", moment("21:58:00")),
            line(
                *("m4", "P. Castellane", "available", "2B12", "u2", moment("22:04:00")),
                known="phone",
                entered_by="T. Brandvold",
            ),
        ],
        away=[
            line("m1", "B. Lindahl", "pulled", "2B26", since=moment("01:30:00")),
            line("m2", "G. Tillman", "sick", since=moment("21:40:00")),
        ],
        off=[line("m5", "K. Moriarty", "off_duty")],
        units=[s.Option("u1", "CRU 1"), s.Option("u2", "2B12")],
    )
    full.planned = [
        s.PlannedLine("D. Okafor", "Sun 22:00", "Mon 06:00", "on", known=True),
        s.PlannedLine("K. Moriarty", "Sun 22:00", "Mon 06:00", "late", known=True),
        s.PlannedLine("N. Nobody", "Mon 02:10", "Mon 10:00", "planned", known=False),
    ]
    full.coming = [s.PlannedLine("B. Lindahl", "Mon 06:00", "Mon 14:00", "planned", known=True)]
    full.unplanned = ["P. Castellane"]
    frame = {"chrome": chrome("dispatcher"), "sentence": None, "done": None}
    nobody = replace(
        full, on=[], away=[], off=[], side="county", planned=[], coming=[], unplanned=[]
    )
    wrong = s.Sentence("Nobody of your side has that name. What you typed is still there.")
    return {
        "presence": {**frame, "presence": full},
        "presence--empty": {**frame, "presence": nobody, "sentence": wrong},
    }
