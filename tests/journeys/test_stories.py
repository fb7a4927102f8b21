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


def test_an_officer_who_looks_for_a_name_of_the_other_side_learns_nothing(
    stage: Stage, sit: Sit
) -> None:
    encounter, _ = begun(stage, sit, WORKER)
    path = f"/encounters/{encounter}/crisis/person/"
    stage.browser(WORKER).post(path, name="Ottoline Fernsby", age="41", age_known="said")
    page = sit(OFFICER).go("/persons/?q=Ottoline+Fernsby")
    met = re.sub(r"Ottoline.Fernsby", "", page.locator("main").inner_text())
    other = sit(OFFICER).go("/persons/?q=Nobody+Whatever")
    assert met == re.sub(r"Nobody.Whatever", "", other.locator("main").inner_text())
    assert stage.browser(OFFICER).get(f"/encounters/{encounter}/crisis/person/").status == 403
    ended(stage, page, "a search that finds nobody")


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
