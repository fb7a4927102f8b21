"""Each side documents the one encounter in its own record; no page shows it to the other side."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from typing import Any

from tandem.demo.story.sending import clear
from tandem.demo.story.told import DESK, OFFICER, OTHER_DESK, WORKER, Story, answer, plain

COLLEAGUE = {OFFICER: "cru-officer-2", WORKER: "crisis-worker-2"}


@dataclass(frozen=True)
class Lane:
    """One side's part of the story; the words are invented and unlike any others."""

    persona: str
    code: str
    name: str
    words: str
    more: str
    axes: tuple[tuple[str, str], ...]
    not_theirs: str
    report: str

    @property
    def secrets(self) -> tuple[str, ...]:
        """What nobody of another side may read."""
        return (self.words, self.more, self.name)


LANES = (
    Lane(
        OFFICER,
        "police",
        "Quillon Hartwhistle",
        "Sat on the bench and said the lamplighter owes him a kite.",
        "The bench was the northern one.",
        (
            ("contact", "contacted_in_person"),
            ("enforcement", "none"),
            ("transport", "cru_vehicle"),
            ("legal_status", "none"),
        ),
        "clinical",
        "Contact, Adverse, Enforcement, Transport",
    ),
    Lane(
        WORKER,
        "crisis",
        "Orsolya Pennywhirl",
        "Grounded by counting gulls; plan for tonight agreed aloud.",
        "Her sister will ring at nine.",
        (
            ("clinical", "brief_intervention"),
            ("destination", "own_home"),
            ("referral", "warm"),
            ("follow_up", "scheduled_24h"),
        ),
        "enforcement",
        "Contact, Adverse, Clinical, Destination, Referral, Follow-up",
    ),
)


def play(story: Story) -> None:
    """Chapter 6."""
    for lane in LANES:
        _draft(story, lane)
        _two_pages(story, lane)
    _facts(story, LANES[0])
    _look_everywhere(story, "a draft")
    _told(story)
    _custody(story)
    for lane in LANES:
        _sign_and_amend(story, lane)
        _describe(story, lane)
        _state_axes(story, lane)
    _look_everywhere(story, "a signed record")
    _reviewed(story)
    _closed(story)
    clear(story)
    for lane in LANES:
        _report(story, lane)


def _address(story: Story, lane: Lane, act: str) -> str:
    return f"/encounters/{story.encounter}/{lane.code}/{act}/"


def _shown(story: Story, persona: str, *words: str) -> str:
    page = html.unescape(story.browsers[persona].get(f"/encounters/{story.encounter}/").text)
    return f"{sum(word in page for word in words)} of {len(words)} texts shown"


def _draft(story: Story, lane: Lane) -> None:
    mine = story.browsers[lane.persona]
    page = mine.post(_address(story, lane, "draft"), text=lane.words, sequence="7")
    saved = page.json() if page.status == 200 else {}  # noqa: PLR2004
    story.see(
        lane.persona,
        "types a draft",
        "200, kept as 7",
        f"{page.status}, kept as {saved.get('sequence')}",
    )
    page = mine.post(_address(story, lane, "draft"), text="older words", sequence="6")
    kept = _shown(story, lane.persona, lane.words)
    story.see(lane.persona, "an older draft arrives late", "1 of 1 texts shown", kept)
    other = next(one for one in LANES if one is not lane)
    page = story.browsers[other.persona].post(
        _address(story, lane, "draft"), text="x", sequence="9"
    )
    expected = "403 This page is for another role."
    story.see(other.persona, f"writes into the {lane.code} lane", expected, answer(page))


def _two_pages(story: Story, lane: Lane) -> None:
    mine = story.browsers[lane.persona]
    page = mine.post(
        _address(story, lane, "draft"), text="Typed on a second page.", sequence="1", writer="page2"
    )
    told = page.json() if page.status == 200 else {}  # noqa: PLR2004
    got = f"{page.status}, {'kept apart' if told.get('apart') else 'not apart'}"
    story.see(lane.persona, "a second page saves other words", "200, kept apart", got)
    both = _shown(story, lane.persona, lane.words, "Typed on a second page.")
    story.see(lane.persona, "reads both versions", "2 of 2 texts shown", both)
    page = mine.post(_address(story, lane, "sign"), text=lane.words, sequence="8")
    expected = "200 There are two versions of this note. Choose first, then sign."
    story.see(lane.persona, "signs without choosing", expected, answer(page))
    mine.post(_address(story, lane, "choose"), kept="held")
    left = _shown(story, lane.persona, lane.words, "Typed on a second page.")
    story.see(lane.persona, "goes on with the first", "1 of 2 texts shown", left)


