"""Everybody signs in with both factors; a wrong password and a used code are refused."""

from __future__ import annotations

from tandem.demo.browser import Browser
from tandem.demo.story.told import DESK, Story, answer

NO_MATCH = (
    "403 That name and password do not match. Nothing was lost. Try again, or ring your desk."
)
USED_CODE = "403 That code does not match, or was used already. Wait for the next one."


def play(story: Story) -> None:
    """Chapter 1."""
    personas = story.product.personas
    browser = Browser(story.product.url)
    browser.get("/sign-in/")
    page = browser.post("/sign-in/", name=personas[DESK].username, password="not-the-password")  # noqa: S106
    story.see(DESK, "signs in with a wrong password", NO_MATCH, answer(page))
    for key, person in personas.items():
        browser, page = story.product.sign_in(key)
        story.browsers[key] = browser
        expected = f"200, lands on {person.landing}"
        got = f"{page.status}, lands on {page.url}"
        story.see(key, "signs in with password and code", expected, got)
    _use_a_code_again(story)


def _use_a_code_again(story: Story) -> None:
    person = story.product.personas[DESK]
    again = Browser(story.product.url)
    again.get("/sign-in/")
    again.post("/sign-in/", name=person.username, password=person.password)
    page = again.post("/sign-in/code/", code=story.browsers[DESK].code)
    story.see(DESK, "gives a code that was used", USED_CODE, answer(page))
    page = again.get("/desk/")
    story.see(
        DESK, "opens the desk after one factor", "back at /sign-in/code/", f"back at {page.url}"
    )
