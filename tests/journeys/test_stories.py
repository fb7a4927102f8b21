"""Stories of the record, each by its name, and at its end the page that a person is left with,
judged for who reads by ear or sees little."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.journeys.stage import Seat, Stage, texts_in
from tests.journeys.test_every_page import judge

Sit = Callable[..., Seat]
OFFICER, WORKER = "cru-officer-2", "crisis-worker-2"
HERS = "Ottoline Fernsby"
MOST_TAPS, MOST_SECONDS = 25, 90
# A slow hand on a phone: two seconds to find and tap, three letters a second.
TAP, LETTER = 2.0, 1 / 3


@dataclass
class Thumb:
    """Counts what one thumb does on one page."""

    page: Page
    taps: int = 0
    letters: int = 0

    def tap(self, what: Locator) -> None:
        """One tap."""
        self.taps += 1
        what.click()

    def go(self, what: Locator) -> None:
        """One tap that brings another page."""
        self.taps += 1
        with self.page.expect_navigation():
            what.click()

    def write(self, where: Locator, words: str) -> None:
        """One tap into a field, and the words."""
        self.tap(where)
        self.letters += len(words)
        self.page.keyboard.type(words)

    def axis(self, code: str, value: str) -> None:
        """Open one axis and choose."""
        self.tap(self.page.locator(f'[data-axis="{code}"] summary'))
        self.tap(self.page.locator(f'[data-axis="{code}"] button[value="{value}"]'))
        chosen = self.page.locator(f'[data-axis="{code}"] button[value="{value}"]')
        expect(chosen).to_have_attribute("aria-pressed", "true")

    @property
    def seconds(self) -> float:
        """How long that takes a slow hand."""
        return self.taps * TAP + self.letters * LETTER


def begun(stage: Stage, sit: Sit, persona: str, *expected: str) -> tuple[str, Page]:
    """A pair on a call, and one of them at the list of calls on a phone."""
    _, encounter = stage.pair_sent("CRU 2", OFFICER, WORKER)
    return encounter, sit(persona, expected=expected).go("/my-calls/")


def ended(stage: Stage, page: Page, where: str) -> None:
    """The page is judged whole, and everybody is free again."""
    # What lies half behind the acts at the bottom is scrolled to, not too small.
    width = page.evaluate("innerWidth")
    page.set_viewport_size(
        {"width": width, "height": page.evaluate("document.documentElement.scrollHeight")}
    )
    assert judge(page, where) == []
    for persona in (OFFICER, WORKER):
        stage.leave(persona)


def open_case(page: Page, encounter: str, thumb: Thumb) -> None:
    """From the list of calls to the encounter."""
    thumb.go(page.locator(f'a[href="/encounters/{encounter}/"]').first)


def test_an_officers_whole_record_on_a_phone_in_25_taps(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, OFFICER)
    thumb = Thumb(page)
    open_case(page, encounter, thumb)
    # Place, times and members are there; nobody typed them.
    expect(page.locator("h1")).to_contain_text("Riverside Park")
    thumb.tap(page.locator('input[name="seen"][value="pacing"]'))
    thumb.tap(page.locator('input[name="weapons"][value="no"]'))
    thumb.write(page.locator("#act-0-words"), "I do not want to go home tonight.")
    thumb.tap(page.locator('input[name="act-0-how"][value="heard"]'))
    thumb.tap(page.locator('.tabs__one[href="#ending"]'))
    thumb.go(page.get_by_role("button", name="Leave", exact=True))
    thumb.tap(page.locator('.tabs__one[href="#ending"]'))
    for axis, value in (
        ("contact", "contacted_in_person"),
        ("adverse", "none"),
        ("enforcement", "none"),
        ("transport", "none"),
        ("legal_status", "none"),
    ):
        thumb.axis(axis, value)
    thumb.go(page.get_by_role("button", name="Sign the note"))
    expect(page.locator(".toast")).to_contain_text("Signed.")
    page.locator(".tabs__one[data-owner]").click()
    expect(page.locator(".facts__read")).to_contain_text("I do not want to go home tonight.")
    assert thumb.taps <= MOST_TAPS, thumb
    assert thumb.seconds <= MOST_SECONDS, thumb.seconds
    ended(stage, page, "the officer's signed record")


def test_a_crisis_workers_whole_record_on_a_phone_in_25_taps(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, WORKER)
    thumb = Thumb(page)
    open_case(page, encounter, thumb)
    thumb.write(page.locator("#note-text"), "Speaks slowly, accepts water. Sister on the way.")
    thumb.tap(page.locator('.tabs__one[href="#ending"]'))
    for axis, value in (
        ("contact", "contacted_in_person"),
        ("adverse", "none"),
        ("clinical", "brief_intervention"),
        ("destination", "remained"),
        ("referral", "warm"),
        ("follow_up", "scheduled_24h"),
    ):
        thumb.axis(axis, value)
    thumb.go(page.get_by_role("button", name="Sign the note"))
    expect(page.locator(".toast")).to_contain_text("Signed.")
    assert thumb.taps <= MOST_TAPS, thumb
    assert thumb.seconds <= MOST_SECONDS, thumb.seconds
    ended(stage, page, "the crisis worker's signed record")


def stepped(stage: Stage, *personas: str, state: str = "at_address") -> None:
    """Each of them enters a state by a tap."""
    for persona in personas:
        browser = stage.browser(persona)
        member = re.search(r"/my-calls/step/([0-9a-f-]{36})/", browser.get("/my-calls/").text)
        if member is None:
            shown = browser.get("/my-calls/").text
            case = re.search(r'href="(/encounters/[0-9a-f-]{36}/)">Call', shown)
            assert case, persona
            member = re.search(r"/my-calls/step/([0-9a-f-]{36})/", browser.get(case[1]).text)
        assert member, persona
        browser.post(f"/my-calls/step/{member[1]}/?state={state}")


def pressed(page: Page, name: str) -> None:
    """One of the big buttons at the bottom."""
    with page.expect_navigation():
        page.locator("#foot").get_by_role("button", name=name, exact=True).click()


def saw(page: Page) -> None:
    """A change of danger wants a tap before anything else."""
    page.locator("#changed-seen").click()
    expect(page.locator(".changed")).to_have_count(0)


def test_a_knife_in_hand_and_she_goes_in_before_the_officers_word(stage: Stage, sit: Sit) -> None:
    call, encounter = stage.pair_sent("CRU 2", OFFICER, WORKER)
    desk = sit("dispatcher").go(f"/desk/?call={call}")
    stage.browser("dispatcher").post(
        f"/desk/{call}/advice/answer/", script=True, question="weapon_in_hand", value="yes"
    )
    stepped(stage, OFFICER, WORKER)
    page = sit(WORKER).go(f"/encounters/{encounter}/")
    expect(page.locator("#spine")).to_contain_text("Officer first.")
    saw(page)
    pressed(page, "Staged")
    pressed(page, "With the person")
    # Recorded as it is, marked, and told to both desks.
    expect(page.locator("#spine")).to_contain_text("With the person")
    early = "before an officer said that the scene is stable"
    expect(desk.locator("#alarm-bar")).to_contain_text(early, timeout=8000)
    stage.browser("crisis-supervisor").get("/crisis/")
    assert early in stage.browser("crisis-supervisor").get("/alarm/").text
    officers = sit(OFFICER).go(f"/encounters/{encounter}/")
    saw(officers)
    pressed(officers, "Scene stable")
    expect(desk.locator("#alarm-bar")).not_to_contain_text(early, timeout=8000)
    page.reload()
    expect(page.locator("#spine")).to_contain_text("Scene stable")
    ended(stage, page, "her page after the officer's word")


def test_she_does_not_go_in_and_owes_nobody_a_reason(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, WORKER)
    stepped(stage, OFFICER, WORKER)
    officers = sit(OFFICER).go(f"/encounters/{encounter}/")
    pressed(officers, "Scene stable")
    page.goto(f"{page.url.split('/my-calls')[0]}/encounters/{encounter}/")
    pressed(page, "Not going in")
    # Nothing is asked: the next page is her own again, and she is there by phone.
    expect(page.locator("#spine")).to_contain_text("Not going in")
    expect(page.locator("#spine .shared__facts")).to_contain_text("By phone")
    expect(officers.locator("#spine")).to_contain_text("Not going in", timeout=8000)
    ended(stage, page, "her page after she said no")


def test_the_officer_is_called_away_and_she_reads_what_she_may_do(stage: Stage, sit: Sit) -> None:
    call, encounter = stage.pair_sent("CRU 2", OFFICER, WORKER)
    stepped(stage, OFFICER, WORKER, state="on_scene")
    page = sit(WORKER).go(f"/encounters/{encounter}/")
    desk = sit("dispatcher").go(f"/desk/?call={call}")
    desk.keyboard.press("/")
    desk.keyboard.type("sp cru2")
    desk.keyboard.press("Enter")
    expect(page.locator("#spine")).to_contain_text("was called away at", timeout=8000)
    foot = page.locator("#foot")
    for name in ("By phone", "Clear", "More help", "Not going in", "Person told who stays"):
        button = foot.get_by_role("button", name=name, exact=True)
        expect(button).to_be_visible()
        box = button.bounding_box()
        assert box, name
        assert box["height"] >= 48, (name, box)
    pressed(page, "Person told who stays")
    expect(page.locator("#spine")).not_to_contain_text("Tell the person who stays.")
    # His own time ended; hers goes on.
    assert "Cleared" in sit(OFFICER).go(f"/encounters/{encounter}/").locator("#spine").inner_text()
    pressed(page, "More help")
    asks = "asks for one more officer"
    expect(desk.locator("#alarm-bar")).to_contain_text(asks, timeout=8000)
    ended(stage, page, "her page after the officer was called away")


def looked_for(seat: Seat, name: str) -> str:
    """Search for a name as a person does; what the page says then, the field's value with it."""
    page = seat.go("/persons/")
    page.get_by_label("Name, or its beginning").fill(name)
    with page.expect_navigation():
        page.get_by_role("button", name="Search").click()
    typed = page.get_by_label("Name, or its beginning").input_value()
    return f"{page.locator('main').inner_text()} {typed}"


