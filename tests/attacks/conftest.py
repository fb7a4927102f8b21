"""One running product for all live attacks, and a story on it: a call, a pair, two notes."""

from __future__ import annotations

import copy
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from tandem.demo.browser import Browser
from tests.harness import Product, product


@dataclass
class Stage:
    """The product, its people at their browsers, and raw ways in."""

    product: Product
    browsers: dict[str, Browser] = field(default_factory=dict)

    def at(self, persona: str) -> Browser:
        """The browser of a persona, signed in once; a copy, so that several may act at once."""
        if persona not in self.browsers:
            self.browsers[persona] = self.product.browser(persona)
        return copy.deepcopy(self.browsers[persona])

    def ask(self, question: str, *values: object, login: str = "superuser") -> list[Any]:
        """Rows of a question under a login."""
        with psycopg.connect(self.product.dsn(login), autocommit=True) as connection:
            return connection.execute(question.encode(), values).fetchall()

    def one(self, question: str, *values: object) -> Any:
        """The one value of a question."""
        return self.ask(question, *values)[0][0]

    def staff(self, persona: str) -> uuid.UUID:
        """A persona's key in the directory."""
        name = self.product.personas[persona].username
        return uuid.UUID(
            str(self.one("SELECT staff_id FROM identity_account WHERE username = %s", name))
        )

    def call(self, **more: object) -> str:
        """A new call of the feed."""
        event = {
            "external_id": str(uuid.uuid4()),
            "sequence": 1,
            "occurred_at": datetime.now(UTC).isoformat(),
            **more,
        }
        headers = {
            "Authorization": f"Bearer {self.product.feed_token()}",
            "Content-Type": "application/json",
        }
        feed = Browser(self.product.url)
        answer = feed._send("POST", "/api/v1/cad/events", json.dumps(event), headers)
        return str(json.loads(answer.text)["results"][0]["incident"])

    def unit(self, callsign: str) -> str:
        """A unit's key."""
        return str(self.one("SELECT id FROM directory_unit WHERE callsign = %s", callsign))

    def send(self, callsign: str, *crew: str, **call: object) -> tuple[str, str]:
        """Sign these people on, send their unit to a new call; the call and the encounter."""
        for persona in crew:
            self.at(persona).post("/duty/on/", unit=self.unit(callsign))
        key = self.call(**call)
        self.at("dispatcher").post(f"/desk/{key}/assign/", unit=callsign)
        found = self.one("SELECT id FROM dispatch_encounter WHERE call_id = %s", key)
        return key, str(found)

    def clear(self, call: str, callsign: str) -> None:
        """Set a unit free again."""
        self.at("dispatcher").post(f"/desk/{call}/status/", unit=callsign, state="cleared")


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do these things at the same moment; their answers in order."""
    barrier, answers = threading.Barrier(len(acts)), [None] * len(acts)

    def go(place: int, act: Callable[[], Any]) -> None:
        barrier.wait(timeout=10)
        answers[place] = act()

    threads = [threading.Thread(target=go, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return answers


def until(true: Callable[[], object], seconds: float = 10.0) -> float:
    """Wait until something is so; how long it took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not so within {seconds} s")
        time.sleep(0.05)
    return time.monotonic() - began


@pytest.fixture(scope="package")
def stage() -> Iterator[Stage]:
    """The whole product, started once for all attacks."""
    with product("attacks") as running:
        yield Stage(running)
