"""Proof `conflicts`: two dispatchers and two crisis desks, five conflicting acts at once.

Both dispatchers send the same patrol unit, in turns to the same call and to calls of their own;
both crisis desks send the same worker, and dispatch withdraws its request. What was answered as
done is then looked up in the database, act by act.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import psycopg

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
MOBILE, PATROL = "MC 1", "2B12"
UNASK, SEND, SEND_TOO = "withdraws", "sends", "sends too"
DONE, LOST = 200, 409
# A loser reads who was first and when, or what became of the request.
_TOLD = re.compile(
    r"was sent by [^<]+ at \d\d:\d\d:\d\d\.|accepted at \d\d:\d\d:\d\d: .* goes\."
    r"|Dispatch withdrew this request\."
)
_RUNNING = """SELECT callsign, call_id::text, assigned_by_name FROM dispatch_response
              WHERE ended_at IS NULL AND callsign = ANY(%s)"""
_REQUEST = "SELECT state, callsign FROM intake_workerrequest WHERE call_id = %s"
_CASES = "SELECT count(*) FROM dispatch_encounter WHERE call_id = %s"


@dataclass
class Tally:
    """How the rounds ended."""

    rounds: int = 0
    acts: int = 0
    won: int = 0
    losers: int = 0
    told: int = 0
    doubled: int = 0
    lost: int = 0
    split: int = 0  # calls with more than one encounter
    odd: list[str] = field(default_factory=list)


@dataclass
class Table:
    """Who takes part, and the connection that looks on."""

    running: Product
    browsers: dict[str, Browser]
    names: dict[str, str]
    wire: Wire
    looking: psycopg.Connection[Any]


def at_once(running: Product, rounds: int = ROUNDS) -> Tally:
    """Round after round; afterwards everybody is free again."""
    people = (DESK, OTHER_DESK, FIRST, SECOND, ALONE, OFFICER)
    browsers = {name: running.browser(name) for name in people}
    # The dispatcher withdraws in one tab what she asked, and sends in another.
    browsers[UNASK] = Browser(running.url, dict(browsers[DESK].cookies))
    story = Story(running, browsers=browsers)
    for persona, callsign in ((ALONE, MOBILE), (OFFICER, PATROL)):
        browsers[persona].post("/duty/on/", unit=unit_key(story, persona, callsign))
    names = {SEND: running.personas[DESK].name, SEND_TOO: running.personas[OTHER_DESK].name}
    tally = Tally()
    with psycopg.connect(running.dsn("superuser"), autocommit=True) as looking:
        wire = Wire.of_feed(running.url, running.feed_token())
        table = Table(running, browsers, names, wire, looking)
        for number in range(rounds):
            _round(table, tally, number)
    return tally


def _round(table: Table, tally: Tally, number: int) -> None:
    # In turns: both dispatchers for the call that was asked for, the second for one of its own.
    calls = new_calls(table.wire, 1 + number % 2)
    answers = _press(table.browsers, calls)
    tally.rounds += 1
    tally.acts += len(answers)
    _judge(table, tally, calls, answers)
    desk = table.browsers[DESK]
    for call in calls:
        for unit in (MOBILE, PATROL):
            desk.post(f"/desk/{call}/status/", script=True, unit=unit, state="cleared")
        desk.post(f"/desk/{call}/close/", script=True)


def _press(browsers: dict[str, Browser], calls: list[str]) -> dict[str, Page]:
    call, other = calls[0], calls[-1]
    browsers[DESK].post(f"/desk/{call}/ask/", script=True)
    text = browsers[FIRST].get("/crisis/").text
    request = keys_in(text, r"/crisis/asked/KEY/accept/")[0]
    worker = re.search(rf'value="([0-9a-f-]{{36}})"[^>]*>[^<]*, {MOBILE}<', text)
    accept, sent = f"/crisis/asked/{request}/accept/", {"worker": worker[1] if worker else ""}
    acts: dict[str, Callable[[], Page]] = {
        FIRST: lambda: browsers[FIRST].post(accept, script=True, **sent),
        SECOND: lambda: browsers[SECOND].post(accept, script=True, **sent),
        UNASK: lambda: browsers[UNASK].post(f"/desk/{call}/unask/", script=True),
        SEND: lambda: browsers[DESK].post(f"/desk/{call}/assign/", script=True, unit=PATROL),
        SEND_TOO: lambda: browsers[OTHER_DESK].post(
            f"/desk/{other}/assign/", script=True, unit=PATROL
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


def _judge(table: Table, tally: Tally, calls: list[str], answers: dict[str, Page]) -> None:
    statuses = {name: page.status for name, page in answers.items()}
    won = [
        [name for name in rivals if statuses[name] == DONE]
        for rivals in ((FIRST, SECOND, UNASK), (SEND, SEND_TOO))
    ]
    losers = [page for page in answers.values() if page.status == LOST]
    tally.losers += len(losers)
    tally.told += sum(bool(_TOLD.search(page.text)) for page in losers)
    if [len(one) for one in won] == [1, 1] and len(losers) == len(answers) - 2:
        tally.won += 1
    else:
        tally.odd.append(f"round {tally.rounds}: {statuses}")
        return
    if not all(_TOLD.search(page.text) for page in losers):
        tally.odd.append(f"round {tally.rounds}: a loser read {[p.text[:160] for p in losers]}")
    sent = won[1][0]
    running = table.looking.execute(_RUNNING, [[PATROL, MOBILE]]).fetchall()
    request = table.looking.execute(_REQUEST, [calls[0]]).fetchone()
    for call in calls:
        (cases,) = table.looking.execute(_CASES, [call]).fetchone() or (0,)
        tally.split += cases > 1
    went_to, surname = calls[0 if sent == SEND else -1], table.names[sent].split()[-1]
    stands(tally, calls[0], won[0][0], (went_to, surname), running, request)


def stands(
    tally: Tally,
    call: str,
    asked: str,
    sent: tuple[str, str],
    running: list[tuple[str, str, str]],
    request: tuple[str, str] | None,
) -> None:
    """Each act that was answered as done is there, and nothing beside it.

    `asked`: who won the request; `sent`: where the patrol unit goes, by whom; `running`: callsign,
    call and sender of each response that runs; `request`: its state and callsign.
    """
    went_to, surname = sent
    of_patrol = [row for row in running if row[0] == PATROL]
    of_mobile = [row for row in running if row[0] == MOBILE]
    withdrawn = asked == UNASK
    tally.doubled += max(0, len(of_patrol) - 1) + max(0, len(of_mobile) - (not withdrawn))
    is_sent = any(row[1] == went_to and surname in row[2] for row in of_patrol)
    wanted = ("withdrawn", "") if withdrawn else ("accepted", MOBILE)
    is_answered = request == wanted and (withdrawn or any(row[1] == call for row in of_mobile))
    tally.lost += (not is_sent) + (not is_answered)
    if not (is_sent and is_answered):
        tally.odd.append(f"round {tally.rounds}: {sent}, {asked}: {running}, {request}")
