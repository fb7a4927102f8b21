"""The desk is advised, answers the question asked next, overrides in one key; rules are guarded."""

from __future__ import annotations

from tandem.demo.story.told import DESK, OFFICER, OTHER_DESK, Story, answer, plain, sentence

ADMINISTRATOR = "administrator"
PAIR = "CRU pair: officer and crisis worker"
RULES = "/advice-rules/"
CARELESS = """[advice]
[[advice.safety]]
danger = "weapon"
questions = ["weapon_in_hand"]
[[advice.rules]]
id = "always_phone"
otherwise = true
first = ["phone"]
reason = "Everybody is helped by phone."
authority = "none"
"""


def play(story: Story) -> None:
    """Chapter 4."""
    desk = story.browsers[DESK]
    address = f"/desk/{story.call}/advice/"
    story.see(DESK, "reads who should go", f"{PAIR}, 6 not asked", _advised(story, DESK))
    told = {"question": "weapon_in_hand", "value": "not_known"}
    page = desk.post(f"{address}answer/", script=True, **told)
    story.see(
        DESK,
        "answers the question asked next",
        "200 The answer is kept, the advice is new",
        answer(page),
    )
    story.see(
        OTHER_DESK, "reads the new advice", f"{PAIR}, 5 not asked", _advised(story, OTHER_DESK)
    )
    page = desk.post(f"{address}override/", script=True)
    expected = "200 Advice overridden. A reason may follow."
    story.see(DESK, "overrides it without a reason", expected, answer(page))
    text = plain(story.browsers[OTHER_DESK].get(f"/desk/?call={story.call}").text)
    got = "overridden, by name" if "Overridden by" in text else "nothing of it"
    story.see(OTHER_DESK, "sees who overrode it", "overridden, by name", got)
    page = desk.post(f"{address}reason/", script=True, text="The caller asked for patrol")
    story.see(DESK, "says why, later", "200 The reason is kept", answer(page))
    _say_jurisdiction(story)
    status = story.browsers[OFFICER].post(f"{address}override/", script=True).status
    story.see(OFFICER, "overrides the desk's advice", "403", str(status))
    page = story.browsers[ADMINISTRATOR].post(RULES, text=CARELESS)
    got = f"{page.status} {sentence(page)}"
    expected = (
        "409 These rules are refused whole, nothing was stored. What you typed is still there."
    )
    story.see(ADMINISTRATOR, "edits rules that send nobody unasked", expected, got)


def _say_jurisdiction(story: Story) -> None:
    """Whose ground it is on changes who may be proposed."""
    desk, address = story.browsers[DESK], f"/desk/{story.call}/jurisdiction/"
    page = plain(desk.get(f"/desk/?call={story.call}").text)
    got = "City of La Crosse" if "City of La Crosse" in page else "not known"
    story.see(DESK, "reads the call's jurisdiction", "City of La Crosse", got)
    for code, expected in (("county", "another police"), ("", PAIR)):
        answered = desk.post(address, script=True, jurisdiction=code)
        kept = "200 The jurisdiction is kept, the advice is new"
        story.see(DESK, f"says the jurisdiction: {code or 'as it was'}", kept, answer(answered))
        page = plain(desk.get(f"/desk/?call={story.call}").text)
        there = PAIR in page and "patrols there" not in page
        got = PAIR if there else "another police" if PAIR not in page else "both"
        story.see(DESK, "reads who should go there", expected, got)


def _advised(story: Story, persona: str) -> str:
    text = plain(story.browsers[persona].get(f"/desk/?call={story.call}").text)
    first = PAIR if PAIR in text else "somebody else"
    open_ = next((n for n in range(7) if f"Provisional: {n} question" in text), 0)
    return f"{first}, {open_} not asked"
