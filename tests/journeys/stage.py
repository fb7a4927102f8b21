"""What every journey stands on: people at tabs, calls from the feed, pairs that are sent."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Request

from tandem.demo.browser import Browser, keys_in
from tandem.demo.story.sending import unit_key
from tandem.demo.story.told import Story, event, send_events
from tandem.demo.throwaway import Product

PHONE, DESKTOP = (360, 740), (1366, 900)
FIELD = {"PO", "CRU", "MCW"}
_numbers: Iterator[int] = itertools.count(1)


@dataclass
class Seat:
    """One person at one tab, with everything that went wrong there."""

    persona: str
    page: Page
    context: BrowserContext
    url: str
    expected: tuple[str, ...]
    said: list[str] = field(default_factory=list)
    away: list[str] = field(default_factory=list)

    def watch(self, page: Page) -> Page:
        """Note what this tab's console says and where its requests go."""
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.on("request", self._on_request)
        return page

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.said.append(message.text)

    def _on_request(self, request: Request) -> None:
        if urlsplit(request.url).netloc != urlsplit(self.url).netloc:
            self.away.append(request.url)

    def go(self, path: str) -> Page:
        """Open a page of the product."""
        self.page.goto(self.url + path)
        return self.page

    def another_tab(self) -> Page:
        """The same person after the first tab died."""
        self.page = self.watch(self.context.new_page())
        return self.page

    def complaints(self) -> list[str]:
        """What nobody expected."""
        known = [text for text in self.said if not any(word in text for word in self.expected)]
        return [*known, *(f"request to {url}" for url in self.away)]


@dataclass
class Stage:
    """The product, one chromium, and who is signed in already."""

    product: Product
    chromium: Chromium
    browsers: dict[str, Browser] = field(default_factory=dict)

    def browser(self, persona: str) -> Browser:
        """A signed-in person over plain HTTP; one sign-in for the whole run."""
        if persona not in self.browsers:
            self.browsers[persona] = self.product.browser(persona)
        return self.browsers[persona]

    def role(self, persona: str) -> str:
        """The people-role that a persona has."""
        return self.product.personas[persona].role

    def seat(
        self,
        persona: str,
        *,
        theme: str = "light",
        expected: tuple[str, ...] = (),
        cookies: dict[str, str] | None = None,
        size: tuple[int, int] | None = None,
    ) -> Seat:
        """A tab in which the person is signed in already: a phone in the field, else a desk."""
        if cookies is None:
            cookies = self.browser(persona).cookies
        narrow = persona in self.product.personas and self.role(persona) in FIELD
        width, height = size or (PHONE if narrow else DESKTOP)
        context = self.chromium.new_context(
            viewport={"width": width, "height": height}, has_touch=narrow, reduced_motion="reduce"
        )
        context.set_default_timeout(10000)
        kept = {name: word for name, word in cookies.items() if name != "tandem_said"}
        context.add_cookies(
            [
                {"name": name, "value": word, "url": self.product.url}
                for name, word in {**kept, "tandem_theme": theme}.items()
            ]
        )
        seat = Seat(persona, context.new_page(), context, self.product.url, expected)
        seat.watch(seat.page)
        return seat

    def call(self, place: str = "Riverside Park", **more: object) -> str:
        """A call from the feed; its key."""
        body = event(f"journey-{next(_numbers)}", 1, location={"text": place}, **more)
        _, told = send_events(self.product, body)
        return str(told["results"][0]["incident"])

    def number(self, call: str) -> str:
        """The number that the desk gives a call."""
        text = self.browser("dispatcher").get("/desk/fragments/?regions=lists").text
        found = re.search(rf'data-key="{call}" data-number="\d+" data-short="(\d+)"', text)
        return found[1] if found else ""

    def on_duty(self, callsign: str, *personas: str) -> None:
        """Everybody of the unit, signed on and free; what they ran before is cleared."""
        story = Story(self.product, browsers={who: self.browser(who) for who in personas})
        for persona in personas:
            self.leave(persona)
            key = unit_key(story, persona, callsign)
            page = self.browser(persona).post("/duty/on/", unit=key)
            assert f"You are on duty: {callsign}" in page.text, persona

    def leave(self, persona: str) -> None:
        """Clear the calls of a person and sign them off."""
        browser = self.browser(persona)
        for encounter in keys_in(browser.get("/my-calls/").text, r"/encounters/KEY/"):
            page = browser.get(f"/encounters/{encounter}/")
            for member in keys_in(page.text, r"/my-calls/step/KEY/"):
                browser.post(f"/my-calls/step/{member}/?state=cleared")
        browser.post("/duty/off/", reason="end")

    def send(self, callsign: str, call: str) -> None:
        """The dispatcher's one act."""
        page = self.browser("dispatcher").post(f"/desk/{call}/assign/", script=True, unit=callsign)
        assert page.status == 200, page.text

    def encounter(self, persona: str, call: str) -> str:
        """The encounter that a call became for a person who was sent."""
        number = f"{int(self.number(call)):04d}"
        text = self.browser(persona).get("/my-calls/").text
        found = re.search(rf'href="/encounters/([0-9a-f-]{{36}})/">Call {number}<', text)
        assert found, f"{persona} was not sent to {number}"
        return found[1]

    def pair_sent(self, callsign: str, *personas: str) -> tuple[str, str]:
        """A pair on a new call; the call's key and the encounter's."""
        self.on_duty(callsign, *personas)
        call = self.call()
        self.send(callsign, call)
        return call, self.encounter(personas[0], call)


def texts_in(pages: Sequence[str], *words: str) -> list[str]:
    """Which of these words stand on any of these pages."""
    return [word for word in words if any(word in page for page in pages)]
