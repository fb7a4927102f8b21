"""Custodians read their own side's trail; the administrator adds, cuts off and removes."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tandem.demo.story.told import event, send_events, wait_for
from tests.journeys.stage import Seat, Stage
from tests.journeys.test_sign_in import POLICE, newcomer

Sit = Callable[..., Seat]
LANES = {
    "police-custodian": ("cru-officer-2", "police", "police_note.signed", "clinical_note.signed"),
    "county-custodian": ("crisis-worker-2", "crisis", "clinical_note.signed", "police_note.signed"),
}


@pytest.mark.parametrize("custodian", LANES)
def test_a_custodian_finds_an_act_of_the_own_side_and_none_of_the_other(
    stage: Stage, sit: Sit, custodian: str
) -> None:
    # Given both sides signed their note of one encounter
    pair = [writer for writer, *_ in LANES.values()]
    _, encounter = stage.pair_sent("CRU 2", *pair)
    for writer, lane, *_ in LANES.values():
        path = f"/encounters/{encounter}/{lane}/sign/"
        stage.browser(writer).post(path, text="Both were calm.", sequence="1")
    for writer in pair:
        stage.leave(writer)
    # When the custodian filters the own trail by that act
    own, foreign = LANES[custodian][2:]
    _sealed(stage, custodian, own)
    page = sit(custodian).go("/audit/")
    page.locator("select[name=act]").select_option(own)
    page.get_by_role("button", name="Show", exact=True).click()
    # Then there are rows of it, sealed, and the other side's act is not even offered
    expect(page.locator("tr.audit").first).to_contain_text(own)
    assert set(page.locator(".audit__act .meta").all_inner_texts()) == {own}
    expect(page.locator(".seal")).to_have_attribute("data-ok", "yes")
    offered = page.locator("select[name=act] option").evaluate_all("all => all.map(o => o.value)")
    assert own in offered
    assert foreign not in offered


def _sealed(stage: Stage, custodian: str, act: str) -> None:
    browser = stage.browser(custodian)
    assert wait_for(lambda: f'value="{act}"' in browser.get("/audit/").text, seconds=15)


def test_looking_at_the_trail_is_in_the_trail(stage: Stage, sit: Sit) -> None:
    stage.browser("county-custodian").get("/audit/")
    _sealed(stage, "county-custodian", "trail.read")
    page = sit("county-custodian").go("/audit/?act=trail.read")
    expect(page.locator("tr.audit").first).to_contain_text("read")


def _post(stage: Stage, token: str) -> int:
    return send_events(stage.product, event(f"office-{time.time_ns()}", 1), token=token)[0]


def test_a_feeds_token_is_shown_once_works_and_is_cut_off(stage: Stage, sit: Sit) -> None:
    page = sit("administrator").go("/feeds/")
    page.locator("input[name=source]").fill("county-cad")
    page.locator("select[name=agency]").select_option(
        label="La Crosse County emergency dispatch center"
    )
    page.get_by_role("button", name="Add and show its token").click()
    token = page.locator(".secret code").inner_text()
    assert _post(stage, token) == 200
    page.goto(page.url)
    expect(page.locator(".secret")).to_have_count(0)
    assert token not in page.content()
    row = page.locator("tr", has_text="county-cad")
    row.locator("summary", has_text="Revoke").click()
    row.get_by_role("button", name="Revoke county-cad").click()
    expect(page.locator("tr", has_text="county-cad")).to_contain_text("Revoked")
    assert _post(stage, token) == 401


def _role_row(page: Page, name: str) -> None:
    row = page.locator("tr", has_text=name)
    row.locator("summary", has_text="Take away").click()
    row.get_by_role("button", name=f"Take this role from {name}").click()


def test_who_is_removed_loses_the_open_page_within_five_seconds(stage: Stage, sit: Sit) -> None:
    # Given an officer who has "my calls" open
    removed = "patrol-officer-3"
    theirs = sit(removed).go("/my-calls/")
    theirs.wait_for_timeout(500)
    # When the administrator takes the role away
    page = sit("administrator").go("/staff/")
    _role_row(page, stage.product.personas[removed].name)
    began = time.monotonic()
    expect(page.locator(".toast")).to_contain_text("Removed.")
    # Then the officer's page leaves by itself, and nothing opens any more
    expect(theirs).to_have_url(re.compile("/sign-in/$"), timeout=5000)
    assert time.monotonic() - began < 5
    assert stage.browser(removed).get("/my-calls/").url == "/sign-in/"


def test_two_administrators_end_one_role_and_the_second_is_told(stage: Stage, sit: Sit) -> None:
    newcomer(stage, "larkin", POLICE)
    first = sit("administrator").go("/staff/")
    second = sit("administrator", expected=("404",)).go("/staff/")
    _role_row(first, "Nell Larkin")
    expect(first.locator(".toast")).to_contain_text("Removed.")
    _role_row(second, "Nell Larkin")
    expect(second.locator("main")).to_contain_text("There is nothing here that you can open.")


def test_a_sign_off_reaches_the_desk_while_it_looks(stage: Stage, sit: Sit) -> None:
    # Given the desk sees a pair
    pair = ("cru-officer", "crisis-worker")
    stage.on_duty("CRU 1", *pair)
    page = sit("dispatcher", expected=("409",)).go("/desk/")
    unit = page.locator('.unit[data-unit="CRU 1"]')
    expect(unit).to_contain_text("+")
    call = stage.call()
    # When the crisis worker is pulled away, the pair is one officer
    stage.browser(pair[1]).post("/duty/off/", reason="pulled")
    expect(unit).not_to_contain_text("+", timeout=3000)
    # And when the officer ends the shift, the unit is gone and cannot be sent
    stage.browser(pair[0]).post("/duty/off/", reason="end")
    expect(unit).to_have_count(0, timeout=3000)
    page.keyboard.press("/")
    page.keyboard.type(f"as {stage.number(call)} cru1")
    page.keyboard.press("Enter")
    expect(page.locator("#command-error")).to_contain_text("No unit on duty has that name.")
    answer = stage.browser("dispatcher").post(f"/desk/{call}/assign/", script=True, unit="cru1")
    assert answer.status == 409


def test_a_call_that_the_feed_closes_leaves_the_list(stage: Stage, sit: Sit) -> None:
    first = send_events(stage.product, event("office-closes", 1))[1]["results"][0]["incident"]
    page = sit("dispatcher").go("/desk/")
    expect(page.locator(f"#call-{first}")).to_be_visible()
    send_events(stage.product, event("office-closes", 2, status="closed"))
    expect(page.locator(f"#call-{first}")).to_have_count(0, timeout=3000)
