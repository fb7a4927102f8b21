"""Somebody whose page is closed is sent: their phone is told, in fixed words, or the desk knows."""

from __future__ import annotations

import html
import re

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
    _clear(story)
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


def _send(story: Story) -> None:
    desk = story.browsers[DESK]
    page = desk.post("/intake/", channel="911", priority="2", words="Quillwort at the door")
    story.call = page.url.split("?")[0].split("/")[2]
    said = answer(desk.post(f"/desk/{story.call}/assign/", script=True, unit=UNIT.lower()))
    story.see_that(
        DESK, f"sends {UNIT}, whose page is closed", "200", holds=said[:3] == "200", else_=said
    )


def _hears(story: Story, phone: FakeBrowser) -> None:
    story.product.phones.wait_for(lambda: bool(phone.heard), SECONDS)
    story.see(CLOSED, "is told on the phone, once", WORDS, ", ".join(phone.heard))


def _alarm(story: Story) -> str:
    return plain(story.browsers[DESK].get("/alarm/", **{"HX-Request": "true"}).text)


def _clear(story: Story) -> None:
    found = re.search(
        r"/my-calls/step/[0-9a-f-]{36}/", story.browsers[CLOSED].get("/my-calls/").text
    )
    if found:
        for state in ("acknowledged", "cleared"):
            story.browsers[CLOSED].post(f"{found[0]}?state={state}", script=True)


def _by_text(story: Story, phone: FakeBrowser) -> None:
    browser, phones = story.browsers[CLOSED], story.product.phones
    page = browser.post("/duty/number/", script=True, number="(608) 555-0187")
    story.see(CLOSED, "enters a number", "200 The number is kept.", answer(page))
    browser.post("/duty/phone/end/", script=True)
    _send(story)
    phones.wait_for(lambda: bool(phones.texts), SECONDS)
    texts = [f"{text['to']}: {text['text']}" for text in phones.texts.values()]
    expected = f"{NUMBER}: New activity. Open to view."
    story.see(CLOSED, "without a device gets a text message", expected, ", ".join(texts))
    story.see(CLOSED, "whose device was ended hears no push", "1", str(len(phone.heard)))
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
