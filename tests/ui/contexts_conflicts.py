"""Invented pages on which somebody else stated something while they were open."""

from __future__ import annotations

import dataclasses
from typing import Any

from .contexts import moment, s
from .contexts_intake import crisis_intake
from .contexts_people import persons, reviews
from .contexts_unsent import unsent

_ASKED = ["party", "name", "callback", "from_whom", "line", "language", "interpreter", "person"]
_ASKED += ["age", "age_how", "place", "lat", "lon", "words"]
_SAID = s.Sentence("Somebody saved something else meanwhile.")


def conflicts() -> dict[str, dict[str, Any]]:
    """A file's fact, who a person is, and a contact's facts, each stated twice."""
    file, found = persons()["person"], persons()["persons"]
    fact = s.FactUnkept(
        "birth",
        {"kind": "birth", "value": "1984-03-07", "source": "record"},
        True,
        "1983-03-07",
        "M. Reyes",
        "2026-11-22 21:14",
    )
    who = s.IdentifiedElse(
        "Quilfeather, A., born 1983",
        "Quillfeather, Ames, born 1983-03-07",
        "p3",
        "/encounters/n1",
        "J. Wren",
        "2026-11-22 21:14",
    )
    opened = crisis_intake()["contact"]
    differ = [
        ("person", "Corin Vale", ""),
        ("age_how", "said", "unknown"),
        ("words", "He counts the cars, and stops at each red one.", "He left."),
    ]
    contact = dataclasses.replace(
        opened["contact"],
        kept_by="M. Lindqvist",
        kept_at=moment("21:44:10"),
        mine=dict.fromkeys(_ASKED, "") | {"words": "He left."},
        differ=differ,
    )
    return {
        "person--else": {
            **file,
            "sentence": _SAID,
            "person": dataclasses.replace(file["person"], mine=fact),
        },
        "persons--else": {
            **found,
            "search": dataclasses.replace(found["search"], rows=None, mine=who),
        },
        "contact--else": {**opened, "contact": contact},
        **_unsent(file, opened),
    }


def _unsent(file: dict[str, Any], opened: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The same pages with words of pages that are gone."""
    review = reviews()["review"]
    born = {"birth": unsent("birth", "1984", value="1983-03", source="self")}
    way = {"contact": unsent("contact", where="(608) 555-0177", must_not_know="her uncle")}
    held = dict.fromkeys(_ASKED, "") | {"words": "He left by the yard."}
    typed = {
        "facts": unsent("facts", **held),
        "note": unsent("note", "Ring the aunt.", words="Ring the sister."),
        "share": unsent("share", threat="A rope in the shed."),
    }
    contact = dataclasses.replace(opened["contact"], mine=held, typed=typed)
    found = dataclasses.replace(
        review["review"], typed=unsent("review", "Earlier words.", words="Talked with both.")
    )
    return {
        "person--unsent": {
            **file,
            "person": dataclasses.replace(file["person"], typed={**born, **way}),
        },
        "review--unsent": {**review, "review": found, "typed": "Talked with both."},
        "contact--unsent": {**opened, "contact": contact},
    }
