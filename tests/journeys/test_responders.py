"""The officer and the crisis worker on a phone: sent, there, writing, signing; both alike."""

from __future__ import annotations

import contextlib
import html
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

import psycopg
import pytest
from playwright.sync_api import Error, Page, expect

from tandem.demo.story.told import plain
from tests.journeys.stage import Seat, Stage, texts_in

Sit = Callable[..., Seat]
LOST_AT_MOST = 3.0
TYPED = "He sat by the river and told us that the ducks had taken his letters again tonight."


@dataclass(frozen=True)
class Side:
    """One profession's half of the journey."""

    me: str
    other: str
    lane: str
    table: str
    other_login: str
    axis: str
    value: str


SIDES = [
    Side(
        "cru-officer-2",
        "crisis-worker-2",
        "police",
        "encounters_policenote",
        "clinical",
        "transport",
        "Unit's car",
    ),
    Side(
        "crisis-worker-2",
        "cru-officer-2",
        "crisis",
        "encounters_clinicalnote",
        "police",
        "destination",
        "Own home",
    ),
]
both = pytest.mark.parametrize("side", SIDES, ids=[side.lane for side in SIDES])


def press(page: Page, name: str) -> None:
    """Tap the button of this name and wait for the answer's page."""
    with page.expect_navigation():
        page.get_by_role("button", name=name, exact=True).first.click()


@both
def test_from_sign_on_to_the_last_status_on_a_phone(stage: Stage, sit: Sit, side: Side) -> None:
    # Given one's partner is on CRU 2 already, and one signs on by the phone
    for persona in (side.me, side.other):
        stage.leave(persona)
    stage.on_duty("CRU 2", side.other)
    page = sit(side.me).go("/duty/")
    page.locator("label", has_text="CRU 2").click()
    press(page, "Sign on to CRU 2")
    expect(page.locator(".duty__state")).to_have_text("You are on duty: CRU 2")
    expect(page.locator("main")).to_contain_text("You are a pair since")
    page.get_by_role("link", name="My calls").last.click()
    expect(page.locator("main")).to_contain_text("No call is assigned to you.")
    # When the desk sends the pair
    call = stage.call("Houska Park")
    stage.send("cru2", call)
    # Then the call comes to the phone by itself, and every status is one tap
    expect(page.locator(".assignment")).to_contain_text("Houska Park", timeout=3000)
    press(page, "Acknowledge")
    for act, state in (
        ("En route", "En route"),
        ("At the address", "At the address"),
        ("With the person", "With the person"),
        ("Clear", "Cleared"),
    ):
        press(page, act)
        expect(page.locator(".toast")).to_contain_text("Recorded at")
        assert state in _state(stage, side.me, call)
    assert "Assigned" in _state(stage, side.other, call)
    page.goto(page.url.split("/encounters/")[0] + "/my-calls/")
    expect(page.locator(".mine__rest")).to_contain_text("note not signed")
    stage.leave(side.other)


def _state(stage: Stage, persona: str, call: str) -> str:
    """What the desk's own page says of one member."""
    last = stage.product.personas[persona].name.split(" ", 1)[1]
    page = stage.browser("dispatcher").get(f"/desk/fragments/?regions=detail&call={call}")
    members = re.search(r'class="detail__members">(.*?)</ul>', page.text, re.DOTALL)
    lines = members[1].split("</li>") if members else []
    return next((plain(line) for line in lines if last in line), "")


def _open_lane(page: Page) -> None:
    lane = page.locator(".tabs__one[data-owner]")
    if lane.is_visible():
        lane.click()


