"""Invented persons on file, stewards' pairs, cautions and supervisors' reviews: full and empty."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from functools import partial
from typing import Any

from .contexts import chrome, moment, s
from .contexts_field import FACTS, SIGNED_NOTE
from .contexts_forms import signed_form

QUILL = s.PersonRow(
    "p1",
    "Quillfeather, Avery",
    "born 1983-03-07",
    "/persons/p1",
    "match",
    "name and birth",
    ["Avery Q.", "Maiv Yaj"],
)
QUILL_2 = s.PersonRow(
    "p2", "Quilfeather, A.", "born 1983", "/persons/p2", "possible", "typing error"
)
TWIN = s.PersonRow("p3", "Quillfeather, Ames", "born 1983-03-07", "/persons/p3", "possible")
READ = [
    s.ReadingLine("Dana Okafor", "CRU officer", "person", "Nov 22, 21:14"),
    s.ReadingLine("", "Custodian", "caution", "Nov 23, 01:02"),
]


def _frame(role: str, **changes: Any) -> dict[str, Any]:
    return {"chrome": chrome(role), "sentence": None, "done": None, **changes}


def _file() -> Any:
    """A file with a way to reach, a birth, an age and equity facts."""
    way = s.WayLine(
        "w1",
        "phone",
        "(608) 555-0177",
        ["call"],
        ["text", "leave_message"],
        True,
        "her brother's",
        "weekdays 9 to 11",
        "say that Mira calls about the books",
        "the man at the same address",
        "Dana Okafor",
        "Nov 20, 10:12",
    )
    fact = s.FactLine("birth", "1983-03-07", "stated", "self", "Dana Okafor", "Nov 20, 10:12")
    return s.PersonPage(
        "police",
        "p1",
        "Quillfeather, Avery",
        ["Avery Q.", "Maiv Yaj"],
        [fact],
        [dataclasses.replace(fact, kind="age", value="43 said")],
        [way],
        [
            s.EquityLine("language", "stated", "Hmong", "self"),
            s.EquityLine("veteran", "declined"),
            s.EquityLine("race", "not_asked"),
        ],
        [
            s.EncounterLine("0417", "Nov 23", "43", "/encounters/n1"),
            s.EncounterLine("", "Nov 2", ""),
        ],
        [QUILL_2, TWIN],
        "/persons/p1/fact",
        "/persons",
        caution_url="/cautions?person=p1",
        timeline_url="/persons/p1/timeline",
        merged=1,
        juvenile=True,
    )


def _timeline() -> s.TimelinePage:
    """A night with a hazard that the crisis worker reported, and what stands no more."""
    when = datetime(2026, 11, 23, 2, 10, tzinfo=UTC)
    line = partial(s.TimelineEntry, when=when, number="0417", url="/encounters/n1")
    return s.TimelinePage(
        "police",
        "Linnet Quilfeather",
        [
            line("review_due", minute="2026-11-23 02:41", by="D. Okafor"),
            line(
                "hazard",
                minute="2026-11-23 02:12",
                words="A knife lies in the kitchen drawer.",
                by="R. Moss",
                other=True,
                until="stands while the call is open",
            ),
            line("met", minute="2026-11-23 02:03", words="age 43"),
            line("refusal", minute="2026-11-02 18:20", words="both", by="D. Okafor"),
            line(
                "caution",
                minute="2026-05-01 10:00",
                words="Threw a bottle at the door.",
                by="D. Okafor",
                until="stood until 2026-07-30",
                over=True,
            ),
        ],
        "/persons/p1",
    )


def persons() -> dict[str, dict[str, Any]]:
    """Search before, with and without an answer; one file, whole and bare; the steward's desk."""
    asked = s.PersonSearch("/persons", own_cases=True)
    found = dataclasses.replace(
        asked,
        typed="quil",
        born="1983",
        rows=[QUILL, QUILL_2, TWIN],
        encounter="n1",
        identify_url="/encounters/n1/person",
    )
    bare = s.PersonPage(
        "crisis", "p9", "", [], [], [], [], [], [], [], "/persons/p9/fact", "/persons", signers=[]
    )
    signers = [
        s.SignerLine(*one, "Mira Lindqvist", "2026-11-23 02:20")
        for one in (
            ("g1", "Wren A.", "guardian", "", "letters", False),
            ("g2", "Corin A.", "self", "13", "too_young", False),
            ("g3", "Sol A.", "guardian", "", "", True),
            ("g4", "Ada A.", "parent", "", "", False),
        )
    ]
    refused = s.Sentence("That day lies ahead.", "What you typed is still there.", "Write another.")
    pair = s.PairLine("q1", QUILL, QUILL_2, "possible", "typing error")
    merged = s.PairLine("q2", QUILL, TWIN, by="R. Moss", at="Nov 20, 10:12", undo_url="/undo")
    apart = dataclasses.replace(merged, key="q3", undo_url="", undone="R. Moss", disclosures=READ)
    steward = s.StewardPage(
        "police",
        [pair],
        [merged, apart],
        [s.MoveLine("0388", "D4", "D12", "Dana Okafor", "Nov 21, 03:10", READ)],
        "/stewards/merge",
        "/stewards/apart",
        [s.Option("document", "a document was seen"), s.Option("other", "another reason")],
    )
    none = dataclasses.replace(steward, proposed=[], decided=[], moves=None, side="crisis")
    return {
        "persons": _frame("officer", search=found),
        "persons--empty": _frame("worker", search=dataclasses.replace(asked, typed="x", rows=[])),
        "person": _frame("officer", person=_file()),
        "timeline": _frame("officer", timeline=_timeline()),
        "timeline--empty": _frame(
            "worker", timeline=s.TimelinePage("crisis", "", [], "/persons/p9")
        ),
        "person--empty": _frame("worker", person=bare, sentence=refused),
        "person--signers": _frame(
            "worker", person=dataclasses.replace(bare, name="Corin A.", signers=signers)
        ),
        "stewards": _frame("custodian", steward=steward),
        "stewards--empty": _frame("custodian", steward=none),
    }


