"""Every address: who may open it, and that the page is accessible, whole and asks nobody else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from playwright.sync_api import Page

from tandem.demo.browser import Browser, keys_in
from tests.axe import broken
from tests.journeys import table
from tests.journeys.stage import Seat, Stage
from tests.journeys.test_sign_in import COUNTY, PASSWORD, POLICE, half_way, newcomer, seed_on

Sit = Callable[..., Seat]
THEMES = ("light", "dark")


@pytest.fixture(scope="module")
def case(stage: Stage) -> dict[str, str]:
    """A call with a pair and a patrol unit on it, noted by the pair."""
    stage.on_duty("2B12", "patrol-officer")
    call, encounter = stage.pair_sent("CRU 1", "cru-officer", "crisis-worker")
    stage.send("2b12", call)
    for persona, lane in (("cru-officer", "police"), ("crisis-worker", "crisis")):
        path = f"/encounters/{encounter}/{lane}/"
        stage.browser(persona).post(path + "sign/", text="Calm.", sequence="1")
        stage.browser(persona).post(path + "amend/", text="Still calm.", reason="later")
    desk = stage.browser("dispatcher")
    desk.post(f"/intake/{call}/callers/", channel="911", name="A neighbor", callback="555-0100")
    caller = keys_in(desk.get(f"/intake/{call}/").text, rf"/intake/{call}/callers/KEY/")[0]
    files = {}
    for persona, lane in (("cru-officer", "police"), ("crisis-worker", "crisis")):
        path = f"/encounters/{encounter}/{lane}/person/"
        stage.browser(persona).post(path, name="Calm Quillfeather", age="40", age_known="said")
        text = stage.browser(persona).get(f"/encounters/{encounter}/").text
        files[f"{lane}_file"] = keys_in(text, r"/persons/KEY/")[0]
    keys = {"call": call, "encounter": encounter, "caller": caller, "other": str(uuid.uuid4())}
    crisis = stage.browser("crisis-worker")
    crisis.post("/crisis/new/", channel="crisis_line", words="wants to talk")
    contact = keys_in(crisis.get("/crisis/").text, r"/crisis/KEY/")[0]
    phq: dict[str, Any] = {f"a-{number}": "1" for number in range(1, 10)}
    crisis.post(f"/encounters/{encounter}/forms/phq-9/sign/", **phq)
    supervisor = stage.browser("crisis-supervisor")
    alert = keys_in(supervisor.get("/alerts/").text, r"/alerts/KEY/")[0]
    for persona, lane in (("cru-officer", "police"), ("crisis-worker", "crisis")):
        path = f"/encounters/{encounter}/{lane}/axis/"
        stage.browser(persona).post(path, axis="adverse", value="near_miss")
    reader = {"police": stage.browser("cru-officer"), "crisis": supervisor}
    reviews = {
        f"{side}_review": keys_in(browser.get("/reviews/").text, r"/reviews/KEY/")[0]
        for side, browser in reader.items()
    }
    aims: dict[str, Any] = {"a-aims": "calm"}
    crisis.post(f"/encounters/{encounter}/forms/response-plan/sign/", **aims)
    reviews["plan"] = keys_in(supervisor.get("/reviews/").text, r"/reviews/plans/KEY/")[0]
    return {**keys, **files, **reviews, "contact": contact, "alert": alert}


def test_every_address_of_the_product_is_in_the_table() -> None:
    known = {*table.PER_SIDE, *table.GET, *table.PUBLIC, *table.PROGRAMS, *table.POST_ONLY}
    assert set(table.names()) == known


@pytest.mark.parametrize("role", table.ROLES)
def test_each_role_opens_its_own_pages_and_no_other(
    stage: Stage, case: dict[str, str], role: str
) -> None:
    browser = stage.browser(table.PLAYED_BY[role])
    got = {name: browser.get(one.path.format(**case)).status for name, one in table.GET.items()}
    expected = {name: 200 if role in one.roles else 403 for name, one in table.GET.items()}
    assert got == expected


def test_each_side_opens_its_own_person_and_finds_nothing_of_the_other(
    stage: Stage, case: dict[str, str]
) -> None:
    for paths in table.PER_SIDE.values():
        for role in table.ROLES:
            browser = stage.browser(table.PLAYED_BY[role])
            for path in set(paths.values()):
                other = 404 if role in paths else 403
                expected = 200 if paths.get(role) == path else other
                assert browser.get(path.format(**case)).status == expected, (role, path)


def test_nobody_opens_anything_without_signing_in(stage: Stage, case: dict[str, str]) -> None:
    stranger = Browser(stage.product.url)
    for one in table.GET.values():
        assert stranger.get(one.path.format(**case)).url == "/sign-in/", one.path
        asked = stranger.get(one.path.format(**case), **{"HX-Request": "true"})
        assert asked.status == 401, one.path
    for path in table.POST_ONLY.values():
        assert stranger.get(path.format(**case)).url in {"/sign-in/", path}, path


def test_what_changes_something_is_never_a_link(stage: Stage, case: dict[str, str]) -> None:
    for path in table.POST_ONLY.values():
        # Whose page it is reads that it is no link; all roles before them, that it is not theirs.
        for persona in table.PLAYED_BY.values():
            status = stage.browser(persona).get(path.format(**case)).status
            assert status in {403, 405}, (path, persona)
            if status == 405:
                break
        else:
            pytest.fail(f"{path} is nobody's")


def test_programs_get_no_page(stage: Stage) -> None:
    stranger = Browser(stage.product.url)
    for name, path in table.PROGRAMS.items():
        answer = stranger.get(path)
        assert answer.status in {200, 401, 404, 405}, name
        assert "text/html" not in answer.headers["content-type"] or answer.status == 404, name
    assert stranger.get("/api/v1/openapi.json").json()["openapi"] == "3.1.0"


def judge(page: Page, where: str) -> list[str]:
    """What axe finds on this page, and whether it scrolls sideways."""
    faults = [f"{where}: {rule}" for rule in broken(page)]
    over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*faults, *([f"{where}: {over} px too wide"] if over > 0 else [])]


def in_the_dark(page: Page, where: str) -> list[str]:
    """A whole page judged in the dark; its other lights are judged as it is drawn for the tests."""
    assert page.locator("html").get_attribute("data-theme") == "dark"
    seen = page.viewport_size
    assert seen is not None
    # What lies half behind the command line is scrolled to, not too small.
    whole = max(seen["height"], page.evaluate("document.documentElement.scrollHeight"))
    page.set_viewport_size({"width": seen["width"], "height": whole})
    faults = judge(page, where)
    page.set_viewport_size(seen)
    return faults


@pytest.mark.parametrize("role", table.ROLES)
def test_every_page_of_a_role_is_accessible(
    stage: Stage, sit: Sit, case: dict[str, str], role: str
) -> None:
    seat = sit(table.PLAYED_BY[role], theme="dark")
    faults = []
    for name, one in table.GET.items():
        if one.page and role in one.roles:
            page = seat.go(one.path.format(**case))
            assert "demonstration" in page.locator("body").inner_text().lower(), name
            faults += in_the_dark(page, name)
    for name, paths in table.PER_SIDE.items():
        if role in paths:
            faults += in_the_dark(seat.go(paths[role].format(**case)), name)
    assert faults == []


@pytest.fixture(scope="module")
def doors(stage: Stage) -> dict[str, dict[str, str]]:
    """The cookies of people who stand at each step of signing in."""
    person = stage.product.personas["analyst"]
    enrolls = half_way(stage, "birch", newcomer(stage, "birch", POLICE))
    chooses = half_way(stage, "cedar", newcomer(stage, "cedar", POLICE, COUNTY))
    seed = seed_on(chooses.get("/sign-in/enroll/").text)
    code = pyotp.TOTP(seed).now()
    page = chooses.post("/sign-in/enroll/", password=PASSWORD, password_again=PASSWORD, code=code)
    assert page.url == "/sign-in/agency/"
    return {
        "/sign-in/": {},
        "/sign-in/code/": half_way(stage, person.username, person.password).cookies,
        "/sign-in/enroll/": enrolls.cookies,
        "/sign-in/agency/": chooses.cookies,
    }


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("size", [(360, 740), (1366, 900)], ids=["phone", "desk"])
def test_every_door_is_accessible(
    doors: dict[str, dict[str, str]], sit: Sit, theme: str, size: tuple[int, int]
) -> None:
    assert set(doors) == set(table.PUBLIC.values()) - {"/"}
    faults = []
    for path, cookies in doors.items():
        seat = sit(f"at {path}", cookies=cookies, theme=theme, size=size)
        page = seat.go(path)
        assert page.url.endswith(path)
        faults += judge(page, path)
    assert faults == []


@pytest.mark.parametrize("theme", THEMES)
def test_a_refusal_is_accessible(stage: Stage, sit: Sit, case: dict[str, str], theme: str) -> None:
    seat = sit("cru-officer", theme=theme, expected=("403", "404"))
    faults = judge(seat.go("/desk/"), "403")
    faults += judge(seat.go(f"/encounters/{case['other']}/"), "404")
    assert faults == []


def test_the_front_door_leads_to_the_own_page(stage: Stage) -> None:
    for persona in table.PLAYED_BY.values():
        landing = stage.product.personas[persona].landing
        assert stage.browser(persona).get("/").url == landing
