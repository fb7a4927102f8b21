"""Signing in by the pages themselves: both factors, the first sign-in, the choice of an agency."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pyotp
from playwright.sync_api import Page, expect

from tandem.demo.browser import Browser, keys_in
from tandem.demo.browser import Page as Answer
from tests.journeys.stage import Seat, Stage

Sit = Callable[..., Seat]
PASSWORD = "four gulls above a pier"


def fill_name(page: Page, name: str, password: str) -> None:
    """The first page, by keyboard alone."""
    page.locator("input[name=name]").fill(name)
    page.keyboard.press("Tab")
    page.locator("input[name=password]").fill(password)
    page.keyboard.press("Enter")


def test_both_factors_by_keyboard_lead_to_the_own_first_page(stage: Stage, sit: Sit) -> None:
    person = stage.product.personas["crisis-supervisor"]
    page = sit("crisis-supervisor", cookies={}, expected=("403",)).go("/")
    expect(page.locator("input[name=name]")).to_be_focused()
    # A wrong password says so, and what was typed as the name stays
    fill_name(page, person.username, "wrong password")
    expect(page.locator("[data-error]")).to_contain_text("do not match")
    expect(page.locator("input[name=name]")).to_have_value(person.username)
    # The right one asks for six digits, and both open the page of the role
    fill_name(page, person.username, person.password)
    expect(page).to_have_url(re.compile("/sign-in/code/$"))
    expect(page.locator("input[name=code]")).to_be_focused()
    page.keyboard.type(pyotp.TOTP(person.totp_secret).now())
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(re.escape(person.landing) + "$"))
    expect(page.locator("main")).to_contain_text("First report, county side")
    # Signing out ends it: the browser's way back shows nothing
    page.locator(".menu__open").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/sign-in/$"))
    page.goto(stage.product.url + "/report/")
    expect(page).to_have_url(re.compile("/sign-in/$"))


def newcomer(stage: Stage, login: str, *roles: tuple[str, str]) -> str:
    """A person whom the administrator adds, with roles at agencies; the first password."""
    office = stage.browser("administrator")
    name = f"Nell {login.capitalize()}"
    page = office.post("/staff/", display_name=name, short_name=f"N. {login}", login=login)
    secret = re.search(r'class="secret".*?<code>([^<]+)</code>', page.text, re.DOTALL)
    staff = re.search(rf'<option value="([0-9a-f-]{{36}})"[^>]*>{name}<', page.text)
    assert secret
    assert staff
    for agency, role in roles:
        found = re.search(rf'<option value="([0-9a-f-]{{36}})"[^>]*>{agency}<', page.text)
        assert found, agency
        given = office.post("/staff/roles/", staff=staff[1], agency=found[1], role=role)
        if "It waits for a second administrator." in given.text:
            given = confirmed(stage, given.text)
        assert "Role given." in given.text
    return secret[1]


def confirmed(stage: Stage, text: str) -> Answer:
    """What the second administrator's page says once they confirmed what waits."""
    waiting = keys_in(text, r"/staff/roles/KEY/refuse/")
    assert len(waiting) == 1
    return stage.browser("administrator-2").post(f"/staff/roles/{waiting[0]}/confirm/")


POLICE = ("La Crosse Police Department", "PO")
COUNTY = ("La Crosse County Human Services, crisis desk", "AN")


def half_way(stage: Stage, login: str, password: str) -> Browser:
    """A browser that has given a name and a password."""
    browser = Browser(stage.product.url)
    browser.get("/sign-in/")
    browser.post("/sign-in/", name=login, password=password)
    return browser


def seed_on(text: str) -> str:
    """The second factor's seed as the enrollment page prints it."""
    found = re.search(r'class="door__secret">([^<]+)<', text)
    assert found
    return "".join(found[1].split())


