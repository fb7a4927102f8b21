"""The crisis desk and the wall on their return after a gap, and the wall as time passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from .contexts import timer
from .live import World, serve_live
from .preview import all_contexts
from .test_scripts import came_back, until

pytestmark = pytest.mark.browser


@pytest.fixture
def world() -> World:
    """An invented server."""
    return World()


@pytest.fixture
def page(chromium: Browser, world: World) -> Iterator[Page]:
    """A window at it."""
    server, address = serve_live(world)
    context = chromium.new_context(viewport={"width": 1366, "height": 900}, base_url=address)
    yield context.new_page()
    world.open_stream = False
    context.close()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["crisis_desk", "wall"])
def test_every_desk_and_the_wall_are_held_against_a_fresh_one_on_return(
    page: Page, world: World, name: str
) -> None:
    page.goto(f"/en/dark/{name}")
    until(lambda: world.streams == 1)
    own, servers = came_back(page, world)
    assert own == servers
    world.instead[name] = elsewhere()[name]
    own, servers = came_back(page, world)
    assert own != servers
    expect(page.get_by_text("Somewhere else")).to_be_visible()
    own, servers = came_back(page, world)
    assert own == servers


def elsewhere() -> dict[str, Any]:
    """What both pages would show if they had missed nothing."""
    drawn = all_contexts()
    drawn["crisis_desk"]["crisis"].contacts[0].holder = "Somewhere else"
    drawn["wall"]["wall"].rest[0].units = ["Somewhere else"]
    return drawn


def test_a_call_goes_to_the_walls_other_column_with_its_time_alone(
    page: Page, world: World
) -> None:
    world.instead = all_contexts()
    shown = world.instead["wall"]["wall"]
    shown.overdue, shown.rest = [], shown.rest[:1]
    shown.rest[0].timer = timer(119, 120)
    page.goto("/en/dark/wall")
    # No news comes: that its limit passed makes the page ask.
    shown.overdue, shown.rest = shown.rest, []
    late = page.get_by_role("region", name="Past its limit").get_by_role("listitem")
    expect(late).to_have_text(re.compile("^0400"))
