"""What axe says of a page: one set of rules for every test that asks."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe, AxeResults
from playwright.sync_api import Page

# What was found to be well is neither counted nor carried out of the browser: half the time.
BROKEN = {"resultTypes": ["violations"]}
RULES: dict[str, Any] = BROKEN | {
    "runOnly": {
        "type": "tag",
        "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    }
}
# What a page's light can change: ink, and how far things reach.
COLORS: dict[str, Any] = BROKEN | {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
}


def broken(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """The rules that this page breaks, each with the places where it does."""
    found: AxeResults = Axe().run(page, options=rules)
    return [
        f"{rule['id']}: {[node['html'][:200] for node in rule['nodes']]}"
        for rule in found.response["violations"]
    ]
