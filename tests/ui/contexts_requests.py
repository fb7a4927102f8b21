"""Requests for a crisis worker in every state, as the desks' pages are drawn from them."""

from __future__ import annotations

from typing import Any

from .contexts import moment, s, timer

ANSWERED: dict[str, Any] = {
    "timer": None,
    "answered_by": "K. Abara",
    "answered_at": moment("02:13:40"),
}


def asked(**changes: Any) -> Any:
    """One request; what is not changed is as it was pushed."""
    facts: dict[str, Any] = {
        "key": "r1",
        "number": "0412",
        "state": "asked",
        "type": "Person in distress",
        "place": "Losey Blvd & State Rd",
        "priority": 2,
        "words": "pacing at the bus stop",
        "asked_by": "T. Brandvold",
        "asked_at": moment("02:13:22"),
        "phone": "(608) 555-0142",
        "timer": timer(35, 120),
        "dangers": [
            s.QuestionLine("weapon_accessible", True, "yes"),
            s.QuestionLine("injury_or_ingestion", True, "not_known"),
            s.QuestionLine("weapon_in_hand", True, "no"),
        ],
        "not_asked": 9,
        "url": "/desk/?call=k0412",
    }
    return s.AskedWorker(**{**facts, **changes})


def waiting(**urls: str) -> list[Any]:
    """Asked, rung again, climbed, and countered: what an answer may still come for."""
    rung = {"rang_at": moment("02:14:22"), "timer": timer(75, 120)}
    late = {**rung, "climbed_at": moment("02:15:22"), "timer": timer(150, 120)}
    return [
        asked(key="r0", number="0409", state="climbed", words="", **late, **urls),
        asked(key="r1", number="0411", state="rung", dangers=[], not_asked=12, **rung, **urls),
        asked(**urls),
        *[
            asked(key=f"c{at}", number=f"040{at}", state="countered", **ANSWERED, **offer, **urls)
            for at, offer in enumerate(OFFERS)
        ],
    ]


OFFERS: list[dict[str, Any]] = [
    {"counter": "phone"},
    {"counter": "telehealth"},
    {"counter": "later", "counter_at": moment("03:30:00")},
    {"counter": "meet", "counter_place": "Hixon Forest, trailhead lot"},
]


def over() -> list[Any]:
    """Accepted, declined, withdrawn, and ended with the call."""
    return [
        asked(state="accepted", worker="P. Vang-Ritter", unit="MC 1", **ANSWERED),
        asked(state="declined", place="", **ANSWERED),
        asked(state="withdrawn", timer=None),
        asked(state="withdrawn", timer=None, call_ended=True),
    ]


def workers() -> list[Any]:
    """Free, in a pair, and on a call."""
    facts = [("P. Vang-Ritter", "MC 1", True, False), ("K. Abara", "CRU 2", True, False)]
    return [
        *[
            s.WorkerLine(f"w{at}", name, unit, "available", paired=paired, free=free)
            for at, (name, unit, free, paired) in enumerate(facts)
        ],
        s.WorkerLine("w8", "M. Lindqvist", "CRU 1", "available", paired=True, free=False),
        s.WorkerLine(
            "w9", "N. Vang", "MC 2", "en_route", False, False, number="0406", timer=timer(227)
        ),
    ]
