"""One product and one chromium for all journeys of a run; every tab is judged when it closes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.harness import Product, product
from tests.journeys.stage import Seat, Stage


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every journey wants a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def running() -> Iterator[Product]:
    """The whole product, until the last journey ended."""
    with product("journeys") as started:
        yield started


@pytest.fixture(scope="session")
def stage(running: Product, chromium: Browser) -> Stage:
    """Where journeys are played."""
    return Stage(running, chromium)


@pytest.fixture
def sit(stage: Stage) -> Iterator[Callable[..., Seat]]:
    """A person's tab; at the end none may have complained or asked another origin."""
    seats: list[Seat] = []

    def take(persona: str, **more: Any) -> Seat:
        seats.append(stage.seat(persona, **more))
        return seats[-1]

    yield take
    complaints = {seat.persona: seat.complaints() for seat in seats if seat.complaints()}
    for seat in seats:
        seat.context.close()
    assert complaints == {}
