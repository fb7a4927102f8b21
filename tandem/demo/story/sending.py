"""An officer and a crisis worker become a pair, one act sends both, each has times of their own."""

from __future__ import annotations

import re
import time

from tandem.demo.browser import keys_in
from tandem.demo.story.call import keys_until
from tandem.demo.story.told import (
    DESK,
    OFFICER,
    OTHER_DESK,
    WORKER,
    Story,
    answer,
    plain,
    sentence,
)

REFUSED = 409
NO_OFFICER = "409 No officer is signed on to that unit. Choose another unit."
TAKEN = re.compile(
    r"^409 CRU 1 was sent by T\. Brandvold at \d\d:\d\d:\d\d\. "
    r"Your act was not carried out\. Choose another unit\.$"
)
ACKNOWLEDGED = re.compile(r"(\d\d:\d\d:\d\d) CRU 1 (\S+ \S+) acknowledged")


def play(story: Story) -> None:
    """Chapter 3."""
    _become_a_pair(story)
    _send_both(story)
    _acknowledge(story)
    _arrive(story)
    _say(story)


def unit_key(story: Story, persona: str, callsign: str) -> str:
    """The key that the duty page gives a callsign."""
    page = story.browsers[persona].get("/duty/")
    choice = re.search(
        rf'value="([0-9a-f-]{{36}})"(?:(?!value=).)*?>\s*{callsign}\s*<', page.text, re.DOTALL
    )
    return choice[1] if choice else ""


def _sign_on(story: Story, persona: str, callsign: str) -> str:
    page = story.browsers[persona].post("/duty/on/", unit=unit_key(story, persona, callsign))
    found = re.search(r'class="duty__state">([^<]*)<', page.text)
    return f"{sentence(page)} {plain(found[1]) if found else ''}"


def _units(story: Story) -> str:
    page = story.browsers[DESK].get("/desk/fragments/?regions=units", **{"HX-Request": "true"})
    return plain(page.text)


def _become_a_pair(story: Story) -> None:
    personas = story.product.personas
    worker = _short(personas[WORKER].name)
    expected = "You are on duty. You are on duty: CRU 1"
    story.see(WORKER, "signs on to CRU 1", expected, _sign_on(story, WORKER, "CRU 1"))
    shown = "seen" if worker in _units(story) else "not seen"
    story.see(DESK, "looks for the crisis worker alone", "not seen", shown)
    page = story.browsers[DESK].post(f"/desk/{story.call}/assign/", script=True, unit="cru1")
    story.see(DESK, "sends the crisis worker alone", NO_OFFICER, answer(page))
    story.see(OFFICER, "signs on to CRU 1", expected, _sign_on(story, OFFICER, "CRU 1"))
    for persona, partner in ((OFFICER, WORKER), (WORKER, OFFICER)):
        text = plain(story.browsers[persona].get("/duty/").text)
        paired = "You are a pair since" in text and _short(personas[partner].name) in text
        got = f"a pair with {partner}" if paired else text[:80]
        story.see(persona, "looks at the duty page", f"a pair with {partner}", got)
    pair = f"CRU 1 {_short(personas[WORKER].name)} + {_short(personas[OFFICER].name)} Available"
    units = _units(story)
    story.see(DESK, "looks at the units", pair, pair if pair in units else units[:120])


def _short(name: str) -> str:
    first, last = name.split(" ", 1)
    return f"{first[0]}. {last}"


def _send_both(story: Story) -> None:
    streams = {persona: story.browsers[persona].stream() for persona in (OFFICER, WORKER)}
    try:
        for stream in streams.values():
            stream.next()
        page = story.browsers[DESK].post(f"/desk/{story.call}/assign/", script=True, unit="cru1")
        got = re.sub(r"\d\d:\d\d:\d\d", "now", answer(page))
        expected = f"200 CRU1 sent to {story.number}, now"
        story.see(DESK, "sends the pair by one act", expected, got)
        for persona, stream in streams.items():
            _is_sent(story, persona)
            heard = keys_until(stream, story.encounter)
            said = "heard it" if heard else "heard nothing"
            story.see(persona, "hears of it on the stream", "heard it", said)
    finally:
        for stream in streams.values():
            stream.close()
    page = story.browsers[OTHER_DESK].post(f"/desk/{story.call}/assign/", script=True, unit="CRU 1")
    story.see_that(
        OTHER_DESK,
        "sends the same unit",
        "409 and who sent it when; not carried out",
        holds=bool(TAKEN.match(answer(page))),
        else_=answer(page),
    )
    listed = plain(story.browsers[OTHER_DESK].get(f"/desk/?call={story.call}").text)
    story.see_that(
        OTHER_DESK,
        "looks at the call",
        "CRU 1 assigned, once",
        holds=listed.count("CRU 1 assigned") == len(story.members),
        else_=f"{listed.count('CRU 1 assigned')} rows for {len(story.members)} members",
    )


