"""Somebody whose page is closed is sent: their phone is told, in fixed words, or the desk knows."""

from __future__ import annotations

import html
import re

from tandem.demo.browser import keys_in
from tandem.demo.phones import FakeBrowser
from tandem.demo.story.sending import unit_key
from tandem.demo.story.told import DESK, Story, answer, plain, wait_for

CLOSED, UNIT = "patrol-officer-2", "2B25"
NUMBER = "+16085550187"
WORDS = '{"words": "New activity. Open to view."}'
SECONDS = 5.0


def play(story: Story) -> None:
    """Chapter 10: a push, then a text message alone, then neither."""
    browser = story.browsers.setdefault(CLOSED, story.product.browser(CLOSED))
    browser.post("/duty/on/", unit=unit_key(story, CLOSED, UNIT))
    phone = _subscribe(story)
    _send(story)
    _hears(story, phone)
    _hears_of_danger(story, phone)
    _clear(story)
    _hears_that_it_was_taken_back(story, phone)
    _by_text(story, phone)
    _by_nothing(story)
    browser.post("/duty/off/", reason="end")


def _subscribe(story: Story) -> FakeBrowser:
    browser, phones = story.browsers[CLOSED], story.product.phones
    found = re.search(r'data-phone-key="([^"]*)"', browser.get("/duty/").text)
    key = html.unescape(found[1]) if found else ""
    inside = phones.browser(key)
    page = browser.post(
        "/duty/phone/",
        script=True,
        endpoint="https://10.0.0.1/",
        p256dh=inside.p256dh,
        auth=inside.auth,
        key=key,
    )
    expected = "200 This device tells you of assignments until you go off duty or sign out."
    story.see(CLOSED, "names an address that is no push service", "409", str(page.status))
    made = phones.browser(key)
    told = {"endpoint": made.endpoint, "p256dh": made.p256dh, "auth": made.auth, "key": key}
    page = browser.post("/duty/phone/", script=True, **told)
    story.see(CLOSED, "has assignments told on this device", expected, answer(page))
    return made


def _send(story: Story) -> str:
    desk = story.browsers[DESK]
    page = desk.post("/intake/", channel="911", priority="2", words="Quillwort at the door")
    story.call = page.url.split("?")[0].split("/")[2]
    page = desk.post(f"/desk/{story.call}/assign/", script=True, unit=UNIT.lower())
    said = answer(page)
    story.see_that(
        DESK, f"sends {UNIT}, whose page is closed", "200", holds=said[:3] == "200", else_=said
    )
    return page.text


def _hears(story: Story, phone: FakeBrowser) -> None:
    story.product.phones.wait_for(lambda: bool(phone.heard), SECONDS)
    story.see(CLOSED, "is told on the phone, once", WORDS, ", ".join(phone.heard))


def _hears_of_danger(story: Story, phone: FakeBrowser) -> None:
    """Acknowledged, the page closed again, and then somebody has a knife."""
    _step(story, "acknowledged")
    desk, said = story.browsers[DESK], {"text": "He has a knife now"}
    told = answer(desk.post(f"/desk/{story.call}/hazard/", script=True, **said))
    story.see_that(DESK, "reports a danger", "200", holds=told[:3] == "200", else_=told)
    story.product.phones.wait_for(lambda: len(phone.heard) > 1, SECONDS)
    heard = ", ".join(phone.heard)
    story.see(CLOSED, "hears of it in the same words", f"{WORDS}, {WORDS}", heard)
    wanted = "has not seen: call"
    got = wanted if wanted in _alarm(story) else _alarm(story)[:120]
    story.see(DESK, "reads who has not seen it", wanted, got)


def _hears_that_it_was_taken_back(story: Story, phone: FakeBrowser) -> None:
    before = len(phone.heard)
    back = re.search(r"/desk/[0-9a-f-]{36}/assign/[0-9a-f-]{36}/undo/", _send(story))
    story.product.phones.wait_for(lambda: len(phone.heard) > before, SECONDS)
    told = answer(story.browsers[DESK].post(back[0] if back else "/desk/", script=True))
    story.see_that(DESK, "takes it back within 10 s", "200", holds=told[:3] == "200", else_=told)
    story.product.phones.wait_for(lambda: len(phone.heard) > before + 1, SECONDS)
    times = str(len(phone.heard) - before)
    story.see(CLOSED, "is told that they are sent, and of the taking back", "2", times)
    page = story.browsers[CLOSED].get("/emergency/mine/", **{"HX-Request": "true"})
    wanted = "You are not sent any more."
    got = wanted if wanted in plain(page.text) else plain(page.text)[:120]
    story.see(CLOSED, "reads that they are not sent any more", wanted, got)
    for key in keys_in(page.text, r"/told/KEY/seen/"):
        story.browsers[CLOSED].post(f"/told/{key}/seen/", script=True)
    left = "still there" if "taken back" in _alarm(story) else "gone"
    story.see(DESK, "looks again after the tap", "gone", left)


def _alarm(story: Story) -> str:
    return plain(story.browsers[DESK].get("/alarm/", **{"HX-Request": "true"}).text)


def _step(story: Story, *states: str) -> None:
    """Their own page, looked at and closed again."""
    browser, form = story.browsers[CLOSED], r"/my-calls/step/KEY/"
    page = browser.get("/my-calls/").text
    found = keys_in(page, form)
    for key in [] if found else keys_in(page, r"/encounters/KEY/")[:1]:
        found = keys_in(browser.get(f"/encounters/{key}/").text, form)
    for state in states if found else ():
        browser.post(f"/my-calls/step/{found[0]}/?state={state}", script=True)


def _clear(story: Story) -> None:
    _step(story, "acknowledged", "cleared")


def _by_text(story: Story, phone: FakeBrowser) -> None:
    browser, phones = story.browsers[CLOSED], story.product.phones
    page = browser.post("/duty/number/", script=True, number="(608) 555-0187")
    story.see(CLOSED, "enters a number", "200 The number is kept.", answer(page))
    browser.post("/duty/phone/end/", script=True)
    before = len(phone.heard)
    _send(story)
    phones.wait_for(lambda: bool(phones.texts), SECONDS)
    texts = [f"{text['to']}: {text['text']}" for text in phones.texts.values()]
    expected = f"{NUMBER}: New activity. Open to view."
    story.see(CLOSED, "without a device gets a text message", expected, ", ".join(texts))
    story.see(CLOSED, "whose device was ended hears no push", "0", str(len(phone.heard) - before))
    _clear(story)


def _by_nothing(story: Story) -> None:
    story.product.phones.receipts[NUMBER] = "stopped"
    _send(story)
    wanted = "Not reached on phone: nothing that was tried was taken."
    wait_for(lambda: wanted in _alarm(story), seconds=SECONDS)
    got = wanted if wanted in _alarm(story) else _alarm(story)[:120]
    story.see(DESK, "reads that a phone that said STOP was not reached", wanted, got)
    _clear(story)
    wait_for(lambda: wanted not in _alarm(story), seconds=SECONDS)
    left = "still there" if wanted in _alarm(story) else "gone"
    story.see(DESK, "looks again after it was acknowledged", "gone", left)
