"""Proof `shift`: a whole shift worked by keyboard alone, by two desks and three teams at once.

Six people sit at six real browsers. What is typed is counted by the page that it is typed into;
what stands at the end is read from the database and from a board that is opened then.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, TimeoutError

from tandem.demo.throwaway import Product
from tests.bench.wire import Wire
from tests.proof.shift_plan import (
    CREWS,
    CRISIS,
    DISPATCH,
    MOBILE,
    NAMES,
    PAIR,
    PATROL,
    Act,
    Shift,
    drawn,
    expected,
)

CALLS, SEED = 40, 7
ASSIGN, STATUS, NOTE = 12, 8, 6
PATIENCE, SETTLED = 15_000, 20.0
SignedIn = Callable[[str], dict[str, str]]
_COUNT = """window.pressed = [];
addEventListener('keydown', (event) => {
  if (!event.repeat) window.pressed.push(event.key);
}, true);
addEventListener('pointerdown', () => { window.pointed = true; }, true);"""
WORDS = {"en_route": "er", "at_address": "at", "on_scene": "on", "cleared": "clr"}
SHORT = {PATROL: "2b12", PAIR: "cru1", MOBILE: "mc1"}
_ALL = """(() => {
  const told = document.querySelector('[data-units], [data-workers]').dataset;
  return JSON.parse(told.units || told.workers || '[]');
})()"""
_FREE = f"([unit]) => {_ALL}.some((one) => one.unit === unit && one.free)"
_ON = f"""([unit, short]) => {_ALL}.some(
  (one) => one.unit === unit && one.call.replace(/^0+/, '') === short)"""
_EMPTY = "() => document.querySelector('#command').value === ''"
_AT = "(which) => document.activeElement.matches(which)"
_MOST_TABS = 80


class NotDone(Exception):
    """Something could not be done by keyboard, or was refused."""


@dataclass
class Pressed:
    """Keys of one act, and what of them were words."""

    what: str
    keys: int
    words: int = 0


@dataclass
class Worked:
    """How a shift went."""

    shift: Shift
    pressed: list[Pressed] = field(default_factory=list)
    tapped: list[int] = field(default_factory=list)
    pointed: int = 0
    differences: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def most(self, what: str) -> int:
        """The most keys that one act of a kind took, without its words."""
        return max((one.keys - one.words for one in self.pressed if one.what == what), default=0)


class Person:
    """Somebody at a browser who has a keyboard and nothing else."""

    def __init__(self, url: str, chromium: Chromium, cookies: dict[str, str], path: str) -> None:
        self.context: BrowserContext = chromium.new_context(
            viewport={"width": 1366, "height": 900}, base_url=url
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.add_cookies(
            [{"name": name, "value": word, "url": url} for name, word in cookies.items()]
        )
        self.context.add_init_script(_COUNT)
        self.page: Page = self.context.new_page()
        self.page.goto(path)

    def keys(self) -> int:
        """How many keys were pressed on this page."""
        return len(self.page.evaluate("window.pressed"))

    def tab_to(self, which: str) -> int:
        """Press Tab until this is focused; how many keys it took."""
        self.page.locator(which).first.wait_for(state="visible")
        for count in range(_MOST_TABS):
            if self.page.evaluate(_AT, which):
                return count
            self.page.keyboard.press("Tab")
        raise NotDone(f"{which} cannot be reached by keyboard on {self.page.url}")


class Desk(Person):
    """A desk: everything is typed into its command line."""

    def send(self, text: str) -> int:
        """Type a command and wait for its answer; the keys it took."""
        page, before = self.page, self.keys()
        try:
            with page.expect_response(lambda answer: answer.request.method == "POST") as found:
                page.keyboard.type(text)
                page.keyboard.press("Enter")
        except TimeoutError:
            raise NotDone(f"{text}: {page.locator('#command-error').inner_text()}") from None
        return self._answered(found.value.status, text, before)

    def undo(self) -> int:
        """Take back what was done last."""
        page, before = self.page, self.keys()
        page.locator("#said form[data-undo]").wait_for(state="visible")
        with page.expect_response(lambda answer: answer.request.method == "POST") as found:
            page.keyboard.press("Control+z")
        return self._answered(found.value.status, "Ctrl Z", before)

    def _answered(self, status: int, what: str, before: int) -> int:
        if status != 200:
            self.page.wait_for_timeout(300)
            raise NotDone(f"{what}: {status}, {self.page.locator('#said').inner_text()}")
        self.page.wait_for_function(_EMPTY)
        return self.keys() - before


class Member(Person):
    """A responder at the squad's computer."""

    def tap(self, state: str, call: str) -> int:
        """Enter a status of one's own with Tab and Enter; how many keys it took."""
        if state == "acknowledged":
            self._open('a[href="/my-calls/"]', "/my-calls/")
            return self._press('form[action*="state=acknowledged"] button')
        if "/encounters/" not in self.page.url:
            raise NotDone(f"{call} is not open")
        return self._press(f'form[action*="state={state}"] button')

    def _press(self, which: str) -> int:
        count = self.tab_to(which)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return count + 1

    def _open(self, link: str, path: str) -> None:
        if self.page.url.endswith(path):
            return
        self.tab_to(link)
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


