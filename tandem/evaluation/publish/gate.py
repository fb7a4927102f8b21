"""The gate: the one function through which every number leaves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from tandem.evaluation.publish.attack import Contradiction, Solved, settle
from tandem.evaluation.publish.derive import (
    check_step,
    facts_of,
    parts_of,
    percent,
    quantities_again,
    quantities_of,
    rounded,
)
from tandem.evaluation.publish.lattice import Lattice, Quantity
from tandem.evaluation.publish.ledger import Ledger
from tandem.evaluation.publish.sentences import PublishError, say
from tandem.evaluation.publish.spelling import check_spelling
from tandem.evaluation.publish.suppress import is_small, protect
from tandem.evaluation.publish.table import ALL, Cell, Place, Table
from tandem.evaluation.publish.wider import Offer, offers

MOST_FALL = 0.5
PUBLIC_SET = "public set"


@dataclass(frozen=True)
class Outcome:
    """What became of a table: `status` is published, ready, wider or refused.

    `cells` holds the lines as the public may see them (None: not shown); empty unless published
    or ready. `sentence` says it to a person.
    """

    status: str
    sentence: str
    number: int | None = None
    cells: list[dict[str, Any]] = field(default_factory=list)
    shown: int = 0
    hidden: int = 0
    offers: list[Offer] = field(default_factory=list)
    solved: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """The shape that the command prints."""
        return {
            "status": self.status,
            "release": self.number,
            "sentence": self.sentence,
            "notes": self.notes,
            "shown": self.shown,
            "hidden": self.hidden,
            "cells": self.cells,
            "offers": [offer.as_json() for offer in self.offers],
            "solved": self.solved,
        }


def leave(
    table: Table,
    ledger: Ledger | str | Path | None,
    *,
    on: date | None = None,
    round_to: int = 1,
    withhold: bool = False,
    anyway: bool = False,
    write: bool = True,
    kind: str = "table",
) -> Outcome:
    """Publish a table, or say why not: the only way by which a number may leave.

    Counts of 1 to 10 are not shown, nor any number by which one of them, or a total, percentage
    or difference of 1 to 10, could be worked out from all releases of the ledger together; zero
    is shown. Where more than half of the numbers above zero would fall, nothing is published and
    the next wider period or area is offered (`anyway` publishes). Where an earlier release's
    hidden number would follow, nothing is published (`withhold` hides more of this table).
    `round_to` rounds counts; without `write` the ledger stays as it is. With ledger None, the
    table stands alone and is not kept. Raises PublishError.

    Source: CMS cell size suppression policy; complementary suppression audited by linear
    programming, as in Fischetti and Salazar (2000), over all releases instead of one table.
    """
    step = check_step(round_to)
    if ledger is None:
        return _leave(table, None, on, step, withhold=withhold, anyway=anyway, kind=kind)
    book = ledger if isinstance(ledger, Ledger) else Ledger(ledger)
    with book.alone():
        found = _leave(table, book, on, step, withhold=withhold, anyway=anyway, kind=kind)
        if found.status != "ready" or not write:
            return found
        facts = _facts(table, found, book.next_number(), on, step, kind)
        number = book.add(facts)
    words = say("published", number=number, shown=found.shown, hidden=found.hidden)
    # A mistyped path is a new, empty ledger, and the attack knows nothing of the real one.
    notes = [*found.notes, say("first")] if number == 1 else found.notes
    return Outcome("published", words, number, found.cells, found.shown, found.hidden, notes=notes)


def _leave(
    table: Table,
    book: Ledger | None,
    on: date | None,
    step: int,
    *,
    withhold: bool,
    anyway: bool,
    kind: str,
) -> Outcome:
    old = book.releases() if book else []
    number = book.next_number() if book else 1
    check_spelling(table, old)
    true = [quantities_of(table.subject, cell, number, step) for cell in table.cells]
    fresh = [quantity for cell in true for quantity in cell.values()]
    if kind == "outside":
        return _finish(table, true, fresh, step)
    _agree(table, fresh)
    try:
        lattice = lay(table, fresh, old)
        current, solved = protect(lattice, lattice.quantities, release=number, withhold=withhold)
    except Contradiction:
        raise PublishError(say("contradicts", subject=table.subject)) from None
    if solved:
        return _refuse(solved, number)
    mine = [quantity for quantity in current if quantity.release == number]
    above = sum(1 for q in fresh if q.low > 0)
    fallen = sum(1 for q in mine if q.hidden)
    if fallen > MOST_FALL * above and not anyway:
        wider = offers(table)
        words = say("wider" if wider else "no_wider", hidden=fallen, nonzero=above)
        return Outcome("wider", words, offers=wider, hidden=fallen)
    found = _finish(table, true, mine, step)
    if kind == PUBLIC_SET:
        # A line of rows that is not shown would still say that somebody fits its words.
        return replace(found, cells=[line for line in found.cells if line["count"] is not None])
    return found


def _agree(table: Table, fresh: Sequence[Quantity]) -> None:
    """The table's own numbers must be able to be true together."""
    settle(fresh, part_of=_parts(table), within=table.within, open_ended=open_ended(table))


