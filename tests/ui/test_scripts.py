"""What the scripts promise: rows hold still, one request at a time, nothing typed is lost."""

from __future__ import annotations

import dataclasses
import re
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tandem.kernel.instance import checkout

from .contexts_desk import desk
from .live import World, serve_live
from .shapes import shapes

pytestmark = pytest.mark.browser


@pytest.fixture
def world() -> World:
    """A desk with few calls."""
    whole = desk()["desk"]["desk"]
    return World(desk=dataclasses.replace(whole, pending=whole.pending[:4], selected=""))


@pytest.fixture
def address(world: World) -> Iterator[str]:
    """Where this world answers."""
    server, where = serve_live(world)
    yield where
    world.open_stream = False
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A wide window of its own."""
    context = chromium.new_context(viewport={"width": 1920, "height": 1080})
    yield context.new_page()
    context.close()


@pytest.fixture
def board(page: Page, address: str, world: World) -> Page:
    """The desk, open and listening."""
    page.goto(f"{address}/en/dark/desk")
    until(lambda: world.streams == 1)
    return page


def until(true: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait for something that another thread does."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def numbers(page: Page) -> list[str]:
    """The calls that wait, in the order shown."""
    return page.locator('tbody[data-keyed="pending"] [data-open]').all_inner_texts()


def more_calls(world: World, count: int) -> None:
    """The server now has that many calls waiting, the newest first."""
    every = desk()["desk"]["desk"].pending
    world.desk = dataclasses.replace(world.desk, pending=list(reversed(every[:count])))


def test_a_new_call_appears_without_reload(board: Page, world: World) -> None:
    more_calls(world, 5)
    world.changed("call:k0418")
    expect(board.locator('tbody[data-keyed="pending"] tr')).to_have_count(5)
    assert numbers(board) == ["0418", "0417", "0415", "0412", "0409"]


def test_a_burst_is_one_request_at_a_time(board: Page, world: World) -> None:
    for number in range(40):
        world.changed(f"call:{number}")
        time.sleep(0.01)
    time.sleep(1.0)
    spans = world.fragments
    assert 1 <= len(spans) <= 8
    names = board.locator("[data-stale-url]").evaluate_all("all => all.map(e => e.dataset.region)")
    of_calls = {"counts", "feeds", "lists", "detail", "units", "requests"}
    assert {*of_calls, "alarm"} == set(names)
    assert all(set(regions) == of_calls for _, _, regions in spans)
    gaps = [later[0] - earlier[1] for earlier, later in pairwise(spans)]
    # How long a page pauses shows in how few it asks: a busy machine writes an end down late.
    assert all(gap > 0 for gap in gaps), gaps


def test_no_row_moves_under_the_keyboard(board: Page, world: World) -> None:
    before = numbers(board)
    board.locator('tbody[data-keyed="pending"] [data-open]').nth(1).focus()
    more_calls(world, 5)
    world.changed("call:k0418")
    expect(board.locator("[data-waiting]").first).to_be_visible()
    assert numbers(board) == [*before, "0418"]
    assert re.search(r"\d+ rows? waiting", board.locator("[data-waiting]").first.inner_text())
    board.locator("#command").focus()
    expect(board.locator("[data-waiting]").first).to_be_hidden()
    assert numbers(board) == ["0418", "0417", "0415", "0412", "0409"]


def test_focus_stays_on_its_row_when_the_row_changes(board: Page, world: World) -> None:
    board.locator("#call-k0412 [data-open]").focus()
    rows = [dataclasses.replace(row, type="Changed") for row in world.desk.pending]
    world.desk = dataclasses.replace(world.desk, pending=rows)
    world.changed("call:k0412")
    expect(board.locator("#call-k0412 .call__type")).to_have_text("Changed")
    assert board.evaluate("document.activeElement.textContent") == "0412"


def _only(world: World, key: str, **facts: Any) -> None:
    """One call that waits is another one now; it says so by its key."""
    rows = [
        dataclasses.replace(row, **facts) if row.key == key else row for row in world.desk.pending
    ]
    world.desk = dataclasses.replace(world.desk, pending=rows)
    world.changed(key)


def test_news_of_one_call_changes_its_row_alone(board: Page, world: World) -> None:
    world.by_key = True
    board.evaluate("for (const row of document.querySelectorAll('tr[data-key]')) row.kept = true")
    _only(world, "k0412", place="Behind the station", order=1)
    expect(board.locator("#call-k0412 .call__place")).to_have_text("Behind the station")
    kept = "all => all.filter(row => !row.kept).map(row => row.dataset.key)"
    assert board.locator("tr[data-key]").evaluate_all(kept) == ["k0412"]
    assert world.asked_keys == [["k0412"]]


def test_single_rows_come_go_and_move_and_are_counted(board: Page, world: World) -> None:
    """What whole lists do, rows that come alone do as well: also under a keyboard."""
    world.by_key = True
    fifth = desk()["desk"]["desk"].pending[4]
    active = world.desk.active
    first = numbers(board)
    waits = [row.key for row in world.desk.pending]
    # One more that waits, oldest problem first: among those in time it is the most urgent.
    late = dataclasses.replace(fifth, order=0)
    world.desk = dataclasses.replace(world.desk, pending=[*world.desk.pending, late])
    world.changed(fifth.key)
    expect(board.locator('tbody[data-keyed="pending"] tr')).to_have_count(5)
    expect(board.locator('[data-count="pending"]')).to_have_text("5")
    # The second goes to the others while the keyboard is in its list.
    board.locator('tbody[data-keyed="pending"] [data-open]').first.focus()
    gone = next(row for row in world.desk.pending if row.key == waits[1])
    rest = [row for row in world.desk.pending if row.key != waits[1]]
    world.desk = dataclasses.replace(world.desk, pending=rest, active=[*active, gone])
    before = numbers(board)
    world.changed(gone.key)
    expect(board.locator(f'tbody[data-keyed="active"] [data-key="{gone.key}"]')).to_have_count(1)
    expect(board.locator('[data-pane="pending"] .count')).to_have_text("4")
    expect(board.locator('[data-pane="pending"] [data-waiting]')).to_be_visible()
    assert numbers(board) == before
    # More news does not undo what waits.
    _only(world, waits[2], type="Fight")
    expect(
        board.locator(f'tbody[data-keyed="pending"] [data-key="{waits[2]}"] .call__type')
    ).to_have_text("Fight")
    assert numbers(board) == before
    board.locator("#command").focus()
    expect(board.locator('[data-pane="pending"] [data-waiting]')).to_be_hidden()
    expect(board.locator('tbody[data-keyed="pending"] tr')).to_have_count(4)
    assert set(numbers(board)) == {*first, fifth.number} - {gone.number}
    expect(
        board.locator('tbody[data-keyed="pending"] .call__type', has_text="Fight")
    ).to_have_count(1)


def test_rows_that_came_alone_stand_where_a_whole_list_has_them(board: Page, world: World) -> None:
    world.by_key = True
    keys = [row.key for row in world.desk.pending]
    world.changed(*keys)
    until(lambda: bool(world.asked_keys))
    board.wait_for_timeout(150)
    rows = world.desk.pending
    late = [row for row in rows if row.timer.limit and row.timer.elapsed >= row.timer.limit]
    late.sort(key=lambda row: -row.timer.elapsed / row.timer.limit)
    rest = sorted((row for row in rows if row not in late), key=lambda row: int(row.short))
    assert numbers(board) == [row.number for row in (*late, *rest)]
    overdue = sum(
        r.timer.elapsed >= r.timer.limit for r in (*rows, *world.desk.active) if r.timer.limit
    )
    expect(board.locator("[data-count-late]")).to_have_text(f"{overdue} overdue")


def test_a_broken_stream_is_said_within_five_seconds(board: Page, world: World) -> None:
    began = time.monotonic()
    world.open_stream = False
    expect(board.locator("[data-asof]")).to_be_visible(timeout=5000)
    assert time.monotonic() - began < 5
    assert "Nothing below changes" in board.locator("[data-asof]").inner_text()
    more_calls(world, 5)
    world.open_stream = True
    expect(board.locator("[data-asof]")).to_contain_text("Whole again", timeout=12000)
    expect(board.locator('tbody[data-keyed="pending"] tr')).to_have_count(5)


def came_back(board: Page, world: World) -> tuple[str, str]:
    """Cut the stream; what the page said of itself on its return, and what the server said."""
    asked, streams = len(world.states), world.streams
    world.open_stream = False
    time.sleep(0.15)
    world.open_stream = True
    until(lambda: world.streams > streams and len(world.states) > asked)
    return world.states[-1]


def test_a_board_that_missed_something_says_so_itself(board: Page, world: World) -> None:
    board.evaluate("for (const row of document.querySelectorAll('tr[data-key]')) row.kept = true")
    own, servers = came_back(board, world)
    assert own == servers
    assert board.locator("tr[data-key]").evaluate_all("all => all.every(row => row.kept)")
    # News that never came: the page tells another word, and is sent everything.
    rows = [dataclasses.replace(row, place="Elsewhere") for row in world.desk.pending]
    world.desk = dataclasses.replace(world.desk, pending=rows)
    own, servers = came_back(board, world)
    assert own != servers
    expect(board.locator("#call-k0412 .call__place")).to_have_text("Elsewhere")
    own, servers = came_back(board, world)
    assert own == servers


def test_a_page_that_cannot_put_it_right_is_loaded_again(
    page: Page, address: str, world: World
) -> None:
    """A broken build: what is fetched is never put in its place."""
    broken = (checkout() / "ui/js/lib/swap.js").read_text().replace("old.replaceWith(fresh);", "")
    page.route(
        "**/lib/swap.js", lambda route: route.fulfill(body=broken, content_type="text/javascript")
    )
    page.goto(f"{address}/en/dark/desk")
    until(lambda: world.streams == 1)
    page.evaluate("window.loadedOnce = true")
    rows = [dataclasses.replace(row, place="Elsewhere") for row in world.desk.pending]
    world.desk = dataclasses.replace(world.desk, pending=rows)
    came_back(page, world)
    page.wait_for_function("() => !window.loadedOnce")
    expect(page.locator("#call-k0412 .call__place")).to_have_text("Elsewhere")


def test_bye_leads_to_sign_in(board: Page, world: World) -> None:
    world.frames.put("event: bye\ndata: {}\n\n")
    board.wait_for_url("**/sign-in", timeout=5000)


def test_commands_send_the_same_forms(board: Page, world: World) -> None:
    for text, path, fields in [
        ("as 417 cru1", "/desk/k0417/assign/", {"unit": "CRU 1"}),
        (
            "st 2b18 er r",
            "/desk/k0405/status/",
            {"unit": "2B18", "state": "en_route", "known": "radio"},
        ),
        ("n 417 door is open", "/desk/k0417/note/", {"text": "door is open"}),
    ]:
        count = len(world.acts)
        board.keyboard.press("Escape")
        board.locator("#command").fill(text)
        board.keyboard.press("Enter")
        until(lambda count=count: len(world.acts) > count)  # type: ignore[misc]
        where, told = world.acts[-1]
        assert where == path
        assert {name: told.get(name) for name in fields} == fields
        assert re.fullmatch(r"[0-9a-f-]{36}", told["act_id"])
        expect(board.locator("#said .toast")).to_be_visible()
    assert len({told["act_id"] for _, told in world.acts}) == 3


def test_tab_takes_the_completion(board: Page, world: World) -> None:
    board.keyboard.press("/")
    board.keyboard.type("as 417 c")
    expect(board.locator("#command-list [role=option]")).to_have_count(1)
    board.keyboard.press("Tab")
    assert board.locator("#command").input_value() == "as 417 cru1"


@pytest.mark.parametrize(
    "text", ["as 999 cru1", "as 417 nobody", "st 2b18 flying r", "qq 1", "st cru1 er r"]
)
def test_a_wrong_command_sends_nothing_and_keeps_the_text(
    board: Page, world: World, text: str
) -> None:
    board.locator("#command").fill(text)
    board.keyboard.press("Enter")
    expect(board.locator("#command-error")).to_contain_text("Nothing was sent")
    assert board.locator("#command").input_value() == text
    assert world.acts == []


def test_a_refusal_is_said_and_focused(board: Page, world: World) -> None:
    world.refuse = shapes.Sentence(
        what="2B12 was sent by R. Moss.", safe="Your act was not carried out."
    )
    board.locator("#command").fill("as 417 2b12")
    board.keyboard.press("Enter")
    expect(board.locator("#said [data-error]")).to_be_focused()
    assert board.locator("#command").input_value() == "as 417 2b12"


def test_undo_ends_after_its_seconds(board: Page, world: World) -> None:
    board.locator("#command").fill("as 417 cru1")
    board.keyboard.press("Enter")
    expect(board.get_by_role("button", name="Undo")).to_be_visible()
    expect(board.get_by_role("button", name="Undo")).to_be_hidden(timeout=4000)
    assert board.locator("#said .toast").is_visible()


def test_control_z_undoes(board: Page, world: World) -> None:
    board.locator("#command").fill("as 417 cru1")
    board.keyboard.press("Enter")
    expect(board.get_by_role("button", name="Undo")).to_be_visible()
    board.keyboard.press("Control+z")
    until(lambda: world.acts[-1][0].endswith("/undo/2"))


def test_letters_move_and_open(board: Page) -> None:
    board.locator('tbody[data-keyed="pending"] [data-open]').first.focus()
    board.keyboard.press("j")
    assert board.evaluate("document.activeElement.textContent") == "0412"
    board.keyboard.press("k")
    assert board.evaluate("document.activeElement.textContent") == "0409"
    board.keyboard.press("Enter")
    expect(board.locator("#call-k0409")).to_have_attribute("aria-current", "true")
    assert board.url.endswith("call=k0409")
    board.keyboard.press("a")
    assert board.locator("#command").input_value() == "as 409 "
    board.keyboard.press("Escape")
    board.keyboard.press("Escape")
    assert board.evaluate("document.activeElement.textContent") == "0409"
    board.keyboard.press("F3")
    assert board.evaluate("document.activeElement.textContent") == "0391"


def test_letters_can_be_switched_off(board: Page) -> None:
    board.keyboard.press("?")
    board.get_by_label("Single letters work on a row in focus").uncheck()
    board.get_by_role("button", name="Close").click()
    board.locator('tbody[data-keyed="pending"] [data-open]').first.focus()
    board.keyboard.press("j")
    assert board.evaluate("document.activeElement.textContent") == "0409"
    assert "tandem_single_keys=off" in board.evaluate("document.cookie")


def test_new_opens_the_page_of_a_call_by_hand(board: Page, world: World) -> None:
    board.keyboard.press("/")
    board.keyboard.type("new")
    board.keyboard.press("Enter")
    board.wait_for_url("**/board:intake")
    assert world.acts == []


def test_what_waited_for_days_says_days(board: Page) -> None:
    timer = board.locator("tr[data-key] [data-timer]").first
    timer.evaluate(
        "e => e.dataset.since = new Date(Date.parse(document.documentElement.dataset.now)"
        " - 14.5 * 86400000).toISOString()"
    )
    expect(timer.locator(".timer__digits")).to_have_text("14 d 12 h")


def test_a_timer_turns_due_and_overdue_in_place(board: Page) -> None:
    timer = board.locator("#call-k0417 [data-timer]")
    assert timer.get_attribute("data-level") == "due"
    board.evaluate("document.querySelector('#call-k0417 [data-timer]').dataset.limit = '60'")
    expect(timer).to_have_attribute("data-level", "overdue", timeout=3000)
    expect(board.locator("#call-k0417")).to_have_attribute("data-level", "overdue")


@pytest.fixture
def note(page: Page, address: str) -> Page:
    """A crisis worker's note, open."""
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{address}/en/dark/encounter_crisis")
    return page