@both
def test_a_tab_killed_in_mid_word_loses_little_typing(stage: Stage, sit: Sit, side: Side) -> None:
    # Given a note is being typed
    _, encounter = stage.pair_sent("CRU 2", side.me, side.other)
    seat = sit(side.me)
    page = seat.go(f"/encounters/{encounter}/")
    _open_lane(page)
    page.locator("#note-text").click()
    stamps: list[float] = []
    for letter in TYPED:
        page.keyboard.type(letter)
        stamps.append(time.monotonic())
        page.wait_for_timeout(60)
    # When the tab dies in the middle of a word, without a chance to say anything
    killed = time.monotonic()
    kill(page)
    # Then what stands on the server lacks three seconds of typing at most
    page = seat.another_tab()
    seat.go(f"/encounters/{encounter}/")
    saved = page.locator("#note-text").input_value()
    assert saved
    assert TYPED.startswith(saved)
    lost = killed - stamps[len(saved)] if len(saved) < len(TYPED) else 0.0
    assert lost <= LOST_AT_MOST, f"{lost:.1f} s of typing lost"
    # And the draft is nothing that the other profession can read
    paths = ["/", "/my-calls/", f"/encounters/{encounter}/", f"/encounters/{encounter}/spine/"]
    pages = [html.unescape(stage.browser(side.other).get(path).text) for path in paths]
    assert texts_in(pages, saved, saved[:20]) == []
    with (
        psycopg.connect(stage.product.dsn(side.other_login)) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(f"SELECT * FROM {side.table}")
    for persona in (side.me, side.other):
        stage.leave(persona)


def kill(page: Page) -> None:
    """End the tab's process: no `pagehide`, no last request."""
    with page.expect_event("crash", timeout=5000), contextlib.suppress(Error):
        page.goto("chrome://crash", timeout=5000)


@both
def test_writing_signing_and_amending(stage: Stage, sit: Sit, side: Side) -> None:
    # Given an encounter of the pair
    _, encounter = stage.pair_sent("CRU 2", side.me, side.other)
    page = sit(side.me).go(f"/encounters/{encounter}/")
    _open_lane(page)
    # When the note is typed, "saved" is said only after the server has it
    page.locator("#note-text").fill(TYPED)
    expect(page.locator("#save-state")).to_contain_text("Saved on the server", timeout=4000)
    assert TYPED in html.unescape(stage.browser(side.me).get(f"/encounters/{encounter}/").text)
    # And signed, the words stand and cannot be typed over
    press(page, "Sign the note")
    expect(page.locator(".toast")).to_contain_text("Signed.")
    expect(page.locator("#note-text")).to_have_count(0)
    _open_lane(page)
    expect(page.locator(".note__version")).to_have_text(re.compile("ducks"))
    # And amended, both stand
    page.get_by_text("Amend the signed note").click()
    page.locator("#amend-text").fill("It was the north bank.")
    page.locator("#amend-reason").fill("place was missing")
    press(page, "Add and sign")
    expect(page.locator(".toast")).to_contain_text("Amended.")
    _open_lane(page)
    expect(page.locator(".note__version")).to_have_count(2)
    # And the ending is one tap on an axis of the own side
    page.locator('.tabs__one[href="#ending"]').click()
    page.locator(f'[data-axis="{side.axis}"] summary').click()
    choice = page.locator(f'[data-axis="{side.axis}"] .axis__one').nth(1)
    word = choice.inner_text().strip()
    choice.click()
    expect(page.locator(f'[data-axis="{side.axis}"] .axis__value')).to_contain_text(word)
    # Then the other side's page holds none of it
    text = html.unescape(stage.browser(side.other).get(f"/encounters/{encounter}/").text)
    assert texts_in([text], TYPED, "It was the north bank.", f'data-axis="{side.axis}"') == []
    for persona in (side.me, side.other):
        stage.leave(persona)


@both
def test_a_draft_stays_when_its_writer_goes_off_duty(stage: Stage, sit: Sit, side: Side) -> None:
    _, encounter = stage.pair_sent("CRU 2", side.me, side.other)
    stage.browser(side.me).post(
        f"/encounters/{encounter}/{side.lane}/draft/", text=TYPED, sequence="3"
    )
    for persona in (side.me, side.other):
        stage.leave(persona)
    page = sit(side.me).go("/my-calls/")
    expect(page.locator("main")).to_contain_text("No one can send you until you sign on.")
    page.locator(f'a[href="/encounters/{encounter}/"]').click()
    _open_lane(page)
    expect(page.locator("#note-text")).to_have_value(TYPED)


def test_one_sides_status_comes_to_the_others_page_by_itself(stage: Stage, sit: Sit) -> None:
    officer, worker = "cru-officer-2", "crisis-worker-2"
    _, encounter = stage.pair_sent("CRU 2", officer, worker)
    seat = sit(worker)
    page = seat.go(f"/encounters/{encounter}/")
    page.locator('.tabs__one[href="#spine"]').click()
    page.wait_for_timeout(500)
    text = stage.browser(officer).get("/my-calls/").text
    member = re.search(r"/my-calls/step/([0-9a-f-]{36})/", text)
    assert member
    stage.browser(officer).post(f"/my-calls/step/{member[1]}/?state=acknowledged")
    mine = page.locator(".shared__member", has_text="L. Reyes")
    expect(mine).to_contain_text("Acknowledged", timeout=3000)
    for persona in (officer, worker):
        stage.leave(persona)
