"""Proof `dispatch`: two dispatchers send one unit at once; one wins, the other is told."""

from __future__ import annotations

import json
import re
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tandem.demo.browser import Browser, Page
from tandem.demo.throwaway import Product
from tests.bench.wire import Wire

ROUNDS = 200
UNIT, KIND = "2B12", "patrol-officer"
DESKS = ("dispatcher", "dispatcher-2")
# The sentence names who was first and when, to the second.
_TOLD = re.compile(rf"{UNIT} was sent by ([^<]+?) at (\d\d:\d\d:\d\d)\.")


@dataclass
class Tally:
    """How the rounds ended."""

    rounds: int = 0
    one_won: int = 0
    loser_told: int = 0
    won_by: dict[str, int] = field(default_factory=lambda: dict.fromkeys(DESKS, 0))
    odd: list[str] = field(default_factory=list)


def two_at_once(running: Product, rounds: int = ROUNDS) -> Tally:
    """Round after round: both press at once, then the unit is free again."""
    officer = running.browser(KIND)
    _sign_on(officer)
    desks = {name: running.browser(name) for name in DESKS}
    names = {name: running.personas[name].name.split()[-1] for name in DESKS}
    wire = Wire.of_feed(running.url, running.feed_token())
    tally = Tally()
    for number in range(rounds):
        # In turns: both for the same call, each for a call of their own.
        calls = new_calls(wire, 1 if number % 2 else 2)
        answers = _press(desks, calls)
        _judge(tally, answers, names)
        winner = next((name for name in DESKS if answers[name].status == 200), None)
        if winner is not None:
            call = calls[DESKS.index(winner) % len(calls)]
            freed = desks[winner].post(
                f"/desk/{call}/status/", script=True, unit=UNIT, state="cleared"
            )
            if freed.status != 200:
                tally.odd.append(f"the unit was not freed: {freed.status}")
    return tally


def _sign_on(officer: Browser) -> None:
    page = officer.get("/duty/")
    found = re.search(rf'value="([0-9a-f-]{{36}})"(?:(?!value=)[\s\S])*?{UNIT}', page.text)
    if found is None:
        raise RuntimeError("the duty page offers no such unit")
    done = officer.post("/duty/on/", unit=found.group(1))
    if done.status != 200:
        raise RuntimeError(f"signing on was answered {done.status}")


def new_calls(wire: Wire, count: int) -> list[str]:
    """Calls that the feed brings just now; their keys."""
    body: list[dict[str, Any]] = [
        {
            "external_id": f"two-{uuid.uuid4()}",
            "sequence": 1,
            "occurred_at": datetime.now(UTC).isoformat(),
            "call_type": "WELFARE CHECK",
        }
        for _ in range(count)
    ]
    status, text = wire.post(body)
    for _again in range(20):
        # A feed waits and sends again when it is told that nothing was stored.
        if status != 503:
            break
        time.sleep(0.5)
        status, text = wire.post(body)
    if status != 200:
        raise RuntimeError(f"the calls were answered {status}")
    return [result["incident"] for result in json.loads(text)["results"]]


def _press(desks: dict[str, Browser], calls: list[str]) -> dict[str, Page]:
    answers: dict[str, Page] = {}
    together = threading.Barrier(len(desks))

    def press(place: int, name: str) -> None:
        together.wait()
        answers[name] = desks[name].post(
            f"/desk/{calls[place % len(calls)]}/assign/", script=True, unit=UNIT
        )

    threads = [
        threading.Thread(target=press, args=(place, name)) for place, name in enumerate(desks)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def _judge(tally: Tally, answers: dict[str, Page], names: dict[str, str]) -> None:
    tally.rounds += 1
    won = [name for name in DESKS if answers[name].status == 200]
    lost = [name for name in DESKS if answers[name].status == 409]
    if len(won) != 1 or len(lost) != 1:
        statuses = [answers[name].status for name in DESKS]
        tally.odd.append(f"round {tally.rounds} at {time.strftime('%H:%M:%S')}: {statuses}")
        return
    tally.one_won += 1
    tally.won_by[won[0]] += 1
    told = _TOLD.search(answers[lost[0]].text)
    if told and names[won[0]] in told.group(1):
        tally.loser_told += 1
    else:
        tally.odd.append(f"round {tally.rounds}: the loser read {answers[lost[0]].text[:200]!r}")
