"""A form and an instrument of the crisis record: filled in, signed, and a critical answer seen."""

from __future__ import annotations

import html
import re
from typing import Any

from tandem.demo.browser import keys_in
from tandem.demo.story.told import DESK, OFFICER, WORKER, Story, answer, plain

SUPERVISOR = "crisis-supervisor"
WORDS = "Will ring the lighthouse keeper at dusk."
PLAN: dict[str, Any] = {"a-aims": "calm", "a-services": WORDS}


def play(story: Story) -> None:
    """After the notes: the forms of the same encounter."""
    worker = story.browsers[WORKER]
    plan, phq = (
        f"/encounters/{story.encounter}/forms/{code}/" for code in ("response-plan", "phq-9")
    )
    page = worker.post(plan + "save/", **PLAN, sequence="3", writer="page")
    kept = page.json().get("sequence") if page.status == 200 else None  # noqa: PLR2004
    story.see(WORKER, "types into the response plan", "kept as 3", f"kept as {kept}")
    worker.post(plan + "save/", **{**PLAN, "a-services": "older"}, sequence="2", writer="page")
    shown = WORDS in html.unescape(worker.get(plan).text)
    story.see_that(
        WORKER, "an older save arrives late", "the newer stays", holds=shown, else_="lost"
    )
    page = worker.post(plan + "sign/", **PLAN, sequence="4", writer="page")
    story.see(WORKER, "signs the plan", "200 Signed. You can still amend.", answer(page))
    page = worker.get(plan)
    missing = re.search(r"(\d+) answers? (?:is|are) missing", page.text)
    story.see(WORKER, "reads what is missing", "1", missing[1] if missing else "none")
    replies: dict[str, Any] = {f"a-{number}": "0" for number in range(1, 10)} | {"a-9": "1"}
    worker.post(phq + "sign/", **replies)
    text = html.unescape(worker.get(phq).text)
    critical = "None" in text and "Critical" in text
    story.see_that(
        WORKER, "signs a PHQ-9 of 1 point", "level none, critical", holds=critical, else_="neither"
    )
    _law(story)
    _alert(story)
    _change(story)
    for persona in (OFFICER, DESK):
        page = story.browsers[persona].get(plan)
        told = "nothing" if page.status in {403, 404} and WORDS not in page.text else "something"
        story.see(persona, "opens the plan by its address", "nothing", told)


def _law(story: Story) -> None:
    """A caller says so, and both see two laws side by side; nobody wrote anything down for it."""
    asked: dict[str, Any] = {"q.intoxicated": "yes", "q.suicidal_ideation": "yes"}
    story.browsers[DESK].post(f"/intake/{story.call}/answers/", **asked)
    for persona in (OFFICER, WORKER):
        page = plain(story.browsers[persona].get(f"/encounters/{story.encounter}/").text)
        part = page.partition("Because: Alcohol or drugs now? Yes")[2]
        first, one, other = (part.find(word) for word in ("Medical first", "51.45(11)(b)", "51.15"))
        story.see_that(
            persona,
            "opens a case of somebody drunk who speaks of suicide",
            "medical first, then two laws",
            holds=0 <= first < one < other,
            else_=(first, one, other),
        )


def _alert(story: Story) -> None:
    supervisor = story.browsers[SUPERVISOR]
    keys = keys_in(supervisor.get("/alerts/").text, r"/alerts/KEY/")
    story.see(SUPERVISOR, "finds what waits", "1 critical answer", f"{len(keys)} critical answer")
    if keys:
        page = supervisor.post(f"/alerts/{keys[0]}/seen/")
        story.see(SUPERVISOR, "says that it was seen", "200 Kept.", answer(page))


def _change(story: Story) -> None:
    """The county changes a form; the plan that was signed keeps its words."""
    supervisor, form = story.browsers[SUPERVISOR], "/forms/response-plan/"
    page = supervisor.post(
        form + "change/", what="rename", item="aims", text="<script>aims</script>", text_es=""
    )
    told = "holds markup" in page.text
    story.see_that(SUPERVISOR, "puts a script into a label", "refused", holds=told, else_="taken")
    supervisor.post(form + "change/", what="rename", item="aims", text="Aims now", text_es="Metas")
    page = supervisor.post(form + "force/")
    expected = "200 In force from now on. What was filled in keeps its version."
    story.see(SUPERVISOR, "puts the changed form in force", expected, answer(page))
    plan = story.browsers[WORKER].get(f"/encounters/{story.encounter}/forms/response-plan/").text
    kept = "What the plan is for" in plan and "Aims now" not in plan
    story.see_that(WORKER, "reads the plan signed before", "its own words", holds=kept, else_="new")
