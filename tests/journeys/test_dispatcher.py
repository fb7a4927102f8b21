"""The dispatcher works by keyboard, and calls come without a reload."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

from playwright.sync_api import Page, Route, expect

from tandem.cli.lifecycle import status
from tests.journeys.stage import Seat, Stage

Sit = Callable[..., Seat]
KEPT = "window.journeyKept = true"
IS_KEPT = "window.journeyKept === true"


def row(page: Page, call: str) -> str:
    """The row of a call."""
    return f"#call-{call}"


def test_a_new_call_appears_without_a_reload(stage: Stage, sit: Sit) -> None:
    page = sit("dispatcher").go("/desk/")
    page.evaluate(KEPT)
    began = time.monotonic()
    call = stage.call("Copeland Park")
    expect(page.locator(row(page, call))).to_contain_text("Copeland Park", timeout=2000)
    assert time.monotonic() - began < 2
    assert page.evaluate(IS_KEPT)


def test_a_correction_of_the_feed_is_shown_as_one(stage: Stage, sit: Sit) -> None:
    from tandem.demo.story.told import event, send_events

    first = event("journey-correction", 1)
    call = send_events(stage.product, first)[1]["results"][0]["incident"]
    page = sit("dispatcher").go("/desk/")
    expect(page.locator(row(page, call))).to_contain_text("WELFARE CHECK")
    send_events(stage.product, event("journey-correction", 2, call_type="DISTURBANCE"))
    expect(page.locator(row(page, call))).to_contain_text("was: WELFARE CHECK")


def test_a_pair_is_sent_by_one_typed_command(stage: Stage, sit: Sit) -> None:
    # Given a pair on CRU 1 and a call that waits
    stage.on_duty("CRU 1", "cru-officer", "crisis-worker")
    call = stage.call()
    number = stage.number(call)
    page = sit("dispatcher").go("/desk/")
    # When the dispatcher types the command without touching the mouse
    page.keyboard.press("/")
    expect(page.locator("#command")).to_be_focused()
    page.keyboard.type(f"as {number} cru")
    expect(page.locator("#command-list")).to_contain_text("pair, one act sends both")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    # Then both are sent, the row moves, and the line is empty for the next command
    expect(page.locator("#said .toast")).to_contain_text("CRU 1 sent to")
    expect(page.locator(row(page, call))).to_contain_text("CRU 1")
    expect(page.locator("#command")).to_have_value("")
    page.keyboard.type("st cru1 er r")
    page.keyboard.press("Enter")
    expect(page.locator(row(page, call))).to_contain_text("En route")
    page.keyboard.type(f"n {number} gate code is at the desk")
    page.keyboard.press("Enter")
    expect(page.locator("#said .toast")).to_contain_text("Note added")
    page.keyboard.type(number.zfill(4))
    page.keyboard.press("Enter")
    expect(page.locator("#desk-detail")).to_contain_text("gate code is at the desk")
    expect(page.locator("#desk-detail .detail__members li")).to_have_count(2)
    expect(page.locator("#desk-detail")).to_contain_text("by radio")


def test_a_command_that_cannot_be_done_keeps_its_text(stage: Stage, sit: Sit) -> None:
    stage.on_duty("CRU 1", "cru-officer", "crisis-worker")
    first, second = stage.call(), stage.call()
    stage.send("cru1", first)
    page = sit("dispatcher-2", expected=("409",)).go("/desk/")
    page.keyboard.press("/")
    page.keyboard.type(f"as {stage.number(second)} cru1")
    page.keyboard.press("Enter")
    expect(page.locator("#said .error")).to_contain_text("CRU 1 was sent by T. Brandvold at")
    expect(page.locator("#command")).to_have_value(f"as {stage.number(second)} cru1")
    page.locator("#command").fill("as 9999 cru1")
    page.keyboard.press("Enter")
    expect(page.locator("#command-error")).to_contain_text("No open call has that number")
    expect(page.locator("#command")).to_have_value("as 9999 cru1")


def test_the_next_command_is_typed_while_the_last_one_is_on_its_way(stage: Stage, sit: Sit) -> None:
    stage.on_duty("CRU 1", "cru-officer", "crisis-worker")
    number = stage.number(stage.call())
    page = sit("dispatcher").go("/desk/")
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/assign/", hold)
    page.keyboard.press("/")
    page.keyboard.type(f"as {number} cru1")
    page.keyboard.press("Enter")
    page.keyboard.type(f"n {number} blue door")
    held[0].continue_()
    expect(page.locator("#said .toast")).to_contain_text("CRU 1 sent to")
    expect(page.locator("#command")).to_have_value(f"n {number} blue door")


def test_escape_keeps_what_was_typed_and_rows_go_by_j_and_k(stage: Stage, sit: Sit) -> None:
    stage.call()
    stage.call()
    page = sit("dispatcher").go("/desk/")
    page.keyboard.press("/")
    page.keyboard.type("as 1")
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    expect(page.locator("#command")).to_have_value("as 1")
    expect(page.locator("#command")).not_to_be_focused()
    focused = "document.activeElement.closest('tr')?.id"
    first = page.evaluate(focused)
    page.keyboard.press("j")
    second = page.evaluate(focused)
    assert first
    assert second
    assert first != second
    page.keyboard.press("k")
    assert page.evaluate(focused) == first
    page.keyboard.press("Enter")
    expect(page.locator(f"#{first}")).to_have_attribute("aria-current", "true")
    expect(page.locator("#desk-detail .detail__head")).to_have_attribute(
        "data-key", first.removeprefix("call-")
    )


def test_the_first_letter_of_a_command_goes_to_the_command_line(stage: Stage, sit: Sit) -> None:
    page = sit("dispatcher").go("/desk/")
    page.keyboard.press("?")
    expect(page.locator("[data-keys-dialog]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("[data-keys-dialog]")).to_be_hidden()
    page.evaluate("document.activeElement.blur()")
    page.keyboard.type("as")
    expect(page.locator("#command")).to_have_value("as")


def test_silence_is_said_and_ends_when_the_page_is_whole_again(stage: Stage, sit: Sit) -> None:
    seat = sit("dispatcher", expected=("ERR_INTERNET_DISCONNECTED", "ERR_NETWORK_CHANGED"))
    page = seat.go("/desk/")
    page.wait_for_timeout(500)
    page.evaluate(KEPT)
    began = time.monotonic()
    seat.context.set_offline(True)
    expect(page.locator("[data-asof]")).to_contain_text("As of ", timeout=5000)
    assert time.monotonic() - began < 5
    call = stage.call("Pettibone Park")
    seat.context.set_offline(False)
    expect(page.locator(row(page, call))).to_be_visible(timeout=8000)
    expect(page.locator("[data-asof]")).to_contain_text("Whole again", timeout=8000)
    expect(page.locator("[data-asof]")).to_be_hidden(timeout=8000)
    assert page.evaluate(IS_KEPT)


def test_a_call_that_came_while_the_stream_was_dead_is_not_missed(stage: Stage, sit: Sit) -> None:
    page = sit("dispatcher", expected=("ERR_INCOMPLETE_CHUNKED", "503")).go("/desk/")
    page.wait_for_timeout(500)
    page.evaluate(KEPT)
    processes = status(stage.product.instance)["processes"]
    assert isinstance(processes, list)
    push = next(process["pid"] for process in processes if process["name"] == "push")
    os.kill(push, signal.SIGKILL)
    call = stage.call("Myrick Park")
    expect(page.locator(row(page, call))).to_be_visible(timeout=10000)
    assert page.evaluate(IS_KEPT)