def _facts(story: Story, lane: Lane) -> None:
    mine = story.browsers[lane.persona]
    acts = {"act-0-words": "My kite, lamplighter!", "act-0-how": "reported"}
    more: dict[str, Any] = {"seen": "pacing", "weapons": "no", "video": "BWC-DEMO-1", **acts}
    page = mine.post(
        _address(story, lane, "draft"), text=lane.words, sequence="20", facts="1", **more
    )
    told: dict[str, Any] = page.json() if page.status == 200 else {}  # noqa: PLR2004
    missing = ", ".join(told.get("missing", []))
    expected = "who saw or reported each act"
    story.see(lane.persona, "states facts, and reads what is missing", expected, missing)
    mine.post(_address(story, lane, "tap"), value="cite")
    kept = _shown(story, lane.persona, "My kite, lamplighter!", "BWC-DEMO-1")
    story.see(lane.persona, "says what patrol alone would have done", "2 of 2 texts shown", kept)


SOURCE = "Peregrine Saltmarsh"


def _told(story: Story) -> None:
    """What a relative says in confidence; the safety fact goes on without them."""
    mine = story.browsers[WORKER]
    form: dict[str, Any] = {
        "words": "He hid a crossbow in the shed.",
        "source": SOURCE,
        "relation": "cousin",
    }
    typed = f"/encounters/{story.encounter}/typed/told/"
    mine.post(typed, **form, writer="page1", sequence="1")
    for persona, expected in ((WORKER, "1 of 1"), (COLLEAGUE[WORKER], "0 of 1")):
        got = _shown(story, persona, form["words"])
        story.see(
            persona, "looks for words that were typed, not sent", f"{expected} texts shown", got
        )
    path = f"/encounters/{story.encounter}/crisis/told/"
    page = mine.post(path, **form, safety="His cousin saw a crossbow.")
    story.see(WORKER, "passes on a fact that names the source", "409", str(page.status))
    page = mine.post(
        path, **form, safety="There may be a crossbow in the shed.", writer="page1", sequence="2"
    )
    story.see(WORKER, "keeps it in confidence", "200 Kept in confidence.", answer(page))
    for persona in (OFFICER, DESK):
        pages = everything(story, persona).values()
        shown = any("crossbow in the shed" in page for page in pages)
        named = any(word in page for page in pages for word in (SOURCE, "cousin"))
        got = f"fact {'shown' if shown else 'absent'}, source {'shown' if named else 'absent'}"
        story.see(persona, "reads what was passed on", "fact shown, source absent", got)


def _custody(story: Story) -> None:
    mine = story.browsers[OFFICER]
    path = f"/encounters/{story.encounter}/custody/"
    form: dict[str, Any] = {"kind": "taken", "when": "2026-11-23T02:18", "county": "La Crosse"}
    page = mine.post(f"{path}note/", **form)
    story.see(OFFICER, "notes a custody", "200 Kept in the custody file.", answer(page))
    said = "Tandem does not compute the 72-hour deadline yet: use your form."
    got = "said" if said in html.unescape(mine.get(path).text) else "not said"
    story.see(OFFICER, "reads whose deadline it is", "said", got)
    for persona in (WORKER, DESK, COLLEAGUE[OFFICER]):
        status = story.browsers[persona].get(path).status
        expected = "404" if persona == COLLEAGUE[OFFICER] else "403"
        story.see(persona, "opens the custody file", expected, str(status))


def _reviewed(story: Story) -> None:
    """The custody that was noted keeps the police record open; the county's queue knows nothing."""
    mine = story.browsers[OFFICER].get(f"/encounters/{story.encounter}/").text
    got = "said" if "Custody or detention" in html.unescape(mine) else "not said"
    story.see(OFFICER, "reads what keeps the record open", "said", got)
    other = story.browsers[COLLEAGUE[OFFICER]]
    found = re.search(r"/reviews/[0-9a-f-]{36}/", other.get("/reviews/").text)
    page = other.post(found[0] if found else "/reviews/", words="Read the file with the officer.")
    story.see(COLLEAGUE[OFFICER], "reviews the record", "200 Reviewed.", answer(page))


def _closed(story: Story) -> None:
    """Each side closes its own record; a minor's waits for the county's supervisor."""
    path = f"/encounters/{story.encounter}/closing/"
    for lane, expected in zip(
        LANES,
        (
            "200 Closed. A new word opens it again.",
            "409 Not closed: something is still open. The list says what.",
        ),
        strict=True,
    ):
        page = story.browsers[lane.persona].post(path)
        story.see(lane.persona, "closes the record", expected, answer(page))
    mine = story.browsers[OFFICER]
    mine.post(_address(story, LANES[0], "amend"), text="It rained.", reason="left out")
    again = "said" if "Opened again by" in plain(mine.get(path).text) else "not said"
    story.see(OFFICER, "adds to the closed record, which opens again", "said", again)
    theirs = plain(story.browsers[WORKER].get(path).text)
    told = "told" if "Closed by" in theirs else "not told"
    story.see(WORKER, "looks whether the police closed theirs", "not told", told)