def test_an_officer_who_looks_for_a_name_of_the_other_side_learns_nothing(
    stage: Stage, sit: Sit
) -> None:
    encounter, _ = begun(stage, sit, WORKER)
    path = f"/encounters/{encounter}/crisis/person/"
    stage.browser(WORKER).post(path, name=HERS, age="41", age_known="said")
    page, own = sit(OFFICER), f"/encounters/{encounter}/police/person/"
    # His own person is found, so that an answer without rows says something.
    stage.browser(OFFICER).post(own, name="Barnaby Ottersby", age="41", age_known="said")
    met = {name: looked_for(page, name) for name in ("Barnaby Ottersby", HERS, "Nobody Whatever")}
    assert "Barnaby Ottersby" in met["Barnaby Ottersby"]
    assert met[HERS].replace(HERS, "") == met["Nobody Whatever"].replace("Nobody Whatever", "")
    assert looked_for(sit("crisis-supervisor"), HERS).count(HERS) > met[HERS].count(HERS)
    assert stage.browser(OFFICER).get(f"/encounters/{encounter}/crisis/person/").status == 403
    looked_for(page, HERS)
    ended(stage, page.page, "a search that finds nobody")


def test_she_speaks_with_the_crisis_worker_alone(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, WORKER)
    open_case(page, encounter, Thumb(page))
    page.locator("#note-text").fill("She says that the uniform frightens her.")
    expect(page.locator("#save-state")).to_contain_text("Saved on the server", timeout=4000)
    path = f"/encounters/{encounter}/crisis/axis/"
    stage.browser(WORKER).post(path, axis="contact", value="contacted_in_person")
    stage.browser(WORKER).post(path, axis="clinical", value="brief_intervention")
    officers = sit(OFFICER).go(f"/encounters/{encounter}/")
    text = html.unescape(officers.content())
    assert "Crisis worker took part" in text
    assert "In person" in officers.locator('[data-axis="contact"]').text_content()  # type: ignore[operator]
    assert texts_in([text], "uniform frightens", "Brief intervention") == []
    ended(stage, officers, "the officer's page beside a talk with the crisis worker")


