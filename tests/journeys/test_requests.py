"""Dispatch asks by keyboard, the crisis desk answers by one key, and both screens follow live."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.axe import broken
from tests.journeys.stage import Seat, Stage

Sit = Callable[..., Seat]
ALONE = "crisis-worker-3"
DESKTOP = (1366, 900)


@pytest.fixture(autouse=True)
def _alone(stage: Stage) -> Iterator[None]:
    """A crisis worker on a unit of the crisis desk, and nobody else of it."""
    stage.leave("crisis-worker-2")
    stage.leave("crisis-worker")
    stage.on_duty("MC 1", ALONE)
    yield
    stage.leave(ALONE)


def asked_for(page: Page, number: str) -> Page:
    """Type the request as soon as its row is there; it takes at most twelve keys."""
    expect(page.locator(f'tr[data-short="{number}"]')).to_be_visible()
    page.keyboard.press("/")
    typed = f"rq {number}"
    assert len(typed) + 1 <= 12
    page.keyboard.type(typed)
    page.keyboard.press("Enter")
    expect(page.locator("#said .toast")).to_contain_text(f"Crisis desk asked for {number:0>4}")
    return page


def test_a_request_goes_from_keyboard_to_both_screens_and_her_phone(stage: Stage, sit: Sit) -> None:
    crisis = sit("crisis-worker-2", size=DESKTOP).go("/crisis/")
    hers = sit(ALONE).go("/my-calls/")
    desk = sit("dispatcher").go("/desk/")
    call = stage.call("Losey Blvd")
    number = stage.number(call)
    asked_for(desk, number)
    # Live at the crisis desk, with its age; live in the dispatcher's own pane.
    request = crisis.locator("[data-request]", has_text=number)
    expect(request).to_contain_text("Losey Blvd", timeout=3000)
    expect(request.locator("[data-timer]")).to_be_visible()
    expect(desk.locator("#desk-requests")).to_contain_text("Ring (608) 555-0142")
    for page in (crisis, desk):
        assert broken(page) == []
    # By keyboard alone: to the request, and one key.
    crisis.keyboard.press("j")
    expect(request).to_be_focused()
    crisis.keyboard.press("y")
    expect(crisis.locator(".toast")).to_contain_text(f"goes to {number:0>4}")
    expect(desk.locator("#desk-requests")).to_contain_text("Accepted by K. Abara", timeout=3000)
    expect(desk.locator(f"#call-{call}")).to_contain_text("MC 1")
    expect(hers.locator("main")).to_contain_text("Losey Blvd", timeout=3000)
    stage.leave(ALONE)


def test_one_key_declines_and_the_row_asks_by_one_letter(stage: Stage, sit: Sit) -> None:
    crisis = sit("crisis-supervisor", size=DESKTOP).go("/crisis/")
    desk = sit("dispatcher").go("/desk/")
    call = stage.call("Cass St")
    number = stage.number(call)
    desk.locator(f"#call-{call} [data-open]").focus()
    desk.keyboard.press("q")
    expect(desk.locator("#command")).to_have_value(f"rq {number} ")
    desk.keyboard.type("wants to talk")
    desk.keyboard.press("Enter")
    request = crisis.locator("[data-request]", has_text=number)
    expect(request).to_contain_text("wants to talk", timeout=3000)
    # A letter with nothing in focus answers nothing.
    crisis.locator("h1").click()
    crisis.keyboard.press("d")
    expect(request).to_be_visible()
    request.focus()
    crisis.keyboard.press("d")
    expect(crisis.locator(".toast")).to_contain_text("Declined")
    expect(desk.locator("#desk-requests")).to_contain_text("Declined by I. Solmark", timeout=3000)


def test_asked_by_mistake_is_undone_and_leaves_the_other_screen(stage: Stage, sit: Sit) -> None:
    crisis = sit("crisis-supervisor", size=DESKTOP).go("/crisis/")
    desk = sit("dispatcher").go("/desk/")
    number = stage.number(stage.call("Jay St"))
    asked_for(desk, number)
    expect(crisis.locator("[data-request]", has_text=number)).to_be_visible(timeout=3000)
    desk.keyboard.press("Control+z")
    expect(crisis.locator("[data-request]", has_text=number)).to_have_count(0, timeout=3000)
    expect(desk.locator("#said .toast")).to_contain_text("withdrawn")


def test_on_a_phone_the_crisis_desk_is_whole_and_its_targets_large(stage: Stage, sit: Sit) -> None:
    number = stage.number(stage.call("Ferry St"))
    asked_for(sit("dispatcher").go("/desk/"), number)
    page = sit("crisis-supervisor", theme="dark", size=(360, 740)).go("/crisis/")
    request = page.locator("[data-request]", has_text=number)
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 360
    expect(request).to_be_visible()
    heights = request.locator("button, select, input:not([type=hidden])").evaluate_all(
        "found => found.map(one => one.getBoundingClientRect().height)"
    )
    assert min(heights) >= 48
    assert broken(page) == []
