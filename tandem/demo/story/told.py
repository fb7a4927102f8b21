"""What the story has seen so far: one row for each thing that was expected, in words."""

from __future__ import annotations

import html
import http
import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tandem.demo.browser import Browser, Page
from tandem.demo.throwaway import Product

OFFICER, WORKER, DESK, OTHER_DESK = "cru-officer", "crisis-worker", "dispatcher", "dispatcher-2"
MOST_ATTEMPTS = 10


@dataclass(frozen=True)
class Step:
    """One expectation and what came instead, if anything did."""

    persona: str
    step: str
    expected: str
    got: str

    @property
    def ok(self) -> bool:
        """Whether it came as expected."""
        return self.expected == self.got

    def as_json(self) -> dict[str, object]:
        """The contract's shape."""
        return {
            "persona": self.persona,
            "step": self.step,
            "expected": self.expected,
            "got": self.got,
            "ok": self.ok,
        }


@dataclass
class Story:
    """The product it is played on, who is signed in, and the keys that were met on the way."""

    product: Product
    steps: list[Step] = field(default_factory=list)
    browsers: dict[str, Browser] = field(default_factory=dict)
    call: str = ""
    number: str = ""
    encounter: str = ""
    members: dict[str, str] = field(default_factory=dict)

    def see(self, persona: str, step: str, expected: str, got: str) -> None:
        """Write one row down."""
        self.steps.append(Step(persona, step, expected, got))

    def see_that(
        self, persona: str, step: str, expected: str, *, holds: bool, else_: object
    ) -> None:
        """The same where the expectation is a fact and not a text."""
        self.see(persona, step, expected, expected if holds else str(else_))


def plain(text: str) -> str:
    """What a person reads of a page: no marks, single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def sentence(page: Page) -> str:
    """What the page says about the last act: a refusal or an error first, then what was done."""
    for place in ("error__what", "refused__what", "toast__words"):
        found = re.search(rf'class="{place}"[^>]*>(.*?)</(?:p|span)>', page.text, re.DOTALL)
        if found:
            return plain(found[1])
    return ""


def answer(page: Page) -> str:
    """The status and the sentence."""
    return f"{page.status} {sentence(page)}".strip()


def wait_for(what: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not what():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def send_events(product: Product, body: object, *, token: str = "") -> tuple[int, dict[str, Any]]:
    """Post to the feed's door as an outside system does; status and answer.

    Told that nothing was stored (503), a sender waits and sends the same again.
    """
    for _attempt in range(MOST_ATTEMPTS):
        status, told = _post(product, body, token or product.feed_token())
        if status != http.HTTPStatus.SERVICE_UNAVAILABLE:
            break
        time.sleep(1)
    return status, told


def _post(product: Product, body: object, token: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(  # noqa: S310 (our own address)
        f"{product.url}/api/v1/cad/events",
        data=json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=15) as reply:  # noqa: S310
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def event(external_id: str, sequence: int, **more: object) -> dict[str, object]:
    """One event of the feed; types and places are invented."""
    return {
        "external_id": external_id,
        "sequence": sequence,
        "occurred_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "call_type": "WELFARE CHECK",
        "priority": 2,
        "location": {"text": "Riverside Park"},
        **more,
    }
