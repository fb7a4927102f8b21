"""Somebody presses emergency: both desks hear it, each has it for itself, a voice ends it."""

from __future__ import annotations

import re

from tandem.demo.browser import keys_in
from tandem.demo.story.sending import unit_key
from tandem.demo.story.told import DESK, OFFICER, Story, answer, plain

SUPERVISOR, ALONE, OTHER = "crisis-supervisor", "crisis-worker-3", "patrol-officer"
ANY = "a1a12000"  # how the one key of all news about emergencies begins


def play(story: Story) -> None:
    """Chapter 5, second half: on the call that runs."""
    for persona in (SUPERVISOR, ALONE, OTHER):
        story.browsers.setdefault(persona, story.product.browser(persona))
    _check(story)
    _press(story)
    _answer(story)
    _alone(story)
    _visit(story)


def _alarm(story: Story, persona: str) -> str:
    return story.browsers[persona].get("/alarm/", **{"HX-Request": "true"}).text


def _check(story: Story) -> None:
    """On scene: one tap, or the desk by radio, begins the status check anew."""
    text = story.browsers[OFFICER].get("/my-calls/").text
    key = (keys_in(text, r"/checks/KEY/ok/") or [""])[0]
    page = story.browsers[OFFICER].post(f"/checks/{key}/ok/", script=True)
    said = re.sub(r"\d\d:\d\d:\d\d", "now", answer(page))
    expected = "200 All is well at now. The check begins anew."
    story.see(OFFICER, "says that all is well, one tap", expected, said)
    page = story.browsers[DESK].post(f"/desk/{story.call}/ok/", script=True)
    expected = f"200 All is well at {story.number}, by radio"
    story.see(DESK, "hears it by radio: ok and the number", expected, answer(page))
    page = story.browsers[OTHER].post(f"/checks/{key}/ok/", script=True)
    expected = "404 There is nothing here that you can open."
    story.see(OTHER, "says it for others", expected, answer(page))


def _press(story: Story) -> None:
    desk = story.browsers[DESK].stream()
    try:
        desk.next()
        page = story.browsers[OFFICER].post("/emergency/", script=True)
        said = "sent" if "Emergency sent at" in plain(page.text) else plain(page.text)[:80]
        story.see(
            OFFICER, "presses emergency, no word of text", "200 sent", f"{page.status} {said}"
        )
        name, told = desk.next()
        keys = [str(key)[:8] for key in told.get("keys", [])]  # type: ignore[attr-defined]
        story.see(DESK, "hears of it on the stream", f"changed {ANY}", f"{name} {' '.join(keys)}")
    finally:
        desk.close()
    for persona in (DESK, SUPERVISOR):
        text = _alarm(story, persona)
        got = "sounds, " if 'data-alarm-sound="emergency"' in text else "silent, "
        got += "there" if "Last known place: " in plain(text) else "no place"
        story.see(persona, "looks at the alarm", "sounds, there", got)
    page = story.browsers[OTHER].get("/emergency/mine/", **{"HX-Request": "true"})
    got = "something" if "Emergency: " in plain(page.text) else "nothing"
    story.see(OTHER, "who is not on the call looks at his page", "nothing", got)


def _answer(story: Story) -> None:
    key = (keys_in(_alarm(story, DESK), r"/emergency/KEY/end/") or [""])[0]
    page = story.browsers[DESK].post(f"/emergency/{key}/acknowledge/", script=True)
    story.see(DESK, "acknowledges with one key", "200 Acknowledged. Radio first.", answer(page))
    for persona, expected in ((DESK, "silent"), (SUPERVISOR, "sounds")):
        got = "sounds" if "data-alarm-sound" in _alarm(story, persona) else "silent"
        story.see(persona, "listens", expected, got)
    page = story.browsers[OFFICER].post(f"/emergency/{key}/end/", script=True, how="voice")
    story.see(OFFICER, "ends the own emergency", "403", str(page.status))
    page = story.browsers[DESK].post(f"/emergency/{key}/end/", script=True)
    expected = "409 Only voice contact ends an emergency. Speak with them first."
    story.see(DESK, "ends it without having spoken", expected, answer(page))
    page = story.browsers[SUPERVISOR].post(f"/emergency/{key}/end/", script=True, how="voice")
    ended = "ended by voice" if "after voice contact" in answer(page) else answer(page)
    story.see(SUPERVISOR, "spoke with the officer and ends it", "ended by voice", ended)


def _alone(story: Story) -> None:
    """A crisis worker on a unit of the crisis desk shows at dispatch by her own press alone."""
    browser = story.browsers[ALONE]
    browser.post("/duty/on/", unit=unit_key(story, ALONE, "MC 1"))
    browser.post("/emergency/", script=True)
    text = plain(_alarm(story, DESK))
    got = "MC 1, " if "Emergency: MC 1, " in text else "nobody, "
    got += "place not known" if "Place not known." in text else "a place"
    story.see(DESK, "hears of a crisis worker alone", "MC 1, place not known", got)
    key = (keys_in(_alarm(story, DESK), r"/emergency/KEY/end/") or [""])[0]
    story.browsers[DESK].post(f"/emergency/{key}/end/", script=True, how="voice")
    browser.post("/duty/off/", reason="end")
    left = "an emergency" if "Emergency: " in plain(_alarm(story, DESK)) else "no emergency"
    story.see(DESK, "looks again", "no emergency", left)


def _visit(story: Story) -> None:
    """Outside of a call: her own desk asks after her, and dispatch reads nothing of it."""
    before = _alarm(story, DESK)
    page = story.browsers[ALONE].post("/visits/", script=True, **{"with": "alone"})
    expected = "200 Your desk asks after you from now on."
    story.see(ALONE, "begins a visit without a call, alone", expected, answer(page))
    shown = plain(story.browsers[SUPERVISOR].get("/crisis/").text)
    wanted = "On visits without a call"
    got = wanted if wanted in shown else shown[:80]
    story.see(SUPERVISOR, "reads on the crisis desk who is on a visit", wanted, got)
    key = (keys_in(story.browsers[ALONE].get("/my-calls/").text, r"/visits/KEY/ok/") or [""])[0]
    page = story.browsers[SUPERVISOR].post(f"/visits/{key}/ok/", script=True, how_known="phone")
    expected = "200 All is well. The check begins anew."
    story.see(SUPERVISOR, "hears by phone that all is well", expected, answer(page))
    page = story.browsers[DESK].post(f"/visits/{key}/ok/", script=True)
    story.see(DESK, "guesses its address", "403", str(page.status))
    page = story.browsers[ALONE].post(f"/visits/{key}/over/", script=True)
    story.see(ALONE, "says that it is over", "200 The visit is over.", answer(page))
    got = "the same" if "visit" not in _alarm(story, DESK).lower() else before[:80]
    story.see(DESK, "reads over everything what was there before", "the same", got)