class Players:
    """Everybody, the feed, and the numbers that the calls were given."""

    def __init__(
        self, running: Product, chromium: Chromium, shift: Shift, signed: SignedIn
    ) -> None:
        self.running, self.worked = running, Worked(shift)
        self.name = f"shift{time.time_ns() % 10**9}"
        self.wire = Wire.of_feed(running.url, running.feed_token())
        self.numbers: dict[int, str] = {}
        self.desks = {
            DISPATCH: Desk(running.url, chromium, signed(DISPATCH), "/desk/"),
            CRISIS: Desk(running.url, chromium, signed(CRISIS), "/crisis/"),
        }
        self.members = {
            who: Member(running.url, chromium, signed(who), "/my-calls/")
            for who in itertools.chain.from_iterable(CREWS.values())
        }
        self.serial = itertools.count(1)

    def sign_on(self) -> None:
        """Both desks sign their own side's members on, as told by phone."""
        crisis = ("crisis-worker", "crisis-worker-3")
        for unit, crew in CREWS.items():
            for who in crew:
                desk = self.desks[CRISIS if who in crisis else DISPATCH]
                surname = NAMES[who].split()[-1].lower()
                desk.page.keyboard.press("/")
                desk.page.keyboard.press("Control+a")
                desk.send(f"on {surname} {SHORT[unit]}")

    def play(self, act: Act) -> None:
        """One act, as it is done at that screen."""
        _PLAYS[act.what](self, act)

    def _feed(self, act: Act, status: str) -> None:
        case = self.worked.shift.calls[act.call]
        body = {
            "external_id": self.external_id(act.call),
            "sequence": next(self.serial),
            "occurred_at": datetime.now(UTC).isoformat(),
            "call_type": case.type,
            "priority": 2,
            "status": status,
            "location": {"text": case.place},
        }
        answer, _ = self.wire.post(body)
        if answer != 200:
            raise NotDone(f"the feed was answered {answer}")

    def end(self, act: Act) -> None:
        """The feed closes a call that nobody is on any more."""
        self._feed(act, "closed")

    def call(self, act: Act) -> None:
        """The feed brings it, and it comes onto the desk."""
        self._feed(act, "open")
        place, page = self.external_id(act.call), self.desks[DISPATCH].page
        with psycopg.connect(self.running.dsn("superuser")) as connection:
            row = connection.execute(
                "SELECT number FROM calls_call WHERE external_id = %s", [place]
            ).fetchone()
        self.numbers[act.call] = str(row[0]) if row else ""
        page.locator(f'tr[data-short="{self.numbers[act.call]}"]').wait_for(state="attached")

    def external_id(self, call: int) -> str:
        """What the feed calls it."""
        return f"{self.name}-{call}"

    def typed(self, act: Act, what: str, text: str, words: int = 0) -> None:
        """One command at a desk, counted."""
        keys = self.desks[act.who].send(text)
        self.worked.pressed.append(Pressed(what, keys, words))

    def note(self, act: Act) -> None:
        """`n417 words`."""
        self.typed(act, "note", f"n{self.numbers[act.call]} {act.word}", len(act.word))

    def close(self, act: Act) -> None:
        """`c 417`."""
        self.typed(act, "close", f"c {self.numbers[act.call]}")

    def ask(self, act: Act) -> None:
        """`rq 417`."""
        self.typed(act, "ask", f"rq {self.numbers[act.call]}")

    def answer(self, act: Act) -> None:
        """What the crisis desk says to it, when it has come onto its screen."""
        desk, short = self.desks[CRISIS], self.numbers[act.call]
        number = f"{int(short):04d}"
        desk.page.locator(f'[data-request][data-number="{number}"]').wait_for(state="attached")
        if act.what == "accept":
            desk.page.wait_for_function(_FREE, arg=[act.unit])
            self.typed(act, "assign", f"as {short} {SHORT[act.unit]}")
        elif act.what == "decline":
            self.typed(act, "decline", f"d {short}")
        else:
            self.typed(act, "counter", f"ct {short} ph")

    def assign(self, act: Act) -> None:
        """`as 417 cru1`, as soon as the unit is free on the screen."""
        desk = self.desks[act.who]
        desk.page.wait_for_function(_FREE, arg=[act.unit])
        self.typed(act, "assign", f"as {self.numbers[act.call]} {SHORT[act.unit]}")

    def status(self, act: Act) -> None:
        """`er mc1`; at dispatch by the call's number, which is the shorter word."""
        desk, short = self.desks[act.who], self.numbers[act.call]
        desk.page.wait_for_function(_ON, arg=[act.unit, short])
        whom = SHORT[act.unit] if act.unit == MOBILE else short
        self.typed(act, "status", f"{WORDS[act.word]} {whom}")

    def undo(self, act: Act) -> None:
        """Control and Z."""
        self.worked.pressed.append(Pressed("undo", self.desks[act.who].undo()))

    def tap(self, act: Act) -> None:
        """A member's own."""
        keys = self.members[act.who].tap(act.word, self.numbers[act.call])
        self.worked.tapped.append(keys)


