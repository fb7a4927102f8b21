"""The offices: each custodian's own trail, its seal, and a removal that ends session and stream."""

from __future__ import annotations

import json
import re
import time

from tandem.demo.story.told import DESK, OFFICER, WORKER, Story, answer, wait_for
from tandem.demo.story.walls import OPERATOR

REMOVED = "patrol-officer-3"
ADMINISTRATOR = "administrator"
SEALED_WITHIN = 20.0
BOTH = ("duty.signed_on", "member.stepped")
OWN_ACTS = {
    "police-custodian": (
        *BOTH,
        "axis.police_set",
        "police_note.saved",
        "police_note.signed",
        "police_note.amended",
        "police_person.described",
        "policenote.read",
    ),
    "county-custodian": (
        *BOTH,
        "axis.crisis_set",
        "clinical_note.saved",
        "clinical_note.signed",
        "clinical_note.amended",
        "clinical_person.described",
        "clinicalnote.read",
    ),
}


def play(story: Story) -> None:
    """Chapter 6."""
    for custodian, acts in OWN_ACTS.items():
        others = {act for who, own in OWN_ACTS.items() if who != custodian for act in own}
        _trail(story, custodian, acts, others - set(acts))
    _verify(story)
    _remove(story)


def _acts(story: Story, custodian: str) -> list[str]:
    """The acts that the custodian's page can filter by: all that occur."""
    text = story.browsers[custodian].get("/audit/").text
    listed = re.search(r'<select[^>]*name="act".*?</select>', text, re.DOTALL)
    return re.findall(r'<option value="([^"]+)"', listed[0]) if listed else []


def _trail(story: Story, custodian: str, acts: tuple[str, ...], others: set[str]) -> None:
    wait_for(lambda: set(acts) <= set(_acts(story, custodian)), seconds=SEALED_WITHIN)
    seen = _acts(story, custodian)
    found = ", ".join(act for act in acts if act in seen)
    story.see(custodian, "finds a row for each act of the own side", ", ".join(acts), found)
    foreign = ", ".join(sorted(others & set(seen))) or "none"
    story.see(custodian, "looks for acts of the other side", "none", foreign)
    text = story.browsers[custodian].get("/audit/").text
    writers = {"police-custodian": OFFICER, "county-custodian": WORKER}
    names = {key: story.product.personas[who].name.split(" ", 1)[1] for key, who in writers.items()}
    for key, name in names.items():
        expected = "named" if key == custodian else "not named"
        rows = re.findall(r'class="audit__who">([^<]*)<', text)
        got = "named" if any(name in who for who in rows) else "not named"
        story.see(custodian, f"looks for rows by the {writers[key]}", expected, got)
    story.see_that(
        custodian, "looks at the seal", "whole", holds='data-ok="yes"' in text, else_="broken"
    )


def _verify(story: Story) -> None:
    ran = story.product.tandem("audit", "verify", "--json")
    report = json.loads(ran.stdout) if ran.stdout else {}
    got = f"exit {ran.returncode}, ok {report.get('ok')}, faults {report.get('faults')}"
    story.see(OPERATOR, "verifies the trail", "exit 0, ok True, faults []", got)
    story.see_that(
        OPERATOR,
        "counts sealed rows",
        "at least one for each act of the story",
        holds=int(report.get("sealed") or 0) >= len(story.members) * 10,
        else_=report,
    )


def _remove(story: Story) -> None:
    name = story.product.personas[REMOVED].name
    removed, office = story.browsers[REMOVED], story.browsers[ADMINISTRATOR]
    stream = removed.stream()
    try:
        stream.next()
        before = removed.get("/my-calls/")
        story.see(REMOVED, "opens my calls", "200 /my-calls/", f"{before.status} {before.url}")
        row = re.search(rf'<th scope="row">{name}</th>.*?</tr>', office.get("/staff/").text, re.S)
        ends = re.findall(r'action="(/staff/roles/[^"]+/end/)"', row[0] if row else "")
        page = office.post(ends[0]) if ends else office.get("/staff/")
        began = time.monotonic()
        expected = "200 Removed. Open sessions end within 5 seconds."
        story.see(ADMINISTRATOR, f"takes the role of {REMOVED} away", expected, answer(page))
        after = removed.get("/my-calls/")
        story.see(REMOVED, "opens my calls again", "back at /sign-in/", f"back at {after.url}")
        word = "bye"
        while (word := stream.next()[0]) not in {"bye", "closed"}:
            pass
        took = time.monotonic() - began
    finally:
        stream.close()
    story.see_that(
        REMOVED,
        "still listens to the stream",
        "ends within 5 s",
        holds=took <= 5,  # noqa: PLR2004
        else_=f"{word} after {took:.1f} s",
    )
    again, page = story.product.sign_in(REMOVED)
    kept = again.get("/my-calls/")
    story.see(REMOVED, "signs in again", "no page of a role", _where(page.url, kept.url))
    gone = story.browsers[DESK].get("/staff/")
    story.see(DESK, "opens /staff/", "403", str(gone.status))


def _where(*urls: str) -> str:
    return "no page of a role" if all(url.startswith("/sign-in/") for url in urls) else str(urls)
