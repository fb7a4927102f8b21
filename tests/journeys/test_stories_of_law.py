"""Stories in which an instrument or the law speaks beside a professional, each by its name."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tandem.kernel.instance import checkout
from tests.journeys.stage import Seat, Stage, texts_in
from tests.journeys.test_stories import OFFICER, WORKER, Thumb, begun, ended, open_case, saw

Sit = Callable[..., Seat]
SCREENER = "c-ssrs-screener"
SAMPLE = checkout() / "tandem" / "forms" / "texts" / "samples" / f"{SCREENER}.en.toml"


@pytest.fixture(scope="module", autouse=True)
def _words_of_the_screener(stage: Stage) -> None:
    """The county loaded a pack: here the sample, whose words are placeholders."""
    assert stage.product.tandem("forms", "pack", "load", str(SAMPLE)).returncode == 0


CALLS: dict[str, str] = {}  # of each encounter, its call


def told(stage: Stage, encounter: str, **answers: str) -> None:
    """A caller answered the dispatcher on the call of this encounter."""
    call = CALLS[encounter]
    asked: dict[str, Any] = {f"q.{code}": value for code, value in answers.items()}
    page = stage.browser("dispatcher").post(f"/intake/{call}/answers/", **asked)
    assert page.status == 200, page.text


def pair_of(stage: Stage, sit: Sit, persona: str) -> tuple[str, Page]:
    """A pair on a call that is remembered, and one of them at the list of calls on a phone."""
    call, encounter = stage.pair_sent("CRU 2", OFFICER, WORKER)
    CALLS[encounter] = call
    return encounter, sit(persona).go("/my-calls/")


def situation(page: Page, code: str) -> Locator:
    """One situation on the encounter page."""
    return page.locator(f'[data-situation="{code}"]')


def reply(page: Page, question: str, answer: str) -> None:
    """One question of the screener: 1 is yes."""
    page.locator(f'input[name="a-{question}"][value="{answer}"]').click()


def signed_result(page: Page) -> str:
    """Sign the form; what the newest row of results says."""
    with page.expect_navigation():
        page.get_by_role("button", name="Sign the form").click()
    return page.locator(".results tbody tr").first.inner_text()


def test_six_questions_and_the_level_is_read_from_them(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, WORKER)
    page.goto(f"{stage.product.url}/encounters/{encounter}/forms/{SCREENER}/")
    for question, answer in (
        ("1", "1"),
        ("2", "1"),
        ("3", "1"),
        ("4", "0"),
        ("5", "0"),
        ("6", "0"),
    ):
        reply(page, question, answer)
    result = signed_result(page)
    assert "Moderate" in result
    assert "may be" not in result
    assert "no sum score" in result
    ended(stage, page, "a screener read without a sum")


def test_a_question_is_refused_and_the_level_is_never_less(stage: Stage, sit: Sit) -> None:
    encounter, page = begun(stage, sit, WORKER)
    page.goto(f"{stage.product.url}/encounters/{encounter}/forms/{SCREENER}/")
    for question, answer in (("1", "1"), ("2", "1"), ("3", "1"), ("5", "0"), ("6", "0")):
        reply(page, question, answer)
    refused = page.locator('[data-item="4"]')
    refused.get_by_text("No answer?").click()
    refused.locator('input[value="asked-declined"]').click()
    result = signed_result(page)
    assert "Moderate" in result
    assert "may be high" in result
    ended(stage, page, "a screener with a question refused")


def test_drunk_and_speaking_of_suicide(stage: Stage, sit: Sit) -> None:
    encounter, page = pair_of(stage, sit, OFFICER)
    told(stage, encounter, intoxicated="yes", suicidal_ideation="yes")
    open_case(page, encounter, Thumb(page))
    found = situation(page, "intoxicated_and_suicidal")
    lines = found.locator(".situation__line")
    expect(lines.first).to_have_attribute("data-kind", "medical")
    expect(lines.first).to_be_visible()
    laws = found.locator('[data-kind="law"]')
    expect(laws).to_have_count(2)
    expect(laws.first).to_contain_text("51.45(11)(b)")
    expect(laws.last).to_contain_text("51.15")
    narrow = [laws.nth(place).bounding_box() for place in range(2)]
    page.set_viewport_size({"width": 1366, "height": 900})
    wide = [laws.nth(place).bounding_box() for place in range(2)]
    assert narrow[0]["y"] < narrow[1]["y"]  # type: ignore[index]
    assert wide[0]["y"] == wide[1]["y"]  # type: ignore[index]
    # When she is sober somebody assesses her again: the crisis worker says so on the ending.
    workers = sit(WORKER).go(f"/encounters/{encounter}/")
    expect(situation(workers, "intoxicated_and_suicidal")).to_contain_text("again when sober")
    workers.locator('.tabs__one[href="#ending"]').click()
    Thumb(workers).axis("follow_up", "scheduled_other")
    page.reload()
    assert "Follow-up" not in page.locator("#ending").inner_text()
    page.set_viewport_size({"width": 360, "height": 740})
    ended(stage, page, "two paths of the law, medical first")


def test_old_confused_and_with_fever(stage: Stage, sit: Sit) -> None:
    encounter, page = pair_of(stage, sit, WORKER)
    told(stage, encounter, delirium_signs="yes", dementia_or_wandering="yes")
    saw(page)
    open_case(page, encounter, Thumb(page))
    lines = situation(page, "old_and_confused").locator(".situation__line")
    kinds = [lines.nth(place).get_attribute("data-kind") for place in range(lines.count())]
    assert kinds == ["medical", "law", "caution"]
    expect(lines.nth(1)).to_contain_text("55.135")
    expect(lines.nth(2)).to_contain_text("may be the wrong statute")
    ended(stage, page, "the medical way first")


def test_fifteen(stage: Stage, sit: Sit) -> None:
    encounter, page = pair_of(stage, sit, WORKER)
    path = f"/encounters/{encounter}/crisis/person/"
    stage.browser(WORKER).post(path, name="", age="15", age_known="said")
    open_case(page, encounter, Thumb(page))
    minor = situation(page, "minor")
    for words in ("the minor's own signature", "The parent", "both consent", "child protection"):
        expect(minor).to_contain_text(words)
    expect(minor).to_contain_text("(608) 555-0152")  # whom to ring: the program file
    assert "Under 14" not in minor.inner_text()
    # The other side has its own person: nothing of hers stands open there until it is told so too.
    officers = sit(OFFICER).go(f"/encounters/{encounter}/")
    expect(situation(officers, "minor")).not_to_have_attribute("open", "")
    path = f"/encounters/{encounter}/police/person/"
    stage.browser(OFFICER).post(path, name="", age="15", age_known="estimated")
    officers.reload()
    expect(situation(officers, "minor")).to_contain_text("938.396(1)")
    expect(officers.locator("main")).to_contain_text("Kept as a juvenile record.")
    ended(stage, page, "what the law says of a minor")


def test_a_veteran_says_so(stage: Stage, sit: Sit) -> None:
    encounter, page = pair_of(stage, sit, OFFICER)
    told(stage, encounter, veteran="yes")
    open_case(page, encounter, Thumb(page))
    lines = situation(page, "veteran")
    expect(lines).to_contain_text("988, then 1")
    expect(lines).to_contain_text("Tomah")
    # It stands on no card, hazard or caution.
    shown = page.locator(".hazard").all_inner_texts()
    cards = sit(OFFICER).go("/my-calls/").locator("main").inner_text()
    assert texts_in([*shown, cards], "eteran") == []
    ended(stage, page, "lines for a veteran")


def test_a_guardian_whose_letters_are_seen(stage: Stage, sit: Sit) -> None:
    encounter, page = pair_of(stage, sit, WORKER)
    told(stage, encounter, has_provider_or_guardian="yes")
    path = f"/encounters/{encounter}/crisis/person/"
    stage.browser(WORKER).post(path, name="Ambrose Quillfeather", age="44", age_known="said")
    open_case(page, encounter, Thumb(page))
    expect(situation(page, "guardian")).to_contain_text("Letters seen before a consent counts")
    with page.expect_navigation():
        page.get_by_role("link", name="Open the file, and who else it may be").click()
    page.get_by_text("Name who signs").click()
    page.locator("#signer-who").fill("Perpetua Quillfeather")
    page.locator("#stands-as").select_option("guardian")
    with page.expect_navigation():
        page.locator("form", has=page.locator("#signer-who")).get_by_role("button").click()
    signers = page.locator("section", has=page.locator("#signers-title"))
    expect(signers).to_contain_text("does not count: the letters were not seen")
    with page.expect_navigation():
        signers.get_by_role("button", name="I saw the letters").click()
    expect(signers).to_contain_text("Letters seen by")
    assert "does not count" not in signers.inner_text()
    ended(stage, page, "a person whose guardian's letters were seen")
