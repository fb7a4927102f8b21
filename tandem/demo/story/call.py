"""A call comes from the feed: committed, announced by one key, on the desk without a reload."""

from __future__ import annotations

import re
import time

from tandem.board.shown import shown_hash
from tandem.demo.browser import Browser, Stream
from tandem.demo.story.told import DESK, Story, event, send_events

FEED = "feed"


def play(story: Story) -> None:
    """Chapter 2."""
    desk = story.browsers[DESK]
    stream = desk.stream()
    try:
        story.see(DESK, "opens the stream", "200 hello", f"{stream.status} {stream.next()[0]}")
        began = time.monotonic()
        status, told = send_events(story.product, event("story-1", 3))
        _see_outcome(story, "sends a call", "200: new", status, told)
        story.call = told["results"][0]["incident"]
        name, data = stream.next()
        took = time.monotonic() - began
    finally:
        stream.close()
    got = f"{name} {data.get('keys')}"
    story.see(DESK, "hears of it on the stream", f"changed ['{story.call}']", got)
    story.see_that(
        DESK, "hears of it in time", "within 1 s", holds=took <= 1, else_=f"after {took:.2f} s"
    )
    fragment = desk.get("/desk/fragments/?regions=lists", **{"HX-Request": "true"})
    found = re.search(rf'data-key="{story.call}" data-number="(\d+)"', fragment.text)
    story.number = found[1] if found else ""
    whole = "<html" in fragment.text
    got = f"call {story.number or 'not'} in a {'page' if whole else 'fragment'}"
    story.see(DESK, "reads the list again", "call 0001 in a fragment", got)
    _see_row(story, desk, fragment.text)
    _go_on_sending(story)


def _see_row(story: Story, desk: Browser, lists: str) -> None:
    """What a page does afterwards: one row by its key; after a gap nothing, if nothing changed."""
    path = "/desk/fragments/?regions=lists"
    row = desk.get(f"{path}&keys={story.call}", **{"HX-Request": "true"}).text
    named = f'data-key="{story.call}"' in row
    got = f"{row.count('<tr ')} row{'' if named else ' of another call'}"
    story.see(DESK, "reads only the row that the key names", "1 row", got)
    same = desk.get(f"{path}&state={shown_hash(lists)}", **{"HX-Request": "true"})
    story.see(DESK, "comes back and shows the same already", "204", str(same.status))


def _see_outcome(
    story: Story, step: str, expected: str, status: int, told: dict[str, object]
) -> None:
    results = told.get("results")
    outcomes = [str(result["outcome"]) for result in results] if isinstance(results, list) else []
    story.see(FEED, step, expected, f"{status}: {', '.join(outcomes)}".strip(": "))


def _go_on_sending(story: Story) -> None:
    """Duplicates, corrections, late ones and bad ones, each with its word."""
    first = event("story-1", 3)
    late = event("story-1", 2, call_type="DISTURBANCE")
    later = event("story-1", 4, priority=1)
    bad = {**event("story-2", 1), "occurred_at": "yesterday"}
    for step, body, expected in (
        ("sends the same number again", first, "200: duplicate"),
        ("sends a correction", later, "200: updated"),
        ("sends the correction again", later, "200: duplicate"),
        ("sends what came before", late, "200: stale"),
        ("sends an event without a time", bad, "422: rejected"),
        (
            "sends a good and a bad one together",
            [event("story-3", 1, priority=3), bad],
            "200: new, rejected",
        ),
    ):
        status, told = send_events(story.product, body)
        _see_outcome(story, step, expected, status, told)
    status, told = send_events(story.product, first, token="nobody")  # noqa: S106
    got = f"{status} {told.get('title')}"
    story.see(FEED, "sends with an unknown token", "401 No feed has this token.", got)


def keys_until(stream: Stream, wanted: str) -> bool:
    """Whether the stream brings this key within the browser's patience."""
    while True:
        name, data = stream.next()
        if name in {"closed", "bye"}:
            return False
        keys = data.get("keys")
        if isinstance(keys, list) and wanted in keys:
            return True