def test_typing_is_saved_while_it_goes_on(note: Page, world: World) -> None:
    box = note.locator("#note-text")
    box.fill("")
    began = time.monotonic()
    box.press_sequentially("word " * 16, delay=60)
    typed = time.monotonic() - began
    assert typed > 3
    assert len(world.saves) >= 2
    assert all(later[0] - earlier[0] < 2.6 for earlier, later in pairwise(world.saves))
    until(lambda: world.saves[-1][1]["text"] == "word " * 16)
    orders = [int(fields["sequence"]) for _, fields in world.saves]
    assert orders == sorted(set(orders))
    assert min(orders) > 3
    expect(note.locator("#save-state")).to_contain_text("Saved on the server 02:14:40")
    kept = note.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    assert "word" not in kept
    assert note.evaluate("localStorage.length") == 0


def test_a_closed_page_loses_nothing_that_was_typed(note: Page, world: World) -> None:
    note.locator("#note-text").fill("mid-wor")
    note.goto("about:blank")
    until(lambda: bool(world.saves) and world.saves[-1][1]["text"] == "mid-wor", seconds=3)


def test_saved_is_said_only_after_the_server_answered(note: Page, world: World) -> None:
    world.save_broken = True
    note.locator("#note-text").fill("in a tunnel")
    expect(note.locator("#save-state")).to_have_attribute(
        "data-save-state", "waiting", timeout=5000
    )
    assert "Not yet sent" in note.locator("#save-state").inner_text()
    world.save_broken = False
    expect(note.locator("#save-state")).to_have_attribute("data-save-state", "saved", timeout=9000)
    assert world.saves[-1][1]["text"] == "in a tunnel"