def test_a_newcomer_chooses_a_password_adds_an_app_and_an_agency(stage: Stage, sit: Sit) -> None:
    # Given a person with two roles and a first password
    first = newcomer(stage, "ashby", POLICE, COUNTY)
    page = sit("newcomer", cookies={}, expected=("409",)).go("/sign-in/")
    fill_name(page, "ashby", first)
    expect(page).to_have_url(re.compile("/sign-in/enroll/$"))
    seed = seed_on(page.content())
    assert page.locator(".door__qr svg").is_visible()
    # When they choose a password, it must be typed alike twice
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password_again]").fill("something else here")
    page.locator("input[name=code]").fill(pyotp.TOTP(seed).now())
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_contain_text("The two passwords differ.")
    page.locator("input[name=password]").fill(PASSWORD)
    page.locator("input[name=password_again]").fill(PASSWORD)
    page.locator("input[name=code]").fill(pyotp.TOTP(seed).now())
    page.keyboard.press("Enter")
    # Then they choose for which agency they are on duty, and get that role's page
    expect(page).to_have_url(re.compile("/sign-in/agency/$"))
    page.get_by_role("button", name=re.compile("Police Department")).click()
    expect(page).to_have_url(re.compile("/my-calls/$"))
    # And the first password opens nothing any more
    again = half_way(stage, "ashby", first)
    assert again.get("/my-calls/").url.endswith("/sign-in/")


def test_one_person_cannot_hold_both_custodians(stage: Stage) -> None:
    custodian = (POLICE[0], "PRVP")
    newcomer(stage, "mercer", custodian)
    office = stage.browser("administrator")
    text = office.get("/staff/").text
    staff = re.search(r'<option value="([0-9a-f-]{36})"[^>]*>Nell Mercer<', text)
    agency = re.search(rf'<option value="([0-9a-f-]{{36}})"[^>]*>{COUNTY[0]}<', text)
    assert staff
    assert agency
    page = office.post("/staff/roles/", staff=staff[1], agency=agency[1], role="PRVC")
    assert "two laws, two people" in page.text
    assert "/refuse/" not in page.text


def test_what_an_administrator_asks_for_another_one_confirms(stage: Stage, sit: Sit) -> None:
    # Given a newcomer for whom an administrator asks a crisis worker's role
    newcomer(stage, "varga")
    page = sit("administrator").go("/staff/")
    page.locator("select[name=staff]").select_option(label="Nell Varga")
    page.locator("form[action='/staff/roles/'] select[name=agency]").select_option(label=COUNTY[0])
    page.locator("select[name=role]").select_option(label="Crisis worker")
    page.get_by_role("button", name="Give this role").click()
    # Then it waits, and who asked cannot confirm
    waits = page.locator(".panel", has_text="Waits for a second administrator")
    expect(waits).to_contain_text("Nell Varga")
    expect(waits).to_contain_text("Another administrator confirms.")
    expect(page.get_by_role("button", name="Confirm for Nell Varga")).to_have_count(0)
    expect(page.locator("tr", has_text="varga").last).to_contain_text("no role")
    # When the other administrator confirms, it is a role
    other = sit("administrator-2").go("/staff/")
    other.get_by_role("button", name="Confirm for Nell Varga").click()
    expect(other.locator(".toast")).to_contain_text("Role given.")
    expect(other.locator("tr", has_text="varga").last).to_contain_text("Crisis worker")


def test_five_wrong_tries_close_the_door_for_this_device_alone(stage: Stage) -> None:
    person = stage.product.personas["facility-nurse"]
    guesser = Browser(stage.product.url)
    guesser.get("/sign-in/")
    for _ in range(5):
        page = guesser.post("/sign-in/", name=person.username, password="a guess")
    page = guesser.post("/sign-in/", name=person.username, password=person.password)
    assert "Five tries failed on this device." in page.text
    began = time.monotonic()
    assert stage.browser("facility-nurse").get("/why/").status == 200
    assert time.monotonic() - began < 90
