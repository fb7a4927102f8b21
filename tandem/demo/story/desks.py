"""Two desks: a contact that shows nowhere else until it is shared, and a caller handed over."""

from __future__ import annotations

import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tandem.board.kept import OLDEST, kept_boards
from tandem.demo.browser import keys_in
from tandem.demo.story.told import DESK, OFFICER, WORKER, Story, answer, plain
from tandem.demo.story.walls import OPERATOR

REASON = "wants to be rung by her own worker"
PERSON, NUMBER = "Ottilie Brandwyne", "608-555-0142"
DROPPED = "Copeland Park, dog run"
WORDS, PLACE = "cannot sleep since the funeral", "Hixon Forest, trailhead lot"


def play(story: Story) -> None:
    """Chapter 8."""
    contact = _contact(story)
    _person(story, contact)
    _advised(story, contact)
    _hidden(story, contact)
    _shared(story, contact)
    _handed_over(story)
    _placed(story)
    _dropped(story)
    _by_phone(story)
    _planned(story)
    _printed(story)


def _contact(story: Story) -> str:
    worker = story.browsers[WORKER]
    page = worker.post(
        "/crisis/new/",
        channel="crisis_line",
        words=WORDS,
        place="Quarry Rise",
        person=PERSON,
        callback=NUMBER,
    )
    found = re.search(r"/crisis/([0-9a-f-]{36})/", page.url)
    title = re.search(r"<h1>(.*?)</h1>", page.text)
    story.see(WORKER, "begins a contact", "Contact 0001", plain(title[1]) if title else page.url)
    return found[1] if found else ""


def _person(story: Story, contact: str) -> None:
    """Whom it is about is a person of the county's own, with a way that is safe or not."""
    worker, path = story.browsers[WORKER], f"/crisis/{contact}/"
    page = worker.post(f"{path}way/", way="phone", where=NUMBER, may_leave_message="no")
    rule = "a minor until an age says otherwise"
    got = "on file, a minor until then" if rule in plain(page.text) else "no mark"
    story.see(WORKER, "keeps a way to reach the person", "on file, a minor until then", got)
    for persona, expected in ((WORKER, PERSON), (OFFICER, "nobody")):
        found = plain(story.browsers[persona].post("/persons/", name=PERSON).text)
        got = PERSON if f"{PERSON} birth not known" in found else "nobody"
        story.see(persona, "looks for the person of the contact", expected, got)


def _advised(story: Story, contact: str) -> None:
    """The desk overrides in one key, says why later; it stays inside the contact."""
    worker, address = story.browsers[WORKER], f"/crisis/{contact}/"
    page = worker.post(f"{address}override/")
    expected = "200 Advice overridden. A reason may follow."
    story.see(WORKER, "overrides the advice for it", expected, answer(page))
    page = worker.post(f"{address}reason/", text=REASON)
    story.see(WORKER, "says why, later", "200 The reason is kept", answer(page))
    text = plain(worker.get(address).text)
    got = "overridden, with the reason" if f"Why: {REASON}" in text else "nothing of it"
    story.see(WORKER, "reads it beside the contact", "overridden, with the reason", got)


def _hidden(story: Story, contact: str) -> None:
    listed = story.browsers[DESK].get("/desk/").text
    seen = [word for word in (contact, WORDS, "Quarry Rise", REASON) if word and word in listed]
    story.see(DESK, "looks for the contact", "nothing", ", ".join(seen) or "nothing")
    for persona in (DESK, OFFICER):
        page = story.browsers[persona].get(f"/crisis/{contact}/")
        story.see(persona, "opens the contact", "403", str(page.status))


def _shared(story: Story, contact: str) -> None:
    story.browsers[WORKER].post(
        f"/crisis/{contact}/share/",
        authority="worker_safety",
        with_place="yes",
        share_place=PLACE,
        priority="2",
    )
    listed = plain(story.browsers[DESK].get("/desk/").text)
    place, words = (one in listed for one in (PLACE, WORDS))
    got = f"{'the place' if place else 'no place'}, {'its words' if words else 'no word'}"
    story.see(DESK, "reads what the worker shared", "the place, no word", got)


