"""What in the data counts nowhere, told beside the numbers: rows of no encounter, foreign words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tandem.evaluation.events.axis_words import AXIS_WORDS

if TYPE_CHECKING:
    from tandem.evaluation.measures.sources import Events

# Tables whose rows are nothing without their encounter.
HANGING = ("steps", "axes")
SHOWN = 3


def notes_on(events: Events) -> list[str]:
    """Sentences on rows that no measure can see; none where the tables fit together."""
    told = [line for name in HANGING if (line := _orphans(events, name))]
    return [*told, *_foreign_words(events)]


def _orphans(events: Events, name: str) -> str:
    if not (events.has(name) and events.has("encounters")):
        return ""
    rows, whole = events.table(name), events.table("encounters").select("encounter_id")
    count = int(rows.anti_join(whole, "encounter_id").count().to_pyarrow().as_py())
    if not count:
        return ""
    return (
        f"{count} rows of the table {name} name an encounter that the table encounters does not"
        " hold: they count nowhere. Compare how both write the key (capitals, blanks)."
    )


def _foreign_words(events: Events) -> list[str]:
    if not events.has("axes"):
        return []
    axes = events.table("axes")
    tally = axes.group_by(["axis", "value"]).aggregate(rows=axes.count()).to_pyarrow().to_pylist()
    foreign = [row for row in tally if row["value"] not in (None, *AXIS_WORDS.get(row["axis"], ()))]
    if not foreign:
        return []
    foreign.sort(key=lambda row: (-row["rows"], str(row["axis"]), row["value"]))
    shown = "; ".join(_told(row) for row in foreign[:SHOWN])
    return [
        f"The table axes holds {len(foreign)} words that no shipped measure knows, such as {shown}."
        " They count as another answer, never as one of the known."
    ]


def _told(row: dict[str, Any]) -> str:
    near = {_plain(word): word for word in AXIS_WORDS.get(row["axis"], ())}
    meant = near.get(_plain(row["value"]))
    hint = f", which is {meant!r} written otherwise" if meant else ""
    return f"{row['axis']} {row['value']!r} ({row['rows']} rows{hint})"


def _plain(word: str) -> str:
    return "".join(letter for letter in word.casefold() if letter.isalnum())
