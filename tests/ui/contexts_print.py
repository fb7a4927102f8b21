"""Invented contexts for boards on paper: a full one before its print, one printed, an empty one."""

from __future__ import annotations

from typing import Any

from .contexts import chrome, moment, s
from .contexts_desk import desk
from .contexts_intake import crisis_intake


def prints() -> dict[str, dict[str, Any]]:
    """Both desks, and a night in which nothing happens."""
    full, crisis = desk()["desk"]["desk"], crisis_intake()["crisis_desk"]["crisis"]
    base: dict[str, Any] = {
        "at": moment("02:14:37"), "day": "Mon, Nov 23, 2026", "ribbon": "demonstration",
        "print_url": "/desk/print", "desk_url": "/desk",
    }  # fmt: skip
    dispatch = s.PrintedBoard(
        desk="dispatch", pending=full.pending, active=full.active, units=full.units,
        requests=full.requests, transfers=full.transfers, away=full.away,
        silent=[s.FeedState("County CAD", "silent", moment("02:03:00"))], **base,
    )  # fmt: skip
    done = s.PrintedBoard(
        desk="crisis", by="M. Lindqvist", requests=[*crisis.asked, *crisis.answered],
        transfers=crisis.transfers, workers=crisis.workers, contacts=crisis.contacts,
        away=crisis.away, **base,
    )  # fmt: skip
    frame = {"sentence": None, "done": None, "refusal": None}
    return {
        "print_board": {**frame, "chrome": chrome("dispatcher"), "board": dispatch},
        "print_board--crisis": {**frame, "chrome": chrome("worker"), "board": done},
        "print_board--empty": {
            **frame, "chrome": chrome("dispatcher"),
            "board": s.PrintedBoard(desk="dispatch", **base),
        },
    }  # fmt: skip
