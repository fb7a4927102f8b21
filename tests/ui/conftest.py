"""One browser and one server of invented pages for all tests of the pages."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from .preview import CHROMIUM, FLAGS, all_contexts, serve


@pytest.fixture(scope="session")
def site() -> Iterator[str]:
    """The address of the invented pages, under the product's content security policy."""
    server, address = serve(all_contexts())
    yield address
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's chromium, once."""
    if not Path(CHROMIUM).exists():
        pytest.skip("chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()