_PLAYS: dict[str, Callable[[Players, Act], None]] = {
    "call": Players.call,
    "note": Players.note,
    "close": Players.close,
    "end": Players.end,
    "ask": Players.ask,
    "accept": Players.answer,
    "decline": Players.answer,
    "counter": Players.answer,
    "assign": Players.assign,
    "assign and back": Players.assign,
    "status": Players.status,
    "status and back": Players.status,
    "undo": Players.undo,
    "tap": Players.tap,
}


def work(
    running: Product,
    chromium: Chromium,
    *,
    seed: int = SEED,
    calls: int = CALLS,
    signed: SignedIn | None = None,
) -> Worked:
    """Play the shift of this seed, and hold its end against what must stand.

    `signed` gives a persona's cookies where somebody has signed them in already.
    """
    shift = drawn(seed, calls)
    began = time.monotonic()
    players = Players(
        running, chromium, shift, signed or (lambda who: running.browser(who).cookies)
    )
    everybody = [*players.desks.values(), *players.members.values()]
    worked = players.worked
    try:
        players.sign_on()
        for act in shift.acts:
            players.play(act)
        worked.pointed = sum(bool(one.page.evaluate("window.pointed")) for one in everybody)
        worked.seconds = time.monotonic() - began
        must = expected(shift)
        worked.differences = _settled(running, players, must)
        worked.differences += _drawn_otherwise(players, must)
    finally:
        for one in everybody:
            one.context.close()
        players.wire.close()
    return worked


def _settled(running: Product, players: Players, must: list[dict[str, Any]]) -> list[str]:
    """What is otherwise once the worker has ended what hangs from calls that ended."""
    deadline = time.monotonic() + SETTLED
    while found := differences(must, standing(running, players)):
        if time.monotonic() > deadline:
            break
        time.sleep(0.5)
    return found


_CALLS = "SELECT id, place, call_type, state FROM calls_call WHERE external_id = %s"
_NOTES = "SELECT text, by_name FROM calls_callnote WHERE call_id = %s ORDER BY at"
_ASKED = "SELECT state FROM intake_workerrequest WHERE call_id = %s ORDER BY asked_at"
_SENT = """SELECT id, callsign, ended_at IS NOT NULL FROM dispatch_response
           WHERE call_id = %s ORDER BY assigned_at"""
_STEPS = """SELECT m.short_name, CASE WHEN s.undoes_id IS NULL THEN s.state
              ELSE 'undone: ' || s.state END, s.by_name
            FROM dispatch_memberstep s JOIN dispatch_member m ON m.id = s.member_id
            WHERE m.response_id = %s ORDER BY s.server_at"""


def standing(running: Product, players: Players) -> list[dict[str, Any]]:
    """Each call as the database has it."""
    found = []
    with psycopg.connect(running.dsn("superuser")) as connection:
        for number in range(len(players.worked.shift.calls)):
            row = connection.execute(_CALLS, [players.external_id(number)]).fetchone()
            if row is None:
                raise NotDone(f"call {number} is not there")
            key = row[0]
            sent = []
            for response, unit, ended in connection.execute(_SENT, [key]).fetchall():
                steps: dict[str, list[tuple[str, str]]] = {}
                for who, state, by in connection.execute(_STEPS, [response]).fetchall():
                    steps.setdefault(who, []).append((state, by))
                sent.append({"unit": unit, "ended": ended, "steps": steps})
            found.append(
                {
                    "place": row[1],
                    "type": row[2],
                    "state": row[3],
                    "notes": connection.execute(_NOTES, [key]).fetchall(),
                    "asked": [one[0] for one in connection.execute(_ASKED, [key]).fetchall()],
                    "sent": sent,
                }
            )
    return found


def differences(must: list[dict[str, Any]], stands: list[dict[str, Any]]) -> list[str]:
    """In words, what is otherwise than it must be."""
    return [
        f"call {number}, {part}: {found[part]} instead of {wanted[part]}"
        for number, (wanted, found) in enumerate(zip(must, stands, strict=True))
        for part in wanted
        if found[part] != wanted[part]
    ]


def _drawn_otherwise(players: Players, must: list[dict[str, Any]]) -> list[str]:
    """Where the dispatcher's board, as it was worked on, shows another place for a call."""
    page = players.desks[DISPATCH].page
    page.keyboard.press("F4")
    page.wait_for_timeout(800)
    wrong = []
    for number, case in enumerate(must):
        running = bool(case["sent"]) and not case["sent"][-1]["ended"]
        answered = bool(case["sent"]) and not running
        wanted = "active" if running else "" if answered or case["state"] != "open" else "pending"
        shown = page.evaluate(
            """(short) => document.querySelector(`tr[data-short="${short}"]`)
              ?.closest('tbody').dataset.keyed || ''""",
            players.numbers[number],
        )
        if shown != wanted:
            wrong.append(f"call {number} is shown as {shown or 'gone'}, not {wanted or 'gone'}")
    return wrong
