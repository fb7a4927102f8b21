"""Which model is in force: nothing is until a named person accepts it; the last one comes back.

A folder keeps a copy of every accepted model and one line for each decision. A copy is checked
against its hashes each time it is read; the lines are only ever added to.
"""

import datetime as dt
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

from tandem.kernel.maps import MapError
from tandem.triage.learn.model import Model, check_model, load_model, model_id

MODELS, DECISIONS = "models", "decisions.jsonl"
ACCEPTED, RESTORED, WITHDRAWN = "accepted", "restored", "withdrawn"
LONGEST_NAME = 200


class NotAccepted(MapError):
    """The decision cannot stand; what was in force stays in force."""


@dataclass(frozen=True)
class Decision:
    """One act of a person.

    Attributes:
        act: `accepted`, `restored` (the one before) or `withdrawn` (the rules alone).
        model: the id of the model in force from then on; blank for the rules alone.
        by: who decided.
        at: when, UTC.
        reason: why, in their words; may be blank.
    """

    act: str
    model: str
    by: str
    at: str
    reason: str


def accept(shelf: Path, folder: Path, *, by: str, reason: str = "") -> Decision:
    """Put a trained model in force.

    Raises NotAccepted without a name, ModelRefused for a folder that is no model or was changed.
    """
    person = _named(by)
    load_model(folder)
    hashes = check_model(folder)
    name = model_id(folder)
    target = shelf / MODELS / name
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(f"{name}.{os.getpid()}.new")
        fresh.mkdir()
        for each in (*hashes, "manifest.json"):
            shutil.copyfile(folder / each, fresh / each)
        fresh.rename(target)
    check_model(target)
    return _decide(shelf, ACCEPTED, name, person, reason)


def restore(shelf: Path, *, by: str, reason: str = "") -> Decision:
    """Bring the model back that was in force before; without one, the rules alone."""
    person = _named(by)
    standing = _standing(shelf)
    if not standing:
        raise NotAccepted("No model is in force, so there is none to go back from.")
    previous = standing[-2] if len(standing) > 1 else ""
    if previous:
        check_model(shelf / MODELS / previous)
    return _decide(shelf, RESTORED if previous else WITHDRAWN, previous, person, reason)


def in_force(shelf: Path) -> tuple[str, Path] | None:
    """The id and folder of the model in force; None where the rules stand alone."""
    standing = _standing(shelf)
    return (standing[-1], shelf / MODELS / standing[-1]) if standing else None


def model_in_force(shelf: Path) -> Model | None:
    """The model in force, checked; None where the rules stand alone."""
    found = in_force(shelf)
    return load_model(found[1]) if found else None


def decisions(shelf: Path) -> list[Decision]:
    """Every decision, the first first; raises NotAccepted where the file cannot be read."""
    path = shelf / DECISIONS
    if not path.exists():
        return []
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [Decision(**json.loads(line)) for line in lines if line.strip()]
    except (OSError, ValueError, TypeError):
        raise NotAccepted(
            f"{path} cannot be read, so nobody can say which model is in force; the rules alone are"
            " used. Restore the file from a copy."
        ) from None


def _standing(shelf: Path) -> list[str]:
    """The models that were put in force and not gone back from, the one in force last."""
    standing: list[str] = []
    for decision in decisions(shelf):
        if decision.act == ACCEPTED:
            standing.append(decision.model)
        elif standing:
            standing.pop()
    return standing


def _named(by: str) -> str:
    person = " ".join(by.split())
    if not person or len(person) > LONGEST_NAME:
        raise NotAccepted("A model is put in force by a person: give the name with --by.")
    return person


def _decide(shelf: Path, act: str, name: str, by: str, reason: str) -> Decision:
    at = dt.datetime.now(dt.UTC).isoformat(timespec="seconds")
    decision = Decision(act, name, by, at, reason.strip())
    shelf.mkdir(parents=True, exist_ok=True)
    with (shelf / DECISIONS).open("a", encoding="utf-8") as lines:
        lines.write(json.dumps(asdict(decision), ensure_ascii=False) + "\n")
        lines.flush()
        os.fsync(lines.fileno())
    return decision
