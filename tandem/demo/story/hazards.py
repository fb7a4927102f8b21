"""A hazard is reported on the call, and stands at once on the screens of all assigned."""

from __future__ import annotations

import html

from tandem.demo.browser import keys_in
from tandem.demo.story.call import keys_until
from tandem.demo.story.told import DESK, OFFICER, OTHER_DESK, WORKER, Story, answer, plain

NOT_SENT = "crisis-worker-2"
SAID = "swings a garden rake, shouts “schizo” at the gulls"
SEEN = "second rake behind the bench"
DONE = "200 On the screens of all assigned: reported, unverified"


def play(story: Story) -> None:
    """Chapter 5."""
    streams = {persona: story.browsers[persona].stream() for persona in (OFFICER, WORKER)}
    try:
        for stream in streams.values():
            stream.next()
        page = story.browsers[DESK].post(f"/desk/{story.call}/hazard/", script=True, text=SAID)
        story.see(DESK, "reports a hazard, in the caller's words", DONE, answer(page))
        for persona, stream in streams.items():
            heard = "heard it" if keys_until(stream, story.encounter) else "heard nothing"
            story.see(persona, "hears of the hazard on the stream", "heard it", heard)
    finally:
        for stream in streams.values():
            stream.close()
    page = story.browsers[OFFICER].post(f"/encounters/{story.encounter}/hazard/", text=SEEN)
    story.see(OFFICER, "reports a hazard from the encounter", DONE, answer(page))
    for persona, path in (
        (OFFICER, f"/encounters/{story.encounter}/"),
        (WORKER, f"/encounters/{story.encounter}/"),
        (OTHER_DESK, f"/desk/?call={story.call}"),
    ):
        text = html.unescape(story.browsers[persona].get(path).text)
        got = f"{sum(f'“{words}”' in text for words in (SAID, SEEN))} of 2, "
        got += "unverified" if "Reported on this call, unverified" in text else "no mark"
        story.see(persona, "reads the hazards of the call", "2 of 2, unverified", got)
    _seen(story)
    browser = story.browsers[NOT_SENT]
    page = browser.post(f"/encounters/{story.encounter}/hazard/", text="x")
    expected = "404 There is nothing here that you can open."
    story.see(NOT_SENT, "reports one without being sent", expected, answer(page))


def _seen(story: Story) -> None:
    """It stands over the page of each assigned until a tap, and the desk lists who has not."""
    officer = story.browsers[OFFICER]
    sheet = html.unescape(officer.get("/emergency/mine/", **{"HX-Request": "true"}).text)
    got = "interrupted" if 'role="alertdialog"' in sheet and f"“{SAID}”" in sheet else "not"
    story.see(OFFICER, "is interrupted by what the desk reported", "interrupted", got)
    for expected in ("1 of 1 not seen", "0 of 1 not seen"):
        listed = plain(story.browsers[DESK].get("/alarm/", **{"HX-Request": "true"}).text)
        who = story.product.personas[OFFICER].name.split(" ", 1)[1]
        waits = sum(f"{who} has not seen" in line for line in [listed])
        story.see(DESK, "looks at who has not seen it", expected, f"{waits} of 1 not seen")
        key = (keys_in(sheet, r"/changes/KEY/seen/") or [""])[0]
        through = sheet.partition('data-changed="')[2].partition('"')[0]
        if waits:
            page = officer.post(f"/changes/{key}/seen/", script=True, through=through)
            story.see(OFFICER, "taps Seen", "200", str(page.status))
