"""Invented words that were not sent, the custody file with some of them, and closings."""

from __future__ import annotations

import dataclasses
from typing import Any

from tandem.encounters.custody import FACTS as CUSTODY
from tandem.encounters.custody import HOW, RESTRAINT

from .contexts import chrome, moment, s


def unsent(form: str, *others: str, **words: str) -> s.TypedForm:
    """Words that were typed and not sent, and those of other pages."""
    return s.TypedForm(
        form,
        f"/encounters/e400/typed/{form}",
        f"/encounters/e400/typed/{form}/drop",
        "page2",
        "page1",
        4,
        moment("02:13:00"),
        words,
        [s.TypedElsewhere([other], moment("02:12:00"), "page0", 3) for other in others],
    )


def unsent_parts(told: s.CollateralPart) -> dict[str, Any]:
    """The crisis worker's forms with what was typed on pages that are gone."""
    words = {"words": "He keeps a kite.", "source": "Wren A."}
    typed = {"name": "Corin B.", "age": "", "age_known": ""}
    url = "/encounters/e400/person"
    return {
        "person": s.Person(
            name="Corin A.", age=50, age_known="said", url=url, mine=s.Unkept(typed)
        ),
        "collateral": dataclasses.replace(told, kept=words),
        "typed": {
            "told": unsent("told", "He has a boat.", words="He keeps a kite.", source="Wren A."),
            "person": unsent("person", name="Corin B."),
        },
    }


def custody() -> dict[str, dict[str, Any]]:
    """The custody file of an invented encounter, with facts and empty."""
    forms = [s.CustodyForm(kind, list(asked)) for kind, asked in CUSTODY.items()]
    shown = s.CustodyFile(
        number="0400",
        place="Riverside Park",
        back_url="/encounters/e400",
        note_url="/encounters/e400/custody/note",
        relief_url="/encounters/e400/custody/relief",
        now="2026-11-23T02:20",
        lines=[
            s.CustodyLine(
                "taken",
                "Nov 23, 02:18",
                [("who", "2B13 Reyes"), ("county", "La Crosse")],
                "Reyes",
                moment("02:20:00"),
                False,
                "/x",
            ),
            s.CustodyLine(
                "approval_asked",
                "Nov 23, 02:25",
                [("who", "on-call worker"), ("how", "phone")],
                "Reyes",
                moment("02:26:00"),
                True,
            ),
        ],
        forms=forms,
        officers=[s.Option("k1", "K. Moss")],
        reliefs=["K. Moss, named by Reyes"],
        how=list(HOW),
        restraint=list(RESTRAINT),
    )
    frame = {"chrome": chrome("officer"), "sentence": None, "done": None}
    refused = s.Sentence("Say on which day and at what time it was.")
    return {
        "custody": {
            **frame,
            "custody": dataclasses.replace(
                shown, typed={"custody-left": unsent("custody-left", place="North door")}
            ),
        },
        "custody--empty": {
            **frame,
            "custody": dataclasses.replace(shown, lines=[], reliefs=[]),
            "sentence": refused,
        },
    }


def closings() -> dict[str, dict[str, Any]]:
    """A record with much open, with nothing open, and closed."""
    frame = {"chrome": chrome("worker"), "sentence": None, "done": None, "chosen": ""}
    line = s.ClosingLine("O. Abara", "2026-11-23", moment("02:40:00"), responsible="O. Abara")
    again = s.ClosingLine(
        "O. Abara",
        "2026-11-23",
        moment("02:31:00"),
        reopened_by="O. Abara",
        reopened_at=moment("02:35:00"),
        why="amended",
    )
    points: list[tuple[str, bool, list[str]]] = [
        ("not_signed", True, []),
        ("begun", True, ["O. Abara"]),
        ("choose", True, ["O. Abara"]),
        ("review", True, ["juvenile", "force"]),
        ("uncovered", True, ["injury"]),
        ("responsible", True, []),
        ("plans", False, ["1"]),
        ("alerts", False, ["1"]),
        ("forms", False, ["2"]),
        ("silent", False, ["J. Wren"]),
        ("described", False, []),
        ("unstated", False, ["contact", "follow_up"]),
    ]
    full = s.ClosingPage(
        "crisis",
        "0400",
        "Riverside Park",
        "/encounters/e400",
        "/encounters/e400/closing",
        [s.OpenLine(*point) for point in points],
        [again],
        high_risk=True,
        staff=[s.Option("k1", "O. Abara")],
    )
    free = dataclasses.replace(full, open=[], lines=[], high_risk=False, may_close=True)
    refused = s.Sentence("Not closed: something is still open. The list says what.")
    return {
        "closing": {**frame, "closing": full, "sentence": refused},
        "closing--empty": {**frame, "closing": free},
        "closing--closed": {
            **frame,
            "closing": dataclasses.replace(free, side="police", url="", lines=[again, line]),
        },
    }
