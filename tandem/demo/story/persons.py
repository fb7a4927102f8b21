"""Each side finds its own person again and nobody of the other's; a caution needs another's yes."""

from __future__ import annotations

import html
import re

from tandem.demo.browser import keys_in
from tandem.demo.story.records import LANES
from tandem.demo.story.told import DESK, OFFICER, WORKER, Story, answer, plain

SECOND = "cru-officer-2"
LABEL = "schizophrenic, swings a rake at people on the path"
BEHAVIOR = "Swung a garden rake at people on the path."
CAUTION = {
    "place": "Riverside Park",
    "seen_on": "2026-06-20",
    "source": "report",
    "source_ref": "demonstration 1",
}
NO_LABEL = (
    "A standing caution names no diagnosis and no score: say what was done or said, and when."
)


def play(story: Story) -> None:
    """Chapter 7."""
    for lane in LANES:
        other = next(one for one in LANES if one is not lane)
        own = _found(story, lane.persona, lane.name.split()[-1].lower()[:6])
        story.see(lane.persona, "finds the own side's person by a beginning", lane.name, own)
        theirs = _found(story, lane.persona, other.name)
        story.see(lane.persona, "looks for the other side's person", "nobody", theirs)
    for persona in ("police-custodian", "county-custodian"):
        text = plain(story.browsers[persona].get("/stewards/").text)
        names = [lane.name for lane in LANES if lane.name in text]
        story.see(persona, "looks at the steward's desk", "no pair proposed", _pairs(names))
    _a_way_of_contact(story)
    _a_caution(story)


def _pairs(names: list[str]) -> str:
    return "no pair proposed" if not names else f"{len(names)} proposed"


def _found(story: Story, persona: str, typed: str) -> str:
    browser = story.browsers[persona]
    browser.get("/persons/")
    text = html.unescape(browser.post("/persons/", name=typed).text)
    return ", ".join(re.findall(r'class="persons__name"[^>]*>([^<]*)<', text)) or "nobody"


def _a_way_of_contact(story: Story) -> None:
    browser = story.browsers[WORKER]
    keys = keys_in(browser.get(f"/encounters/{story.encounter}/").text, r"/persons/KEY/")
    path = f"/persons/{keys[0] if keys else ''}/"
    page = browser.post(path + "fact/", kind="contact", way="phone", where="608-555-0100")
    rule = "Speak only with the person, leave nothing."
    shown = rule if rule in html.unescape(page.text) else "no rule"
    story.see(WORKER, "adds a number, nothing known of it", rule, shown)
    page = story.browsers[OFFICER].get(path)
    story.see(OFFICER, "opens the crisis side's file", "404", str(page.status))
    page = browser.get(path + "timeline/")
    met = "met" if 'data-code="met"' in page.text else "nothing"
    got = f"{page.status} {met}"
    story.see(WORKER, "opens the person's timeline", "200 met", got)
    page = story.browsers[OFFICER].get(path + "timeline/")
    story.see(OFFICER, "opens the crisis side's timeline", "404", str(page.status))


def _a_caution(story: Story) -> None:
    mine = story.browsers[OFFICER]
    page = mine.post("/cautions/", script=False, **CAUTION, words=LABEL)
    story.see(OFFICER, "writes a diagnosis into a caution", f"200 {NO_LABEL}", answer(page))
    kept = "kept" if LABEL in html.unescape(page.text) else "lost"
    story.see(OFFICER, "looks for the draft", "kept", kept)
    page = mine.post("/cautions/", script=False, **CAUTION, words=BEHAVIOR)
    expected = "200 Sent to be approved by another person."
    story.see(OFFICER, "writes what was done", expected, answer(page))
    story.see(WORKER, "looks for the caution", "not shown", _caution(story, WORKER))
    keys = keys_in(story.browsers[SECOND].get("/cautions/").text, r"/cautions/KEY/approve/")
    page = story.browsers[SECOND].post(f"/cautions/{keys[0] if keys else ''}/approve/")
    story.see(SECOND, "approves it", "200 It stands now.", answer(page))
    for persona in (OFFICER, WORKER, DESK):
        story.see(persona, "looks for the caution", "shown", _caution(story, persona))


def _caution(story: Story, persona: str) -> str:
    path = f"/desk/?call={story.call}" if persona == DESK else f"/encounters/{story.encounter}/"
    text = html.unescape(story.browsers[persona].get(path).text)
    return "shown" if BEHAVIOR in text else "not shown"
