"""Two desks: dispatch asks for a crisis worker, the crisis desk counters, and then sends one."""

from __future__ import annotations

import re

from tandem.demo.browser import keys_in
from tandem.demo.story.call import keys_until
from tandem.demo.story.sending import unit_key
from tandem.demo.story.told import DESK, OFFICER, OTHER_DESK, WORKER, Story, answer, plain

ALONE = "crisis-worker-3"
WORDS, HEARD = "pacing at the bus stop", "Quillwort by name"


def play(story: Story) -> None:
    """Chapter 9."""
    path, number = _call(story)
    key = unit_key(story, ALONE, "MC 1")
    story.browsers[ALONE].post("/duty/on/", unit=key)
    shown = "seen" if "MC 1" in _desk(story, "units") else "not seen"
    story.see(DESK, "looks for a crisis worker on her own unit", "not seen", shown)
    asked = _ask(story, path, number)
    _counter(story, asked)
    _accept(story, path, asked, number)
    _loser(story, asked)
    _goes(story, number)


def _desk(story: Story, regions: str, path: str = "") -> str:
    call = f"&call={path.split('/')[2]}" if path else ""
    page = story.browsers[DESK].get(
        f"/desk/fragments/?regions={regions}{call}", **{"HX-Request": "true"}
    )
    return plain(page.text)


def _call(story: Story) -> tuple[str, str]:
    page = story.browsers[DESK].post("/intake/", channel="911", priority="2", words=HEARD)
    call = page.url.split("?")[0].split("/")[2]
    title = re.search(r"\b(\d{4,})\b", plain(page.text))
    return f"/desk/{call}/", title[1] if title else ""


def _ask(story: Story, path: str, number: str) -> str:
    crisis = story.browsers[WORKER]
    stream = crisis.stream()
    try:
        stream.next()
        page = story.browsers[DESK].post(f"{path}ask/", script=True, text=WORDS)
        said = re.sub(r"\d\d:\d\d:\d\d", "now", answer(page))
        expected = f"200 Crisis desk asked for {number}, now"
        story.see(DESK, "asks the crisis desk for a worker", expected, said)
        text = crisis.get("/crisis/").text
        asked = (keys_in(text, r"/crisis/asked/KEY/accept/") or [""])[0]
        heard = "heard it" if keys_until(stream, asked) else "heard nothing"
        story.see(WORKER, "hears of the request on the stream", "heard it", heard)
    finally:
        stream.close()
    seen = [word for word in (WORDS, HEARD) if word in plain(text)]
    story.see(WORKER, "reads what dispatch pushed, and no more", WORDS, ", ".join(seen))
    status = story.browsers[OFFICER].post(f"/crisis/asked/{asked}/decline/").status
    story.see(OFFICER, "answers for the crisis desk", "403", str(status))
    return asked


def _counter(story: Story, asked: str) -> None:
    page = story.browsers[WORKER].post(
        f"/crisis/asked/{asked}/counter/", script=True, kind="meet", place="Hixon Forest"
    )
    story.see(WORKER, "offers something else", "200 Offered. Dispatch reads it.", answer(page))
    back = story.browsers[WORKER].post(f"/crisis/asked/{asked}/undo/", script=True)
    taken = "200 Taken back: it is asked again, dispatch and who was sent are told."
    story.see(WORKER, "takes it back within seconds", taken, answer(back))
    late = story.browsers["crisis-worker-2"].post(f"/crisis/asked/{asked}/undo/", script=True)
    story.see("crisis-worker-2", "takes it back once more", "409", str(late.status))
    story.browsers[WORKER].post(
        f"/crisis/asked/{asked}/counter/", script=True, kind="meet", place="Hixon Forest"
    )
    told = "Countered: meet at Hixon Forest"
    listed = _desk(story, "requests")
    story.see(DESK, "reads the offer", told, told if told in listed else listed[:80])


def _accept(story: Story, path: str, asked: str, number: str) -> None:
    worker = re.search(
        r'value="([0-9a-f-]{36})"[^>]*>[^<]*, MC 1<', story.browsers[WORKER].get("/crisis/").text
    )
    page = story.browsers[WORKER].post(
        f"/crisis/asked/{asked}/accept/", script=True, worker=worker[1] if worker else ""
    )
    expected = f"200 P. Vang-Ritter goes to {number}. Dispatch reads it."
    story.see(WORKER, "sends a worker of the crisis desk", expected, answer(page))
    listed = _desk(story, "detail", path)
    told = "Crisis desk accepted: P. Vang-Ritter, MC 1"
    story.see(DESK, "reads who comes", told, told if told in listed else listed[:80])


def _loser(story: Story, asked: str) -> None:
    page = story.browsers["crisis-worker-2"].post(f"/crisis/asked/{asked}/decline/", script=True)
    story.see_that(
        "crisis-worker-2",
        "declines what is accepted already",
        "409 and who accepted, and when",
        holds=page.status == 409 and "accepted at" in answer(page),  # noqa: PLR2004 (HTTP)
        else_=answer(page),
    )


def _goes(story: Story, number: str) -> None:
    browser = story.browsers[ALONE]
    text = browser.get("/my-calls/").text
    member = (keys_in(text, r"/my-calls/step/KEY/") or [""])[0]
    got = f"{number} is there" if number in plain(text) else "nothing"
    story.see(ALONE, "looks at my calls", f"{number} is there", got)
    for state in ("acknowledged", "cleared"):
        browser.post(f"/my-calls/step/{member}/?state={state}")
    listed = plain(story.browsers[OTHER_DESK].get("/desk/").text)
    story.see_that(
        OTHER_DESK,
        "looks at the units",
        "she is no unit of this desk any more",
        holds="MC 1 P. Vang-Ritter" not in listed,
        else_="still there",
    )
    browser.post("/duty/off/", reason="end")
