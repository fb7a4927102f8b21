"""Numbers that follow from counts: rounded ones, percentages, what a reader learns of each."""

from __future__ import annotations

from typing import Any

from tandem.evaluation.publish.lattice import Quantity
from tandem.evaluation.publish.sentences import PublishError, say
from tandem.evaluation.publish.table import Cell, Place
from tandem.kernel.disclosure import SMALLEST

LARGEST_STEP = 1000
NUMBERS = ("count", "of", "unknown")


def check_step(step: Any) -> int:
    """The rounding step, 1 for none. Raises PublishError."""
    if isinstance(step, bool) or not isinstance(step, int) or not 1 <= step <= LARGEST_STEP:
        raise PublishError(say("bad_step", value=step))
    return step


def rounded(count: int, step: int) -> int:
    """The nearest multiple of `step`, halves up; zero stays, nothing else becomes less than 11."""
    if step == 1 or count == 0:
        return count
    least = -(-SMALLEST // step) * step
    return max(least, (2 * count + step) // (2 * step) * step)


def interval_of(shown: int, step: int) -> tuple[int, int]:
    """The counts that are shown as this number: what a reader learns of it."""
    if step == 1 or shown == 0:
        return shown, shown
    least = -(-SMALLEST // step) * step
    low = SMALLEST if shown == least else -(-(2 * shown - step) // 2)
    return low, -(-(2 * shown + step) // 2) - 1


def percent(count: int | None, of: int | None) -> float | None:
    """To one decimal, from the numbers as shown; None where one is not shown or there are none."""
    if count is None or not of:
        return None
    return round(100 * min(count, of) / of, 1)


def series_of(subject: str, cell: Any) -> dict[str, str]:
    """The name of what each number of a cell counts, so that releases can be laid together.

    A plain count counts the subject; a measure's n, N and unknown are series of their own, and N
    joins those of the same population.
    """
    measure, population = cell["measure"], cell["population"]
    base = f"{subject}, {measure}" if measure else subject
    if cell["of"] is not False:
        names = {"count": base if measure else f"{subject}, counted", "of": f"{base}, of"}
        names["of"] = population or (f"{base}, of" if measure else subject)
    else:
        names = {"count": base}
    return {**names, "unknown": f"{base}, unknown"}


def facts_of(cell: Cell) -> dict[str, Any]:
    """What names the series of a cell: `of` is False where it has no denominator."""
    has = cell.of is not None
    return {"measure": cell.measure, "population": cell.population, "of": has or False}


def quantities_of(subject: str, cell: Cell, release: int, step: int) -> dict[str, Quantity]:
    """The true numbers of a cell, each as the public would see it if all were shown."""
    names = series_of(subject, facts_of(cell))
    found: dict[str, Quantity] = {}
    for what in NUMBERS:
        count = getattr(cell, what)
        if count is None:
            continue
        # A small count keeps its own value here: it is hidden before anything else happens.
        small = 0 < count < SMALLEST
        low, high = (count, count) if small else interval_of(rounded(count, step), step)
        words = f"{cell.words()} ({what})" if what != "count" else cell.words()
        found[what] = Quantity(names[what], cell.at, low, high, release, words)
    return found


def quantities_again(release: dict[str, Any]) -> list[Quantity]:
    """The numbers of a release in the ledger, as the public saw them."""
    found: list[Quantity] = []
    for line in release["cells"]:
        names = series_of(release["subject"], {**line, "of": "of" in line or False})
        at: Place = tuple(sorted((str(k), str(v)) for k, v in line["at"].items()))
        where = ", ".join(f"{name} {value}" for name, value in at) or "everything"
        words = f"release {release['number']}: " + (
            f"{line['measure']}: {where}" if line["measure"] else where
        )
        for what in NUMBERS:
            if what not in line:
                continue
            shown = line[what]
            low, high = (1, None) if shown is None else interval_of(shown, release["round_to"])
            label = words if what == "count" else f"{words} ({what})"
            found.append(Quantity(names[what], at, low, high, release["number"], label))
    return found


def parts_of(subject: str, cells: list[dict[str, Any]]) -> dict[str, str]:
    """Which series counts a part of which other."""
    parts: dict[str, str] = {}
    for line in cells:
        if line["of"] is not False:
            names = series_of(subject, line)
            parts[names["count"]] = names["of"]
    return parts
