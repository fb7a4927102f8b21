"""Words whose network is lost, and whose tab dies: nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.stage import Seat, Stage
from tests.journeys.test_every_page import judge
from tests.journeys.test_responders import kill
from tests.journeys.test_stories import OFFICER, WORKER

Sit = Callable[..., Seat]
FIRST, SECOND, LAST = "Sister stays ", "until Sunday, ", "then the day center."


def test_a_form_and_words_in_confidence_outlive_their_network_and_their_tabs(
    stage: Stage, sit: Sit
) -> None:
    _, encounter = stage.pair_sent("CRU 2", OFFICER, WORKER)
    seat = sit(WORKER, expected=("ERR_INTERNET_DISCONNECTED",))
    page = seat.go(f"/encounters/{encounter}/forms/response-plan/")
    field, state = page.locator("#item-services"), page.locator("#save-state")
    field.press_sequentially(FIRST)
    expect(state).to_contain_text("Saved on the server", timeout=5000)
    beside = seat.another_tab()
    seat.go(f"/encounters/{encounter}/")
    beside.get_by_text("Told in confidence").click()
    told, kept = beside.locator("#told-words"), beside.locator("#typed-told")
    # The network is gone, and the typing goes on, in words that no act has kept yet as well.
    seat.context.set_offline(True)
    told.press_sequentially(FIRST)
    expect(kept).to_contain_text("Not yet sent", timeout=5000)
    field.press_sequentially(SECOND)
    expect(state).not_to_contain_text("Saved on the server", timeout=5000)
    expect(field).to_have_value(FIRST + SECOND)
    seat.context.set_offline(False)
    expect(state).to_contain_text("Saved on the server", timeout=15000)
    expect(kept).to_contain_text("Kept for you alone", timeout=15000)
    # The tabs die after the last word; another one has it all.
    field.press_sequentially(LAST)
    expect(state).to_contain_text("Saved on the server", timeout=5000)
    kill(page)
    kill(beside)
    page = seat.another_tab()
    seat.go(f"/encounters/{encounter}/forms/response-plan/")
    expect(page.locator("#item-services")).to_have_value(FIRST + SECOND + LAST)
    assert judge(page, "a form after its tab died") == []
    seat.go(f"/encounters/{encounter}/")
    expect(page.locator("#told-words")).to_have_value(FIRST)
    expect(page.locator("#typed-told")).to_contain_text("not sent")
    for persona in (OFFICER, WORKER):
        stage.leave(persona)