def _interpreted(story: Story, call: str) -> None:
    """A relative is refused as interpreter, the line is rung, and the advice names it."""
    desk, address = story.browsers[DESK], f"/desk/{call}/interpreter/"
    told = {"language": "Hmoob", "state": "arrived", "how": "child"}
    page = desk.post(address, script=True, **told)
    expected = (
        "409 No relative and no child interprets. If life is in danger, tick it and send again."
    )
    story.see(DESK, "lets a child interpret", expected, answer(page))
    page = desk.post(address, script=True, language="Hmoob", state="line_rung", how="line")
    story.see(DESK, "rings the language line", "200 Kept: all who go read it", answer(page))
    text = plain(desk.get(f"/desk/?call={call}").text)
    words = "Interpreter for Hmoob"
    story.see(DESK, "reads it in the advice", words, words if words in text else "nothing of it")


def _handed_over(story: Story) -> None:
    desk, worker = story.browsers[DESK], story.browsers[WORKER]
    page = desk.post(
        "/intake/", channel="911", priority="3", words="wants to talk to somebody", dropped="yes"
    )
    path = page.url.split("?")[0]
    call = path.strip("/").rpartition("/")[2]
    _interpreted(story, call)
    page = desk.post(f"/desk/{call}/advice/told/", script=True, whom="cru")
    expected = "200 Kept: told, with your name and the time"
    story.see(DESK, "told the CRU of a line that dropped", expected, answer(page))
    desk.post(f"{path}transfer/", told="no weapon, wants to talk")
    listed = plain(desk.get("/desk/").text)
    words = "caller on the way to the crisis desk"
    got = words if f"{words} Not acknowledged." in listed else "nothing rings"
    story.see(DESK, "sees that nobody took the caller yet", words, got)
    waiting = keys_in(worker.get("/crisis/").text, r"/crisis/callers/KEY/take/")
    story.see(WORKER, "sees the caller from dispatch", "1 waiting", f"{len(waiting)} waiting")
    worker.post(f"/crisis/callers/{waiting[0]}/take/")
    text = plain(desk.get(path).text)
    name = story.product.personas[WORKER].name
    first, last = name.split(" ", 1)
    expected = f"{first[0]}. {last} took the caller"
    got = expected if expected in text else text[:80]
    story.see(DESK, "reads who took the caller", expected, got)


def _placed(story: Story) -> None:
    """A call of which nobody knows the place gets one, and a better one; both stay."""
    desk = story.browsers[DESK]
    page = desk.post("/intake/", channel="911", priority="3")
    address = re.sub(r"^.*(/intake/[0-9a-f-]{36}/).*$", r"\1", page.url)
    desk.post(f"{address}place/", place="Hixon Forest")
    text = plain(desk.post(f"{address}place/", place="Myrick Park, shelter").text)
    kept = "Place: Myrick Park, shelter, before: Hixon Forest"
    got = kept if kept in text else "nothing"
    story.see(DESK, "corrects the place of a call", kept, got)
    desk.post(f"{address}close/", outcome="entered_in_error")


def _dropped(story: Story) -> None:
    """A line drops: the officer of the pair has the call on his page, and the desk reads so."""
    desk, officer = story.browsers[DESK], story.browsers[OFFICER]
    page = desk.post("/intake/", channel="911", priority="2", dropped="yes", place=DROPPED)
    call = re.sub(r"^.*/intake/([0-9a-f-]{36})/.*$", r"\1", page.url)
    mine = officer.get("/my-calls/").text
    told = "told" if DROPPED in plain(mine) and "You may be sent" in plain(mine) else "nothing"
    story.see(OFFICER, "looks at the own page when a line dropped", "told", told)
    keys = keys_in(mine, r"/my-calls/told/KEY/")
    page = officer.post(f"/my-calls/told/{keys[0] if keys else ''}/", script=True)
    expected = "200 The desk reads that you have it."
    story.see(OFFICER, "has it", expected, answer(page))
    shown = plain(desk.get(f"/desk/?call={call}").text)
    got = "who has it" if "has it since" in shown else "nobody"
    story.see(DESK, "reads who of the team has it", "who has it", got)
    desk.post(f"/intake/{call}/close/", outcome="entered_in_error")


