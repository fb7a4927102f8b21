"""A responder holds for one second; both desks hear it, one key answers, a voice ends it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.axe import broken
from tests.journeys.stage import Seat, Stage

Sit = Callable[..., Seat]
SOUNDS = "() => document.querySelector('[data-alarm-sound]') && window.heard"
HEAR = (
    "() => document.addEventListener('tandem:sounding', (e) => { window.heard = e.detail.name; })"
)


def hold(page: Page, milliseconds: int) -> None:
    """A finger on the button for so long."""
    page.locator("[data-sos-hold]").hover()
    page.mouse.down()
    page.wait_for_timeout(milliseconds)
    page.mouse.up()


def whole(page: Page) -> None:
    """Nothing for axe to find, nothing too wide."""
    assert broken(page) == []
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_one_held_press_sounds_at_both_desks_and_a_key_answers_it(stage: Stage, sit: Sit) -> None:
    stage.on_duty("2B12", "patrol-officer")
    phone = sit("patrol-officer", theme="dark").go("/my-calls/")
    box = phone.locator("[data-sos-hold]").bounding_box()
    assert box is not None
    assert box["height"] >= 48
    assert box["y"] > 740 * 0.6
    desk, crisis = sit("dispatcher").go("/desk/"), sit("crisis-supervisor").go("/crisis/")
    for page in (desk, crisis):
        # A browser is silent before it was touched, and says so.
        expect(page.locator("[data-unheard]")).to_be_visible()
        page.keyboard.press("j")
        expect(page.locator("[data-unheard]")).to_be_hidden()
        page.evaluate(HEAR)
    # Too short is said, and sends nothing.
    hold(phone, 300)
    expect(phone.locator("[data-sos-said]")).to_have_text("Hold it for one second.")
    hold(phone, 1200)
    expect(phone.locator("#sos")).to_contain_text("Emergency sent at")
    for page in (desk, crisis):
        expect(page.locator("[data-alarm]")).to_contain_text("Emergency: 2B12")
        page.wait_for_function(SOUNDS)
        whole(page)
    whole(phone)
    assert desk.title().startswith("Emergency")
    desk.keyboard.press("F9")
    expect(desk.locator("[data-alarm]")).to_contain_text("has it since")
    expect(desk.locator("[data-alarm-sound]")).to_have_count(0)
    expect(crisis.locator("[data-alarm-sound]")).to_have_count(1)
    expect(phone.locator("#sos")).to_contain_text("T. Brandvold has it")
    crisis.locator("[data-alarm] button", has_text="by voice").click()
    for page in (desk, crisis):
        expect(page.locator("[data-alarm]")).to_have_count(0)
    expect(phone.locator("[data-sos-hold]")).to_be_visible()


def test_by_key_and_without_a_connection_it_goes_out_when_there_is_one(
    stage: Stage, sit: Sit
) -> None:
    seat = sit("patrol-officer", expected=("Failed to load", "ERR_INTERNET_DISCONNECTED"))
    phone = seat.go("/duty/")
    seat.context.set_offline(True)
    phone.locator("[data-sos-hold]").focus()
    phone.keyboard.down(" ")
    phone.wait_for_timeout(1200)
    phone.keyboard.up(" ")
    expect(phone.locator("[data-sos-said]")).to_contain_text("Radio now")
    seat.context.set_offline(False)
    expect(phone.locator("#sos")).to_contain_text("Emergency sent at")
    desk = sit("dispatcher").go("/desk/")
    # Whoever comes later hears it too.
    desk.keyboard.press("j")
    desk.locator("[data-alarm] button", has_text="by voice").click()
    expect(desk.locator("[data-alarm]")).to_have_count(0)
