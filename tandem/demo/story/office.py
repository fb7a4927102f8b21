"""The offices: each custodian's own trail, its seal, and a removal that ends session and stream."""

from __future__ import annotations

import json
import re
import time

from tandem.demo.browser import keys_in
from tandem.demo.story.told import DESK, OFFICER, WORKER, Story, answer, wait_for
from tandem.demo.story.walls import OPERATOR

REMOVED = "patrol-officer-3"
ADMINISTRATOR, SECOND = "administrator", "administrator-2"
ASKED_FOR, ASKED_ROLE = "trainer", "SUP"
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
    """The last chapter."""
    for custodian, acts in OWN_ACTS.items():
        others = {act for who, own in OWN_ACTS.items() if who != custodian for act in own}
        _trail(story, custodian, acts, others - set(acts))
    _verify(story)
    _two_administrators(story)
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
        rows = re.findall(r'class="audit__who"[^>]*>([^<]*)<', text)
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


def _two_administrators(story: Story) -> None:
    """One administrator asks for a role that opens texts; it is none until the other confirms."""
    office, second = story.browsers[ADMINISTRATOR], story.browsers[SECOND]
    person, text = story.product.personas[ASKED_FOR], office.get("/staff/").text
    staff = re.search(rf'<option value="([0-9a-f-]{{36}})"[^>]*>{person.name}<', text)
    who = staff[1] if staff else ""
    desk = _agency_of(text, "crisis desk")
    page = office.post("/staff/roles/", staff=who, agency=desk, role=ASKED_ROLE)
    expected = "200 Asked. It waits for a second administrator."
    story.see(ADMINISTRATOR, f"asks for a clinical role for {ASKED_FOR}", expected, answer(page))
    waiting = keys_in(page.text, r"/staff/roles/KEY/refuse/")
    confirm = f"/staff/roles/{waiting[0] if waiting else ''}/confirm/"
    listed = page.text.split("staff-title")[-1]
    row = re.search(rf'<th scope="row">{person.name}</th>.*?</tr>', listed, re.DOTALL)
    got = "none yet" if row and "Crisis supervisor" not in row[0] else "there already"
    story.see(ADMINISTRATOR, "looks whether it holds", "none yet", got)
    expected = "200 Another administrator decides: neither who asked nor the person whom it is for."
    story.see(ADMINISTRATOR, "confirms it too", expected, answer(office.post(confirm)))
    expected = "200 Role given."
    story.see(SECOND, "confirms it", expected, answer(second.post(confirm)))
    _, page = story.product.sign_in(ASKED_FOR)
    story.see(ASKED_FOR, "signs in again", "chooses at /sign-in/agency/", f"chooses at {page.url}")
    police = _agency_of(text, "Police Department")
    page = office.post("/staff/roles/", staff=who, agency=police, role="PO")
    law = "One person cannot hold a role of the police and one of the county: two laws, two people."
    story.see(ADMINISTRATOR, "asks for an officer's role as well", f"200 {law}", answer(page))


def _agency_of(text: str, words: str) -> str:
    found = re.search(rf'<option value="([0-9a-f-]{{36}})"[^>]*>[^<]*{words}<', text)
    return found[1] if found else ""


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