def cautions() -> dict[str, dict[str, Any]]:
    """Drafts, waiting, standing, the list by area; and a page with nothing on it."""
    one = s.CautionLine(
        "c1",
        "Swung a knife at the door on November 3",
        "1400 block of Caledonia St",
        "a report 26-1182",
        "Nov 3",
        "Dana Okafor",
        90,
    )
    full = s.CautionsPage(
        "/cautions",
        [
            dataclasses.replace(one, unfit=["violent", "mental"]),
            dataclasses.replace(one, send_url="/cautions/c1/send"),
        ],
        [
            dataclasses.replace(one, approve_url="/approve", end_url="/end"),
            dataclasses.replace(one, end_url="/end"),
        ],
        [
            dataclasses.replace(
                one, until="Feb 1", checked="still holds, P. Castellane, Nov 20", end_url="/end"
            )
        ],
        [s.AreaLine("Northside", 3, 4, 1, 412, "7.3"), s.AreaLine("Downtown", 0, 0, 0, 96, "0.0")],
        [s.Option("report", "a report"), s.Option("officer_saw", "an officer saw it")],
        place="1400 block of Caledonia St",
        file="p1",
    )
    nothing = dataclasses.replace(
        full, drafts=[], waiting=[], standing=[], areas=[], place="", file=""
    )
    refused = s.Sentence("That day lies ahead.", "Nothing was lost.", "Write another day.")
    return {
        "cautions": _frame("officer", cautions=full),
        "cautions--empty": _frame("officer", cautions=nothing, sentence=refused),
    }


def reviews() -> dict[str, dict[str, Any]]:
    """A supervisor's queue on each side, one review, a response plan to co-sign."""
    line = s.ReviewLine(
        "0417", ["force", "juvenile"], "Dana Okafor", "Nov 23", moment("02:10:00"), "/reviews/r1"
    )
    done = dataclasses.replace(
        line,
        words="Read and talked through with both.",
        done_by="S. Haas",
        done_at=moment("02:14:00"),
    )
    late = s.PlanLine("0388", "Mira Lindqvist", "Nov 13", "Nov 20", True, "/reviews/plans/1")
    plan = dataclasses.replace(late, number="", due_on="Nov 30", late=False)
    versions = SIGNED_NOTE.versions
    with_facts = [dataclasses.replace(versions[0], facts=FACTS), *versions[1:]]
    page = s.ReviewPage(
        "police", line, [s.SignedNote("Dana Okafor", with_facts)], "/reviews", "/reviews/r1"
    )
    short = s.Sentence("Say what you found.", "Nothing was lost.", "Write a sentence.")
    return {
        "reviews": _frame("worker", reviews=s.ReviewsPage("crisis", [line], [late, plan])),
        "reviews--empty": _frame("officer", reviews=s.ReviewsPage("police", [], None)),
        "review": _frame("officer", review=page, typed="Talked with", sentence=short),
        "review--done": _frame(
            "officer",
            review=dataclasses.replace(page, side="crisis", line=done, records=[], done_url=""),
            typed="",
        ),
        "plan": _frame(
            "worker",
            plan=s.PlanPage(late, [signed_form(), signed_form(2)], "/reviews", "/plans/1"),
        ),
        "plan--signed": _frame("worker", plan=s.PlanPage(plan, [signed_form()], "/reviews")),
    }
