"""The best roster so far and its bound, kept in a folder, so that a stopped search goes on."""

import datetime as dt
import hashlib
import json
from dataclasses import asdict
from pathlib import Path
from tempfile import NamedTemporaryFile

from tandem.planning.roster.month import Month

# Who works which slot on which day; an empty slot stands for a day on call.
Chosen = frozenset[tuple[str, dt.date, str]]
FORMAT = 1
# No month is worth so much: the solver counts in 64 bits.
BEYOND = 2.0**53


class Kept:
    """One month's place in a folder; another month, or the same with another rule, has another."""

    def __init__(self, folder: Path, month: Month) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        told = json.dumps([FORMAT, asdict(month)], default=_plain, sort_keys=True)
        name = hashlib.sha256(told.encode()).hexdigest()[:24]
        self.path = folder / f"roster-{name}.json"

    def save(self, chosen: Chosen, bound: float) -> None:
        """Keep a roster; the file is there whole or not at all."""
        told = {"bound": bound, "chosen": sorted([a, b.isoformat(), c] for a, b, c in chosen)}
        with NamedTemporaryFile("w", dir=self.folder, suffix=".half", delete=False) as target:
            half = Path(target.name)
            try:
                json.dump(told, target)
                target.close()
                half.replace(self.path)
            except BaseException:
                half.unlink(missing_ok=True)
                raise

    def load(self) -> tuple[Chosen, float] | None:
        """The roster kept and its bound; None where there is none that can be read."""
        try:
            told = json.loads(self.path.read_bytes())
            chosen = frozenset((a, dt.date.fromisoformat(b), c) for a, b, c in told["chosen"])
            bound = float(told["bound"])
        except (OSError, ValueError, TypeError, KeyError, OverflowError, RecursionError):
            return None
        return (chosen, bound) if abs(bound) < BEYOND else None


def _plain(value: object) -> object:
    """A set in an order, for it has none of its own; days and times as they are written."""
    return sorted(map(repr, value)) if isinstance(value, frozenset) else str(value)