def _by_phone(story: Story) -> None:
    """An officer who rang is signed on, pulled away, back and off; a crisis worker is not ours."""
    desk = story.browsers[DESK]
    for change, said in (
        ("on", "200 K. Moriarty is on 2B31, by phone"),
        ("pulled", "200 K. Moriarty is pulled to other duty, by phone"),
        ("back", "200 K. Moriarty is back on 2B31, by phone"),
        ("end", "200 K. Moriarty is off duty, by phone"),
    ):
        unit = "2b31" if change == "on" else ""
        page = desk.post("/desk/presence/", script=True, who="moriarty", change=change, unit=unit)
        story.see(DESK, f"enters by phone that an officer is {change}", said, answer(page))
    worker = desk.post("/desk/presence/", script=True, who="lindqvist", change="sick")
    story.see(DESK, "enters a crisis worker as sick", "409", str(worker.status))


def _planned(story: Story) -> None:
    """A roster names an officer who has not come: it is said, and nobody is on by it."""
    now = datetime.now(UTC)
    begins, ends = now - timedelta(minutes=30), now + timedelta(hours=8)
    event = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//demo//EN\r\nBEGIN:VEVENT\r\nUID:1@demo\r\n"
        f"DTSTAMP:{now:%Y%m%dT%H%M%SZ}\r\nSUMMARY:K. Moriarty\r\n"
        f"DTSTART:{begins:%Y%m%dT%H%M%SZ}\r\nDTEND:{ends:%Y%m%dT%H%M%SZ}\r\n"
        "END:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "police.ics"
        file.write_text(event, encoding="utf-8")
        ran = story.product.tandem("roster", "load", "police", str(file))
    told = ran.stdout.strip() or ran.stderr.strip()
    expected = "1 shifts: the desk of that side reads who is planned. Nobody is on by it."
    story.see(OPERATOR, "loads the officers' roster", expected, told)
    shown = plain(story.browsers[DESK].get("/desk/presence/").text)
    wanted = "planned, not signed on after 10 min"
    got = wanted if wanted in shown else shown[:120]
    story.see(DESK, "reads who is planned and has not come", wanted, got)
    county = plain(story.browsers[WORKER].get("/crisis/presence/").text)
    got = "nothing" if "Planned now" not in county else county[:120]
    story.see(WORKER, "reads of the officers' roster", "nothing", got)


def _printed(story: Story) -> None:
    """A print says who; a copy of either desk is kept, young, and holds nothing of a contact."""
    desk = story.browsers[DESK]
    name = story.product.personas[DESK].name
    first, last = name.split(" ", 1)
    text = plain(desk.post("/desk/print/").text)
    expected = f"Printed by {first[0]}. {last}"
    story.see(DESK, "prints the board", expected, expected if expected in text else text[:80])
    boards = kept_boards(story.product.instance, datetime.now(UTC))
    got = [f"{one.name.split('-')[0]} {'young' if one.age <= OLDEST else 'old'}" for one in boards]
    story.see("operator", "finds the kept boards", "crisis young, dispatch young", ", ".join(got))
    seen = [word for word in (WORDS, "Quarry Rise") for one in boards if word in one.text]
    story.see("operator", "looks for the contact in them", "nothing", ", ".join(seen) or "nothing")


def _on_view(story: Story) -> None:
    """An officer opens a contact on view; dispatch reads it at once."""
    words = "man shouting at cars"
    page = story.browsers[OFFICER].post("/my-calls/on-view/", type=words, place="Riverside Park")
    story.see(OFFICER, "opens a contact on view", "200", str(page.status))
    listed = plain(story.browsers[DESK].get("/desk/").text)
    story.see(DESK, "reads it among the calls", words, words if words in listed else "nothing")
