"""The generated page of what no screen asks a second time: which fact comes from where."""

from __future__ import annotations

from dataclasses import dataclass

from tandem.forms.shipped import CODES, shipped_form

# Each fact that a form takes over, and who wrote it down first.
SOURCES = {
    "encounter.begun_at": "the sending",
    "encounter.place": "the call",
    "encounter.initiated_by": "who called, as the desk wrote it down",
    "contact.circumstances": "words of callers, answers and notes of the desks",
    "member.at_address_at": "one's own status",
    "member.cleared_at": "one's own status",
    "member.others_present": "who was sent",
    "staff.name": "who was sent",
}


@dataclass(frozen=True)
class Taken:
    """A fact that a screen takes over: from where, and the test that would notice its loss."""

    screen: str
    fact: str
    source: str
    test: str


SCREENS = (
    Taken(
        "Encounter, both sides",
        "number, place, times, members, hazards",
        "the call and each member's status",
        "tests/board/test_what_pages_show.py::test_the_officers_pages_hold_nothing_of_the_crisis_lane",
    ),
    Taken(
        "Encounter, officer",
        "words reported on this call, with who said them",
        "the hazard, by one tap",
        "tests/encounters/test_police_facts.py"
        "::test_a_report_of_this_call_is_taken_over_with_its_source_by_one_tap",
    ),
    Taken(
        "Encounter, crisis worker",
        "whose follow-up an officer heard refused",
        "the officer's statement",
        "tests/encounters/test_told_and_refused.py"
        "::test_what_an_officer_heard_of_follow_up_crisis_may_know",
    ),
    Taken(
        "Encounter, both sides",
        "what was typed on a page that is gone",
        "what was kept of it",
        "tests/encounters/test_typed_words.py"
        "::test_a_killed_tab_loses_nothing_and_nobody_else_reads_it",
    ),
    Taken(
        "Person of an encounter",
        "names, births, ways to reach of somebody met before",
        "the own side's file, by one choice",
        "tests/people/test_persons_pages.py::test_an_unknown_person_is_identified_from_the_search",
    ),
    Taken(
        "Contact of the crisis desk",
        "what was told to dispatch before the caller was handed over",
        "the call",
        "tests/intake/test_crisis_desk.py::test_a_taken_caller_begins_a_contact_with_what_was_told",
    ),
    Taken(
        "Contact of the crisis desk",
        "who on file it may be",
        "the county's file, by one choice",
        "tests/intake/test_contact_person.py"
        "::test_who_it_may_also_be_is_shown_from_ones_own_side_and_chosen",
    ),
    Taken(
        "Signer of a person",
        "name, role and age when the letters were seen later",
        "the earlier statement, by one button",
        "tests/people/test_who_signs.py"
        "::test_it_is_sealed_and_seen_letters_take_the_place_of_unseen_ones",
    ),
    Taken(
        "Call entered by CAD and on view",
        "place, time and units",
        "the first of the two",
        "tests/interop/test_on_view_is_cads.py::test_cads_call_of_it_is_the_officers_call",
    ),
)
# Known to be asked in two places; each is said for another reader or in other words.
TWICE = (
    "Force: a tap of the officer's record and the shared axis *Adverse*; the record lists what the "
    "axis says and it does not.",
    "Legal status and the custody file: the statute, and when, where and by whom.",
    "The service note repeats the assessment and the response plan in short.",
    "Who was met, once on each side: neither reads the other's.",
)


def prefilled_items() -> list[tuple[str, str, str]]:
    """Of each shipped form, the items that come filled in: form, item and fact."""
    return [
        (definition.name("en"), item.label("en"), item.prefill)
        for definition in map(shipped_form, CODES)
        for item, _ in definition.walk()
        if item.prefill
    ]


def pages() -> dict[str, str]:
    """Path below docs/ to text."""
    lines = [
        "# What no screen asks a second time",
        "",
        "This page is generated; `make docs` draws it anew. What is taken over stands in its field "
        "and can be changed; a form keeps with each answer from where it came until somebody "
        "changes it.",
        "",
        "## Forms of the crisis record",
        "",
        "`tests/charting/test_typed_once.py::"
        "test_every_fact_that_a_shipped_form_takes_over_is_known` fails where one is not.",
        "",
        "| Form | Field | From |",
        "| --- | --- | --- |",
        *(f"| {form} | {item} | {SOURCES[fact]} |" for form, item, fact in prefilled_items()),
        "",
        "## Other screens",
        "",
        "| Screen | What | From | Test |",
        "| --- | --- | --- | --- |",
        *(f"| {row.screen} | {row.fact} | {row.source} | `{row.test}` |" for row in SCREENS),
        "",
        "## Asked in two places",
        "",
        *(f"- {line}" for line in TWICE),
        "",
    ]
    return {"reference/prefilled.md": "\n".join(lines)}