def lay(table: Table, fresh: Sequence[Quantity], old: Sequence[Mapping[str, Any]]) -> Lattice:
    """The new table and every release that touches it on one lattice."""
    parts, within = _parts(table), {d: dict(pairs) for d, pairs in table.within.items()}
    more = set(open_ended(table))
    near = _touching({q.series for q in fresh}, parts, old)
    before: list[Quantity] = []
    for release in near:
        before += quantities_again(dict(release))
        parts.update(_parts_again(release))
        _merge_within(within, release["within"])
        more |= {(d, v) for d, v in release["open_ended"]}
    return settle([*before, *fresh], part_of=parts, within=within, open_ended=more)


def _touching(
    series: set[str], parts: Mapping[str, str], old: Sequence[Mapping[str, Any]]
) -> list[Mapping[str, Any]]:
    """The releases that count anything this table counts, directly or through another."""
    reached = series | set(parts) | set(parts.values())
    near: list[Mapping[str, Any]] = []
    rest = list(old)
    while True:
        found = []
        for release in rest:
            own = {q.series for q in quantities_again(dict(release))}
            if own & reached:
                found.append(release)
                reached |= own
        if not found:
            return sorted(near, key=lambda release: int(release["number"]))
        near += found
        rest = [release for release in rest if release not in found]


def _parts(table: Table) -> dict[str, str]:
    return parts_of(table.subject, [facts_of(cell) for cell in table.cells])


def _parts_again(release: Mapping[str, Any]) -> dict[str, str]:
    lines = [{**line, "of": "of" in line or False} for line in release["cells"]]
    return parts_of(release["subject"], lines)


def _merge_within(held: dict[str, dict[str, str]], more: Mapping[str, Mapping[str, str]]) -> None:
    for name, pairs in more.items():
        own = held.setdefault(name, {})
        for value, wider in pairs.items():
            if own.setdefault(value, wider) != wider:
                words = say("within_changed", value=value, old=wider, new=own[value])
                raise PublishError(words)


def open_ended(table: Table) -> list[tuple[str, str]]:
    """The (dimension, wider value) that hold more than their listed parts, by the true counts."""
    by_place: dict[tuple[str | None, Place], Cell] = {(c.measure, c.at): c for c in table.cells}
    verdict: dict[tuple[str, str], bool] = {}
    for name in {name for _, at in by_place for name, _ in at if name != "period"}:
        above = table.within.get(name, {})
        lines: dict[tuple[Any, ...], dict[str, int]] = {}
        for (measure, at), cell in by_place.items():
            named = dict(at)
            value = named.pop(name, ALL)
            whole = cell.count if cell.of is None else cell.of
            lines.setdefault((measure, *sorted(named.items())), {})[value] = whole
        for line in lines.values():
            for wider in {above.get(value, ALL) for value in line if value != ALL}:
                if wider in line:
                    parts = sum(
                        n for v, n in line.items() if v != ALL and above.get(v, ALL) == wider
                    )
                    more = parts < line[wider]
                    verdict[name, wider] = verdict.get((name, wider), False) or more
    return sorted(pair for pair, more in verdict.items() if more)


def _refuse(solved: Sequence[Solved], number: int) -> Outcome:
    found = [one.target.words for one in solved]
    own = all(one.target.release in (None, number) for one in solved)
    words = say("cannot_withhold" if own else "refused", count=len(found), first=found[0])
    return Outcome("refused", words, solved=found)


def _finish(
    table: Table, true: Sequence[Mapping[str, Quantity]], mine: Iterable[Quantity], step: int
) -> Outcome:
    """The lines as the public sees them."""
    ready = iter(mine)
    lines: list[dict[str, Any]] = []
    shown = hidden = 0
    for cell, own in zip(table.cells, true, strict=True):
        line: dict[str, Any] = {"at": dict(cell.at), "measure": cell.measure}
        line["population"] = cell.population
        for what in own:
            fell = next(ready).hidden
            line[what] = None if fell else rounded(getattr(cell, what), step)
            shown, hidden = shown + (not fell), hidden + fell
        whole = all(line[what] is not None for what in own)
        if cell.of is not None:
            line["percent"] = percent(line["count"], line["of"])
        if cell.unknown is not None and cell.of is not None and whole:
            line["percent_unknown"] = percent(line["unknown"], line["of"] + line["unknown"])
        if cell.statistics:
            safe = whole and step == 1 and not any(is_small(getattr(cell, what)) for what in own)
            line["values"] = dict(cell.statistics) if safe and cell.count else None
        lines.append(line)
    notes = [say("note")] + ([say("rounded", step=step)] if step > 1 else [])
    words = say("dry", shown=shown, hidden=hidden)
    return Outcome("ready", words, None, lines, shown, hidden, notes=notes)


def _facts(
    table: Table, found: Outcome, number: int, on: date | None, step: int, kind: str
) -> dict[str, Any]:
    """What the ledger keeps: what the public saw."""
    return {
        "number": number,
        "date": (on or date.today()).isoformat(),  # noqa: DTZ011
        "kind": kind,
        "title": table.title,
        "subject": table.subject,
        "round_to": step,
        "within": {name: dict(pairs) for name, pairs in table.within.items()},
        "open_ended": [list(pair) for pair in open_ended(table)],
        "cells": found.cells,
    }