def _sign_and_amend(story: Story, lane: Lane) -> None:
    mine = story.browsers[lane.persona]
    page = mine.post(_address(story, lane, "sign"), text=lane.words, sequence="21")
    story.see(lane.persona, "signs", "200 Signed. You can still amend.", answer(page))
    page = mine.post(_address(story, lane, "sign"), text="other words", sequence="22")
    expected = "200 This record is signed already. Add an amendment instead."
    story.see(lane.persona, "signs again", expected, answer(page))
    page = mine.post(_address(story, lane, "amend"), text=lane.more, reason="left out")
    expected = "200 Amended. What was signed stays as it was."
    story.see(lane.persona, "amends", expected, answer(page))
    both = _shown(story, lane.persona, lane.words, lane.more)
    story.see(lane.persona, "reads the own record", "2 of 2 texts shown", both)


def _describe(story: Story, lane: Lane) -> None:
    mine = story.browsers[lane.persona]
    page = mine.post(_address(story, lane, "person"), name=lane.name, age="16", age_known="said")
    juvenile = "Kept as a juvenile record." in page.text
    expected = "Kept. juvenile" if lane.code == "police" else "Kept. no class of its own"
    got = f"{answer(page).removeprefix('200 ')} {'juvenile' if juvenile else 'no class of its own'}"
    story.see(lane.persona, "names the person, 16", expected, got)
    stale: dict[str, Any] = {
        "name": "Somebody Else",
        "age": "61",
        "age_known": "said",
        "seen": "of an older page",
    }
    page = mine.post(_address(story, lane, "person"), **stale)
    both = all(word in html.unescape(page.text) for word in (lane.name, stale["name"]))
    got = f"{page.status}, {'both' if both else 'not both'} shown"
    story.see(lane.persona, "names another on an older page", "409, both shown", got)


def _state_axes(story: Story, lane: Lane) -> None:
    mine = story.browsers[lane.persona]
    for axis, value in lane.axes:
        page = mine.post(_address(story, lane, "axis"), script=True, axis=axis, value=value)
        pressed = f'value="{value}" aria-pressed="true"' in _axis(page.text, axis)
        got = f"{page.status}, {'stated' if pressed else 'not stated'}"
        story.see(lane.persona, f"states {axis}: {value}", "200, stated", got)
    page = mine.post(_address(story, lane, "axis"), script=True, axis=lane.not_theirs, value="none")
    story.see(lane.persona, f"states {lane.not_theirs}, the other side's", "404", str(page.status))
    text = mine.get(f"/encounters/{story.encounter}/").text
    there = "shown" if f'data-axis="{lane.not_theirs}"' in text else "absent"
    story.see(lane.persona, f"looks for the axis {lane.not_theirs}", "absent", there)


def _axis(text: str, code: str) -> str:
    found = re.search(rf'data-axis="{code}".*?</details>', text, re.DOTALL)
    return found[0] if found else ""


def _look_everywhere(story: Story, what: str) -> None:
    """Every page and fragment that anybody else can open, read for the words of each lane."""
    for persona in (OFFICER, WORKER, DESK, OTHER_DESK, *COLLEAGUE.values()):
        pages = everything(story, persona)
        leaks = [
            path
            for path, text in pages.items()
            for lane in LANES
            if lane.persona != persona and any(word in text for word in lane.secrets)
        ]
        expected = f"{len(pages)} pages and fragments, none holds it"
        got = f"{len(pages)} pages and fragments, {', '.join(leaks) or 'none'} holds it"
        story.see(persona, f"looks for {what} of another", expected, got)


def everything(story: Story, persona: str) -> dict[str, str]:
    """What a persona sees of the call and the encounter, by path."""
    browser = story.browsers[persona]
    case = f"/encounters/{story.encounter}/"
    paths = [
        "/",
        "/why/",
        "/report/",
        "/duty/",
        "/my-calls/",
        "/my-calls/list/",
        case,
        case + "spine/",
    ]
    if persona in {DESK, OTHER_DESK}:
        paths += [f"/desk/?call={story.call}", f"/desk/fragments/?call={story.call}"]
    return {path: html.unescape(browser.get(path).text) for path in paths}


def _report(story: Story, lane: Lane) -> None:
    mine = story.browsers[lane.persona]
    text = mine.get("/report/").text
    axes = ", ".join(re.findall(r'class="bars__head">(\S+) <span', text))
    story.see(lane.persona, "reads the axes of the first report", lane.report, axes)
    counted = re.findall(r"(\d+) encounters? ", plain(text) + " ")
    story.see(lane.persona, "reads how many it counts", "1", ", ".join(sorted(set(counted))))
    person = re.search(r"<dt>In person</dt>.*?<b>(\d+)</b>", text, re.DOTALL)
    got = f"{person[1] if person else 'none'} in person"
    story.see(lane.persona, "reads the contact that was stated", "1 in person", got)
    today = plain(mine.get("/my-calls/").text)
    counted = re.findall(r"(\d+) encounters? today", today)
    story.see(lane.persona, "reads today's line", "1", ", ".join(counted))
