"""Invented contexts of forms, instruments and critical answers: empty, in use, refused, signed."""

from __future__ import annotations

from typing import Any

from .contexts import chrome, moment, s

ANSWERS = [("0", "Not at all"), ("1", "Several days"), ("2", "More than half"), ("3", "Every day")]


def _options(*pairs: tuple[str, str]) -> list[Any]:
    return [s.Option(code, label) for code, label in pairs]


def _items(*, typed: bool) -> list[Any]:
    return [
        s.FormItem("facts", "group", "When, where, who", 0),
        s.FormItem(
            "began_at",
            "dateTime",
            "When it began",
            1,
            required=True,
            values=["2026-11-23T02:01"],
            prefilled=not typed,
        ),
        s.FormItem(
            "nature",
            "choice",
            "What kind of contact",
            1,
            required=True,
            options=_options(("mobile", "Mobile response"), ("phone", "By phone")),
            values=["mobile"] if typed else [],
        ),
        s.FormItem(
            "aims",
            "choice",
            "What the plan is for",
            0,
            many=True,
            options=_options(("calm", "A calmer situation"), ("safe", "Safety")),
            values=["calm"] if typed else [],
        ),
        s.FormItem(
            "hours",
            "integer",
            "Hours until the first attempt",
            0,
            unit="h",
            values=["7 or 8"] if typed else [],
            error="Enter a whole number within its bounds." if typed else "",
        ),
        s.FormItem(
            "services",
            "text",
            "Services given and what came of them",
            0,
            required=True,
            values=["Listened; water; sister called."] if typed else [],
            absent="" if typed else "asked-unknown",
        ),
        s.FormItem(
            "needless",
            "text",
            "What was suggested instead",
            0,
            asked=False,
            when='[{"any": false, "of": [["nature", "=", "phone"]]}]',
        ),
    ]


def signed_form(number: int = 1, *, critical: bool = False) -> Any:
    return s.SignedForm(
        number=number,
        version="1.0",
        at=moment("02:20:00"),
        reason="" if number == 1 else "asked again",
        lines=[
            s.SignedLine("How it was asked", "Read aloud by staff"),
            s.SignedLine("9. Thoughts of being better off dead", "Several days", critical),
        ],
        missing=["8. Moving or speaking slowly"],
    )


def results() -> list[Any]:
    """A level that may be higher, and one before it."""
    lines = []
    for day, level, may_be, score, most, left, critical, word in (
        ("Nov 23, 2026", "mild", "moderate", 8, 11, 1, True, "not_comparable"),
        ("Nov 2, 2026", "moderately_severe", "moderately_severe", 16, 16, 0, False, "first"),
    ):
        lines.append(
            s.ResultLine(
                day, moment("02:20:00"), "M. Lindqvist", level, may_be, score, most, left,
                critical, word,
            )
        )  # fmt: skip
    return lines


def _page(**changes: Any) -> Any:
    facts: dict[str, Any] = {
        "number": "0400",
        "place": "Riverside Park",
        "title": "Service note",
        "code": "service-note",
        "version": "1.0",
        "state": "new",
        "back_url": "/encounters/e417",
        "items": _items(typed=False),
        "save_url": "/save",
        "sign_url": "/sign",
    }
    return s.FormPage(**{**facts, **changes})


def forms() -> dict[str, dict[str, Any]]:
    """One form in each state."""
    frame = {"chrome": chrome("worker"), "sentence": None, "done": None}
    refused = s.Sentence(
        "An answer cannot be kept as it is. Look at the marked ones; nothing is lost."
    )
    draft = {"state": "draft", "items": _items(typed=True), "saved_at": moment("02:14:35")}
    closed = {"save_url": "", "sign_url": "", "amend_url": "/amend", "state": "signed"}
    return {
        "form": {**frame, "form": _page()},
        "form--draft": {**frame, "form": _page(**draft)},
        "form--refused": {**frame, "sentence": refused, "form": _page(**draft)},
        "form--signed": {
            **frame,
            "form": _page(
                **closed,
                items=_items(typed=True),
                signed=[signed_form(), signed_form(2)],
                results=results(),
                title="PHQ-9",
                instrument=True,
            ),
        },
        "form--expunged": {**frame, "form": _page(**{**closed, "amend_url": ""}, readable=False)},
    }


def alerts() -> dict[str, dict[str, Any]]:
    """Nothing waits, something waits, one opened."""
    frame = {
        "chrome": chrome("worker"),
        "sentence": None,
        "done": None,
        "list_url": "/alerts/list/",
    }
    waiting = s.AlertLine("a1", "0400", "M. Lindqvist", moment("02:20:00"), "/alerts/a1/")
    seen = s.AlertLine(
        "a2",
        "0388",
        "M. Lindqvist",
        moment("01:20:00"),
        "/alerts/a2/",
        "S. Haas",
        moment("01:25:00"),
    )
    opened = s.AlertPage(
        waiting, "PHQ-9", signed_form(critical=True), results(), "/seen", "/alerts/"
    )
    return {
        "alerts": {**frame, "waiting": [waiting], "seen": [seen]},
        "alerts--empty": {**frame, "waiting": [], "seen": []},
        "alert": {**frame, "alert": opened},
    }


def rows() -> list[Any]:
    """The forms of an encounter, as its page lists them."""
    return [
        s.FormRow("Initial contact", "/f/1", "signed", 12, 14, moment("02:05:00")),
        s.FormRow("Screening questions", "/f/2", "draft", 2, 6),
        s.FormRow("Response plan", "/f/3", "new"),
    ]


def form_desk() -> dict[str, dict[str, Any]]:
    """The county's forms: a list, one as it is, one with a draft and a refusal."""
    frame = {"chrome": chrome("worker"), "sentence": None, "done": None}
    lines = [
        s.FormLine("Initial contact", "/forms/initial-contact/", "1.0", 18),
        s.FormLine("Response plan", "/f", "1.1", 8, "S. Haas", "Nov 23, 2026", "S. Haas"),
    ]
    items = [
        s.EditedItem("aims", "choice", "What the plan is for", "Para qué es", 0, True, True, False,
                     False, "Less distress; Safety"),
        s.EditedItem("why", "text", "Why", "Por qué", 1, False, True, True, True),
    ]  # fmt: skip
    facts: dict[str, Any] = {
        "title": "Response plan",
        "version": "1.0",
        "url": "/f",
        "change_url": "/f/change",
        "drop_url": "/f/drop",
        "force_url": "/f/force",
        "back_url": "/forms/",
        "is_draft": False,
        "items": items,
        "preview": _items(typed=False),
        "groups": [s.Option("facts", "When, where, who")],
        "changes": [],
        "history": [],
    }
    draft = {
        **facts,
        "is_draft": True,
        "changed_by": "S. Haas",
        "changes": [("added", "Ride home?"), ("moved", "")],
        "history": [lines[1]],
        "typed": {"text": "Ride?", "kind": "choice", "into": "facts", "many": "on"},
    }
    refused = s.Sentence("Item ride needs 1 to 100 answers to choose.")
    return {
        "forms": {**frame, "lines": lines},
        "form_edit": {**frame, "edit": s.FormEdit(**facts)},
        "form_edit--draft": {**frame, "sentence": refused, "edit": s.FormEdit(**draft)},
    }