def test_a_refused_save_keeps_the_text_and_stops(note: Page, world: World) -> None:
    world.save_answer = (
        409,
        {"what": "This record is signed.", "safe": "", "do": "Add an amendment."},
    )
    note.locator("#note-text").fill("too late")
    expect(note.locator("#save-state")).to_contain_text(
        "This record is signed. Add an amendment.", timeout=5000
    )
    assert note.locator("#note-text").input_value() == "too late"


def test_newer_words_elsewhere_are_not_overwritten(note: Page, world: World) -> None:
    world.save_answer = (200, {"saved_at": "02:14:50", "sequence": 99})
    note.locator("#note-text").fill("older window")
    expect(note.locator("#save-state")).to_have_attribute(
        "data-save-state", "refused", timeout=5000
    )
    count = len(world.saves)
    note.locator("#note-text").fill("older window, more")
    time.sleep(2.5)
    assert len(world.saves) == count


def test_signing_sends_the_last_words_as_the_newest(note: Page, world: World) -> None:
    note.locator("#note-text").fill("the last words")
    note.get_by_role("button", name="Sign the note").click()
    until(lambda: any(fields.get("sign") for _, fields in world.saves))
    told: dict[str, Any] = next(fields for _, fields in world.saves if fields.get("sign"))
    assert told["text"] == "the last words"
    assert int(told["sequence"]) > 3


def test_phone_shows_one_part_at_a_time(note: Page) -> None:
    assert note.locator("#note-text").is_visible()
    assert note.locator("#axes").is_hidden()
    note.get_by_role("link", name="Ending").click()
    assert note.locator("#axes").is_visible()
    assert note.locator("#note-text").is_hidden()
