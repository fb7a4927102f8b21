"""Proof `requests`: two crisis desks answer, dispatch withdraws and sends, all at once."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from tandem.demo.browser import Browser, Page, keys_in
from tandem.demo.story.sending import unit_key
from tandem.demo.story.told import Story
from tandem.demo.throwaway import Product
from tests.bench.wire import Wire
from tests.proof.dispatch import new_calls

ROUNDS = 500
DESK, OTHER_DESK = "dispatcher", "dispatcher-2"
FIRST, SECOND = "crisis-worker", "crisis-supervisor"
ALONE, OFFICER = "crisis-worker-3", "patrol-officer"
UNIT, PATROL = "MC 1", "2B12"
# Who lost reads who was first and when, or that the request was taken back.
_TOLD = re.compile(r"accepted at \d\d:\d\d:\d\d: .* goes\.|Dispatch withdrew this request\.")


@dataclass
class Tally:
    """How the rounds ended."""

    rounds: int = 0
    one_won: int = 0
    losers_told: int = 0
    one_encounter: int = 0
    won_by: dict[str, int] = field(default_factory=lambda: dict.fromkeys((FIRST, SECOND, DESK), 0))
    odd: list[str] = field(default_factory=list)


def conflicting(running: Product, rounds: int = ROUNDS) -> Tally:
    """Round after round: one request, four acts at once; then everybody is free again."""
    people = (DESK, OTHER_DESK, FIRST, SECOND, ALONE, OFFICER)
    browsers = {name: running.browser(name) for name in people}
    story = Story(running, browsers=browsers)
    for persona, callsign in ((ALONE, UNIT), (OFFICER, PATROL)):
        browsers[persona].post("/duty/on/", unit=unit_key(story, persona, callsign))
    wire = Wire.of_feed(running.url, running.feed_token())
    tally = Tally()
    for _round in range(rounds):
        call = new_calls(wire, 1)[0]
        _judge(tally, browsers, call, _press(browsers, call))
        for unit in (UNIT, PATROL):
            browsers[DESK].post(f"/desk/{call}/status/", script=True, unit=unit, state="cleared")
        browsers[DESK].post(f"/desk/{call}/close/", script=True)
    return tally


def _press(browsers: dict[str, Browser], call: str) -> dict[str, Page]:
    asked = browsers[DESK].post(f"/desk/{call}/ask/", script=True)
    text = browsers[FIRST].get("/crisis/").text
    request = (keys_in(text, r"/crisis/asked/KEY/accept/") or [asked.text[:60]])[0]
    worker = re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>[^<]*, {UNIT}<', text)
    accept = f"/crisis/asked/{request}/accept/"
    sent = {"worker": worker[1] if worker else ""}
    acts: dict[str, Callable[[], Page]] = {
        FIRST: lambda: browsers[FIRST].post(accept, script=True, **sent),
        SECOND: lambda: browsers[SECOND].post(accept, script=True, **sent),
        DESK: lambda: browsers[DESK].post(f"/desk/{call}/unask/", script=True),
        OTHER_DESK: lambda: browsers[OTHER_DESK].post(
            f"/desk/{call}/assign/", script=True, unit=PATROL
        ),
    }
    answers: dict[str, Page] = {}
    together = threading.Barrier(len(acts))

    def press(name: str, act: Callable[[], Page]) -> None:
        together.wait()
        answers[name] = act()

    threads = [threading.Thread(target=press, args=one) for one in acts.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _judge(tally: Tally, browsers: dict[str, Browser], call: str, answers: dict[str, Page]) -> None:
    tally.rounds += 1
    rivals = {name: answers[name] for name in (FIRST, SECOND, DESK)}
    won = [name for name, page in rivals.items() if page.status == 200]
    lost = [page for page in rivals.values() if page.status == 409]
    statuses = {name: page.status for name, page in answers.items()}
    if len(won) != 1 or len(lost) != 2 or answers[OTHER_DESK].status != 200:
        tally.odd.append(f"round {tally.rounds}: {statuses}")
        return
    tally.one_won += 1
    tally.won_by[won[0]] += 1
    if all(_TOLD.search(page.text) for page in lost):
        tally.losers_told += 1
    else:
        tally.odd.append(f"round {tally.rounds}: a loser read {[p.text[:160] for p in lost]}")
    cases = set(keys_in(browsers[OFFICER].get("/my-calls/").text, r"/encounters/KEY/"))
    if won[0] != DESK:
        hers = keys_in(browsers[ALONE].get("/my-calls/").text, r"/encounters/KEY/")
        cases = cases & set(hers)
    tally.one_encounter += bool(cases)
    if not cases:
        tally.odd.append(f"round {tally.rounds}: two encounters of the call {call}")
