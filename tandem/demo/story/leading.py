"""A CAD that leads: its unit is on the call without a keystroke, and what differs is listed."""

from __future__ import annotations

import json
import re
import time

from tandem.demo.browser import keys_in
from tandem.demo.story.told import DESK, OFFICER, WORKER, Story, answer, event, plain, send_events
from tandem.demo.story.walls import OPERATOR

FEED, SOURCE = "feed", "county-cad"
PROPOSED = "proposed"


def play(story: Story) -> None:
    """A chapter of the second source, after the pair is free again."""
    told = story.product.tandem("feed", "create", "--source", SOURCE, "--agency", "LCED", "--json")
    token = str(json.loads(told.stdout)["token"]) if told.returncode == 0 else ""
    story.see(OPERATOR, "connects a CAD", "exit 0", f"exit {told.returncode}")
    listed = plain(story.browsers["administrator"].get("/feeds/").text)
    got = "CAD leads" if re.search(rf"{SOURCE}\b.{{0,60}}?\bCAD leads\b", listed) else "not said"
    story.see("administrator", "reads who leads where it sends", "CAD leads", got)
    began = time.time() - 300
    _sent(story, token, 1, _unit("Dispatched", began), _unit("Enroute", began + 60))
    _on_it(story)
    _entered_beside(story, token, began)
    _one_call(story, token)


def _unit(status: str, at: float) -> dict[str, str]:
    moment = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    return {"id": "CRU-1", "status": status, "at": moment}


def _sent(story: Story, token: str, sequence: int, *units: dict[str, str]) -> None:
    body = event("lead-1", sequence, location={"text": "Riverside Park"}, units=list(units))
    status, told = send_events(story.product, body, token=token)
    outcome = ", ".join(str(one["outcome"]) for one in told.get("results", []))
    expected = "200: new" if sequence == 1 else "200: updated"
    story.see(FEED, f"tells of CRU 1, message {sequence}", expected, f"{status}: {outcome}")


def _mine(story: Story, persona: str) -> str:
    return plain(story.browsers[persona].get("/my-calls/").text)


def _on_it(story: Story) -> None:
    page = _mine(story, OFFICER)
    got = "en route" if re.search(r"\ben route\b", page, re.IGNORECASE) else page[:120]
    story.see(OFFICER, "finds the call without a keystroke", "en route", got)
    page = _mine(story, WORKER)
    got = PROPOSED if re.search(PROPOSED, page, re.IGNORECASE) else page[:120]
    story.see(WORKER, "is asked, not sent", PROPOSED, got)


def _entered_beside(story: Story, token: str, began: float) -> None:
    """An entry beside a CAD that is heard is kept; once CAD speaks, both times are listed."""
    own = story.browsers[OFFICER]
    encounters = keys_in(own.get("/my-calls/").text, r"/encounters/KEY/")
    steps = own.get(f"/encounters/{encounters[0]}/").text if encounters else ""
    members = keys_in(steps, r"/my-calls/step/KEY/") or ["none"]
    page = own.post(f"/my-calls/step/{members[0]}/?state=at_address")
    said = re.sub(r"\d\d:\d\d:\d\d", "now", answer(page))
    story.see(OFFICER, "taps a status that CAD holds", "200 Recorded at now", said)
    shown = (
        "en route" if re.search(r"\ben route\b", _mine(story, OFFICER), re.IGNORECASE) else "not"
    )
    story.see(OFFICER, "still reads CAD's status", "en route", shown)
    _sent(story, token, 2, _unit("OnScene", began + 120))
    listed = plain(story.browsers[DESK].get("/desk/differences/").text)
    both = re.search(r"CRU 1 .{0,60}?at the address: CAD \S+ by hand \S+", listed, re.IGNORECASE)
    got = "one fact, two times" if both else listed[:160]
    story.see(DESK, "reads where CAD and the hand differ", "one fact, two times", got)
    _sent(story, token, 3, _unit("Cleared", began + 240))
    page = story.browsers[WORKER].get("/my-calls/")
    got = "not held" if not re.search(PROPOSED, plain(page.text), re.IGNORECASE) else PROPOSED
    story.see(WORKER, "is held by nothing she was only asked for", "not held", got)


def _one_call(story: Story, token: str) -> None:
    """What the officer opens on view and the CAD's call of it are one call."""
    words = "sits on the tracks"
    page = story.browsers[OFFICER].post("/my-calls/on-view/", type=words, place="Vine St")
    story.see(OFFICER, "opens a contact while CAD leads", "200", str(page.status))
    units = [_unit("OnScene", time.time())]
    body = event("lead-2", 1, location={"text": "Vine St & 3rd St"}, units=units)
    status, told = send_events(story.product, body, token=token)
    result = told["results"][0] if told.get("results") else {}
    got = f"{status}: {result.get('outcome')}"
    story.see(FEED, "tells of the same contact", "200: updated", got)
    call = str(result.get("incident"))
    shown = plain(story.browsers[DESK].get(f"/intake/{call}/").text)
    both = words in shown and "By hand: Vine St. The source says Vine St & 3rd St" in shown
    got = "one call, both places" if both else shown[:160]
    story.see(DESK, "reads one call with both places", "one call, both places", got)
    body = event("lead-2", 2, status="closed", units=[_unit("Cleared", time.time() + 1)])
    send_events(story.product, body, token=token)
    for persona in (OFFICER, WORKER):
        browser = story.browsers[persona]
        for key in keys_in(browser.get("/my-calls/").text, r"/my-calls/step/KEY/"):
            browser.post(f"/my-calls/step/{key}/?state=cleared")