def test_a_sister_tells_of_a_gun_and_does_not_want_to_be_named(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, WORKER, "409")
    open_case(page, encounter, Thumb(page))
    page.get_by_text("Told in confidence", exact=True).click()
    page.locator("#told-words").fill("He has a revolver in the shed. Do not say it was me.")
    page.locator("#told-source").fill("Marigold Thistlewood")
    page.locator("#told-relation").fill("sister")
    page.locator("#told-safety").fill("His sister saw a revolver in the shed.")
    with page.expect_navigation():
        page.get_by_role("button", name="Keep in confidence").click()
    # It would have named her: every word is still there, and nothing went out.
    expect(page.locator("[role=alert]").first).to_contain_text("would name who told it")
    expect(page.locator("#told-words")).to_have_value(re.compile("Do not say it was me"))
    page.locator("#told-safety").fill("There may be a revolver in the shed.")
    with page.expect_navigation():
        page.get_by_role("button", name="Keep in confidence").click()
    officers = sit(OFFICER).go(f"/encounters/{encounter}/")
    expect(officers.locator(".hazard").first).to_contain_text("revolver in the shed")
    text = html.unescape(officers.content())
    assert texts_in([text], "Marigold", "Thistlewood", "sister", "Do not say") == []
    ended(stage, officers, "the officer's page with a safety fact")


