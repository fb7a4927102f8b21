"""What axe says of a page: one set of rules for every test that asks."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
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
ASK = """async (rules) => (await axe.run(rules)).violations.map(rule =>
    `${rule.id}: ${JSON.stringify(rule.nodes.map(node => node.html.slice(0, 200)))}`)"""


def broken(page: Page, rules: dict[str, Any] = RULES) -> list[str]:
    """The rules that this page breaks, each with the places where it does."""
    # A page that was asked before has heard of axe: its script is half a megabyte.
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    found: list[str] = page.evaluate(ASK, rules)
    return found