def _is_sent(story: Story, persona: str) -> None:
    page = story.browsers[persona].get("/my-calls/")
    members = keys_in(page.text, r"/my-calls/step/KEY/")
    encounters = keys_in(page.text, r"/encounters/KEY/")
    story.members[persona] = members[0] if members else ""
    story.encounter = encounters[0] if encounters else ""
    said = "New assignment" if "New assignment" in page.text else "nothing new"
    got = f"{said}, {len(members)} to acknowledge"
    story.see(persona, "looks at my calls", "New assignment, 1 to acknowledge", got)


def _step(story: Story, persona: str, state: str) -> str:
    member = story.members[persona]
    page = story.browsers[persona].post(f"/my-calls/step/{member}/?state={state}")
    return re.sub(r"\d\d:\d\d:\d\d", "now", answer(page))


def _acknowledge(story: Story) -> None:
    for persona in (OFFICER, WORKER):
        said = _step(story, persona, "acknowledged")
        story.see(persona, "acknowledges", "200 Recorded at now", said)
        time.sleep(1.1)  # the desk shows whole seconds
    page = story.browsers[DESK].get(
        f"/desk/fragments/?regions=detail&call={story.call}", **{"HX-Request": "true"}
    )
    times = {who: at for at, who in ACKNOWLEDGED.findall(plain(page.text))}
    personas = story.product.personas
    who = {_short(personas[persona].name) for persona in (OFFICER, WORKER)}
    story.see_that(
        DESK,
        "reads when each acknowledged",
        "two members, two times",
        holds=set(times) == who and len(set(times.values())) == len(who),
        else_=times,
    )
    other = story.members[WORKER]
    page = story.browsers[OFFICER].post(f"/my-calls/step/{other}/?state=cleared", script=True)
    expected = "404 There is nothing here that you can open."
    story.see(OFFICER, "sets the crisis worker's status", expected, answer(page))


def _arrive(story: Story) -> None:
    for persona in (OFFICER, WORKER):
        said = {_step(story, persona, state) for state in ("en_route", "at_address", "on_scene")}
        expected = "200 Recorded at now"
        story.see(persona, "en route, at the address, on scene", expected, ", ".join(said))


def _say(story: Story) -> None:
    """A word of the scene: an officer's, heard by radio, and hers not to go in, taken back."""
    path = f"/my-calls/scene/{story.members[WORKER]}/?word=scene_stable"
    page = story.browsers[WORKER].post(path, script=True)
    refused = page.status == REFUSED
    expected = "refused: an officer says it"
    told = answer(page)
    story.see_that(WORKER, "says that the scene is stable", expected, holds=refused, else_=told)
    said = _desk(story, "status", unit="cru1", state="scene_stable")
    got = re.sub(r"\d\d:\d\d:\d\d", "now", said)
    story.see(DESK, "types ss cru1", f"200 CRU1 updated at {story.number}, now", got)
    page = story.browsers[DESK].post(
        f"/desk/{story.call}/status/", script=True, unit="cru1", state="veto"
    )
    undo = (keys_in(page.text, r"/scene/KEY/undo/") or [""])[0]
    text = plain(story.browsers[DESK].get(f"/desk/?call={story.call}").text)
    got = "by phone" if "By phone" in text and "not going in" in text else "as before"
    story.see(DESK, "hears by radio that she does not go in", "by phone", got)
    page = story.browsers[DESK].post(f"/scene/{undo}/undo/", script=True)
    expected = "200 Taken back, everybody on the call is told again."
    story.see(DESK, "takes it back", expected, answer(page))


def clear(story: Story) -> None:
    """Both clear with the last tap; the unit is free again, and the desk can close the call."""
    said = _desk(story, "close")
    expected = "409 A unit is still on this call. Clear the unit first."
    story.see(DESK, "closes a call with a unit on it", expected, said)
    for persona in (OFFICER, WORKER):
        said = _step(story, persona, "cleared")
        story.see(persona, "clears", "200 Recorded at now", said)
    story.see_that(
        DESK,
        "looks at the units",
        "1 of 1 free",
        holds="1 of 1 free" in _units(story),
        else_=_units(story)[:60],
    )
    closed = re.sub(r"\d+ closed", "the call is closed", _desk(story, "close", text="All is well"))
    story.see(DESK, "closes the call", "200 the call is closed", closed)
    again = re.sub(r"\d+ is open", "the call is open", _desk(story, "reopen"))
    story.see(DESK, "opens it again", "200 the call is open again", again)


def _desk(story: Story, act: str, **fields: str) -> str:
    page = story.browsers[DESK].post(f"/desk/{story.call}/{act}/", script=True, **fields)
    return answer(page)
