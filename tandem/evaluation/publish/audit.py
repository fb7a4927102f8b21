"""The attack on a whole ledger: everything ever published together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tandem.evaluation.publish.attack import attack, settle
from tandem.evaluation.publish.derive import parts_of, quantities_again
from tandem.evaluation.publish.ledger import Ledger


def attack_ledger(ledger: Ledger | str | Path) -> dict[str, Any]:
    """`ok`, how many releases and numbers not shown, and the words of each number solved.

    Withdrawn releases count as known. Raises PublishError.
    """
    book = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
    releases = book.releases()
    hidden = 0
    solved: list[str] = []
    for group in _groups(releases):
        quantities = [q for release in group for q in quantities_again(dict(release))]
        hidden += sum(1 for q in quantities if q.hidden)
        parts: dict[str, str] = {}
        within: dict[str, dict[str, str]] = {}
        open_ended: set[tuple[str, str]] = set()
        for release in group:
            lines = [{**line, "of": "of" in line or False} for line in release["cells"]]
            parts.update(parts_of(release["subject"], lines))
            for name, pairs in release["within"].items():
                within.setdefault(name, {}).update(pairs)
            open_ended |= {(d, v) for d, v in release["open_ended"]}
        lattice = settle(quantities, part_of=parts, within=within, open_ended=open_ended)
        solved += [found.target.words for found in attack(lattice, quantities)]
    return {"ok": not solved, "releases": len(releases), "hidden": hidden, "solved": solved}


def _groups(releases: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Releases that share a series, directly or through others."""
    groups: list[tuple[set[str], list[Mapping[str, Any]]]] = []
    for release in releases:
        series = {q.series for q in quantities_again(dict(release))}
        members: list[Mapping[str, Any]] = [release]
        rest = []
        for names, held in groups:
            if names & series:
                series, members = series | names, [*held, *members]
            else:
                rest.append((names, held))
        groups = [*rest, (series, members)]
    return [members for _, members in groups]