def test_seventeen_with_a_broken_window(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, OFFICER)
    open_case(page, encounter, Thumb(page))
    page.get_by_text("Change what is known of the person").click()
    page.locator("#person-age").fill("17")
    page.locator('input[name="age_known"][value="known"]').click()
    with page.expect_navigation():
        page.get_by_role("button", name="Keep this", exact=True).first.click()
    assert "Kept as a juvenile record." not in page.locator("main").inner_text()
    path = f"/encounters/{encounter}/crisis/person/"
    stage.browser(WORKER).post(path, name="", age="17", age_known="known")
    workers = sit(WORKER).go(f"/encounters/{encounter}/")
    expect(workers.locator("main")).to_contain_text("A minor")
    ended(stage, workers, "the crisis worker's page of a minor")


def test_a_hand_was_laid_on_and_the_record_stays_open(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, OFFICER)
    open_case(page, encounter, Thumb(page))
    page.get_by_text("Belongings, force, video").click()
    page.locator('input[name="force"][value="hands_on"]').click()
    expect(page.locator("[data-missing]")).to_contain_text(
        "the number of the force report", timeout=4000
    )
    page.locator("#force_number").fill("UOF-2026-0117")
    expect(page.locator("[data-missing]")).not_to_contain_text("force report", timeout=4000)
    with page.expect_navigation():
        page.get_by_role("button", name="Sign the note").click()
    page.locator(".tabs__one[data-owner]").click()
    expect(page.locator("main")).to_contain_text("Stays open until a supervisor's review:")
    sergeant = sit("sergeant").go("/reviews/")
    row = sergeant.locator("tr", has_text="Force used").last
    with sergeant.expect_navigation():
        row.get_by_role("link").click()
    expect(sergeant.locator("main")).to_contain_text("UOF-2026-0117")
    sergeant.locator("#review-words").fill("Report and recording agree.")
    with sergeant.expect_navigation():
        sergeant.get_by_role("button", name="Reviewed").click()
    page.reload()
    expect(page.locator("main")).to_contain_text("Reviewed by")
    ended(stage, sergeant, "a supervisor's queue")


def test_two_pages_of_one_note_and_the_writer_chooses(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, WORKER)
    seat = sit(WORKER)
    first, second = seat.go(f"/encounters/{encounter}/"), page
    second.goto(f"{seat.url}/encounters/{encounter}/")
    first.locator("#note-text").fill("Words of the first page.")
    expect(first.locator("#save-state")).to_contain_text("Saved on the server", timeout=4000)
    second.locator("#note-text").fill("Words of the second page.")
    expect(second.locator("#save-state")).to_contain_text("other words", timeout=4000)
    second.reload()
    expect(second.locator("#two")).to_contain_text("Words of the first page.")
    expect(second.locator("#two")).to_contain_text("Words of the second page.")
    with second.expect_navigation():
        second.get_by_role("button", name="Keep both, one below the other").click()
    expect(second.locator("#note-text")).to_have_value(
        "Words of the first page.\n\nWords of the second page."
    )
    ended(stage, second, "a note of two versions that became one")
