"""Plays the story as each persona over HTTP, prints what came of it, and keeps it as JSON."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from tandem.demo.story import (
    advice,
    call,
    charting,
    desks,
    emergency,
    files,
    hazards,
    leading,
    office,
    persons,
    phones,
    records,
    reports,
    requests,
    sending,
    signing_in,
    walls,
)
from tandem.demo.story.told import Step, Story
from tandem.demo.throwaway import Product, throwaway
from tandem.kernel.instance import checkout

CHAPTERS: dict[str, Callable[[Story], None]] = {
    "signing in": signing_in.play,
    "a call": call.play,
    "sending a pair": sending.play,
    "advice": advice.play,
    "a hazard": hazards.play,
    "an emergency": emergency.play,
    "two records": records.play,
    "forms and instruments": charting.play,
    "persons and cautions": persons.play,
    "the walls": walls.play,
    "files": files.play,
    "two desks": desks.play,
    "a worker asked for": requests.play,
    "a CAD that leads": leading.play,
    "a closed phone": phones.play,
    "the first report": reports.play,
    "the offices": office.play,
}
WIDTHS = (18, 46, 44)


def report_file() -> Path:
    """Where the outcome is kept."""
    return checkout() / "build" / "check.json"


@dataclass(frozen=True)
class Outcome:
    """Every step, and how long the story took."""

    steps: list[Step]
    seconds: float

    @property
    def ok(self) -> bool:
        """Whether everything came as expected, and anything at all."""
        return bool(self.steps) and all(step.ok for step in self.steps)

    def lines(self) -> list[str]:
        """The table and its sum."""
        wrong = sum(not step.ok for step in self.steps)
        total = f"{len(self.steps)} steps, {wrong} not as expected, {self.seconds:.0f} s"
        return [*table(self.steps), f"{total}: {report_file()}"]


def run_check() -> Outcome:
    """The whole story on an installation of its own, kept as the contract's JSON."""
    report_file().unlink(missing_ok=True)
    began = time.monotonic()
    with throwaway("check") as product:
        steps = play(product)
    outcome = Outcome(steps, time.monotonic() - began)
    keep(steps, ok=outcome.ok)
    return outcome


def play(product: Product) -> list[Step]:
    """Every chapter in turn; one that breaks off is a row, and the next is still played."""
    story = Story(product)
    for name, chapter in CHAPTERS.items():
        try:
            chapter(story)
        except Exception as wrong:  # the table tells it, and the other chapters
            story.see("check", name, "told to its end", f"{type(wrong).__name__}: {wrong}")
    return story.steps


def keep(steps: Iterable[Step], *, ok: bool) -> None:
    """Write the contract's JSON."""
    path = report_file()
    path.parent.mkdir(exist_ok=True)
    document = {"ok": ok, "steps": [step.as_json() for step in steps]}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(steps: Iterable[Step]) -> list[str]:
    """One line for each step; what came instead stands below a line that failed."""
    lines = [_line("persona", "step", "expected", "")]
    for step in steps:
        lines.append(_line(step.persona, step.step, step.expected, "ok" if step.ok else "NO"))
        if not step.ok:
            lines.append(f"{'':{WIDTHS[0]}} got: {step.got}")
    return lines


def _line(*cells: str) -> str:
    *texts, verdict = cells
    cut = (_cut(text, width).ljust(width) for text, width in zip(texts, WIDTHS, strict=True))
    return f"{' '.join(cut)} {verdict}".rstrip()


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: width - 1]}…"
