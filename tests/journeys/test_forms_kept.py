"""A structured form whose network is lost, and whose tab dies: nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.journeys.stage import Seat, Stage
from tests.journeys.test_every_page import judge
from tests.journeys.test_responders import kill
from tests.journeys.test_stories import OFFICER, WORKER

Sit = Callable[..., Seat]
FIRST, SECOND, LAST = "Sister stays ", "until Sunday, ", "then the day center."


def test_a_form_outlives_its_network_and_its_tab(stage: Stage, sit: Sit) -> None:
    _, encounter = stage.pair_sent("CRU 2", OFFICER, WORKER)
    seat = sit(WORKER, expected=("ERR_INTERNET_DISCONNECTED",))
    page = seat.go(f"/encounters/{encounter}/forms/response-plan/")
    field, state = page.locator("#item-services"), page.locator("#save-state")
    field.press_sequentially(FIRST)
    expect(state).to_contain_text("Saved on the server", timeout=5000)
    # The network is gone, and the typing goes on.
    seat.context.set_offline(True)
    field.press_sequentially(SECOND)
    expect(state).not_to_contain_text("Saved on the server", timeout=5000)
    expect(field).to_have_value(FIRST + SECOND)
    seat.context.set_offline(False)
    expect(state).to_contain_text("Saved on the server", timeout=15000)
    # The tab dies after the last word; another one has it all.
    field.press_sequentially(LAST)
    expect(state).to_contain_text("Saved on the server", timeout=5000)
    kill(page)
    page = seat.another_tab()
    seat.go(f"/encounters/{encounter}/forms/response-plan/")
    expect(page.locator("#item-services")).to_have_value(FIRST + SECOND + LAST)
    assert judge(page, "a form after its tab died") == []
    for persona in (OFFICER, WORKER):
        stage.leave(persona)
