"""A learned score as a folder of plain text with hashes: loading runs no code, checks all bytes."""

import hashlib
import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from tandem.kernel.maps import MapError
from tandem.triage.learn.calls import Call
from tandem.triage.learn.features import features_of
from tandem.triage.learn.inputs import Inputs

FORMAT = 1
MODEL, CARD, MANIFEST = "model.json", "card.json", "manifest.json"
ID_LENGTH = 16


class ModelRefused(MapError):
    """The folder is no model, or not the one that was accepted; nothing was scored."""


@dataclass(frozen=True)
class Model:
    """A calibrated logistic regression over named features.

    Attributes:
        inputs: what it reads.
        weights: a feature's name = its weight; a name that is not here weighs nothing.
        intercept: of the regression.
        slope, shift: Platt's calibration of the log-odds (J. Platt, 1999).
        threshold: the working point.
        map_name: the map that it was learned through.
        trained: first and last day of its calls.
    """

    inputs: Inputs
    weights: dict[str, float]
    intercept: float
    slope: float
    shift: float
    threshold: float
    map_name: str
    trained: tuple[str, str]

    def score(self, call: Call) -> float:
        """The calibrated chance that the call involves a mental-health crisis, from 0 to 1."""
        found = features_of(call, self.inputs)
        odds = self.intercept
        odds += sum(value * self.weights.get(name, 0.0) for name, value in found.items())
        return 1 / (1 + math.exp(-max(-700.0, min(700.0, self.slope * odds + self.shift))))

    def scores(self, calls: Iterable[Call]) -> list[float]:
        """The score of each call, in order."""
        return [self.score(call) for call in calls]

    def because(self, call: Call, most: int = 5) -> list[tuple[str, float]]:
        """The features that moved the score most, with their share of the log-odds."""
        found = features_of(call, self.inputs)
        shares = [(name, value * self.weights.get(name, 0.0)) for name, value in found.items()]
        shares.sort(key=lambda share: -abs(share[1]))
        return [share for share in shares[:most] if share[1]]


def save_model(folder: Path, model: Model, card: dict[str, Any], papers: dict[str, str]) -> str:
    """Write a new model folder; its id, which is the hash of its parts.

    Args:
        folder: must not exist or be empty.
        model: the score.
        card: the model card.
        papers: further text files by name, such as the card for reading and the plot.

    Raises ModelRefused where something stands in the folder already: a model is never overwritten.
    """
    refuse_full(folder)
    folder.mkdir(parents=True, exist_ok=True)
    learned = {"format": FORMAT, **asdict(model)}
    files = {
        MODEL: json.dumps(learned, indent=1, sort_keys=True),
        CARD: json.dumps(card, indent=1, ensure_ascii=False),
        **papers,
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    hashes = {name: _hash(text.encode()) for name, text in sorted(files.items())}
    told = json.dumps({"format": FORMAT, "files": hashes}, indent=1)
    (folder / MANIFEST).write_text(told, encoding="utf-8")
    return model_id(folder)


def refuse_full(folder: Path) -> None:
    """Raise ModelRefused where something stands in the folder already."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ModelRefused(f"{folder} is not empty; no model is written over. Nothing was kept.")


def load_model(folder: Path) -> Model:
    """Read a model; every file must be the one that the manifest names.

    Raises ModelRefused in one sentence otherwise.
    """
    check_model(folder)
    learned = json.loads((folder / MODEL).read_text(encoding="utf-8"))
    if learned.pop("format", None) != FORMAT:
        raise ModelRefused(f"{folder} is of another version of this program; train it again.")
    inputs = learned.pop("inputs")
    try:
        chosen = Inputs(
            tuple(inputs["call_types"]), inputs["time"], inputs["answers"], inputs["remarks"]
        )
        trained = (str(learned["trained"][0]), str(learned["trained"][1]))
        return Model(**{**learned, "inputs": chosen, "trained": trained})
    except (KeyError, TypeError, IndexError) as fault:
        raise ModelRefused(f"{folder} holds no model that can be read: {fault}.") from None


def load_card(folder: Path) -> dict[str, Any]:
    """The model card of a checked folder."""
    check_model(folder)
    card: dict[str, Any] = json.loads((folder / CARD).read_text(encoding="utf-8"))
    return card


def check_model(folder: Path) -> dict[str, str]:
    """The hashes of a model's files; raises ModelRefused where one is missing or was changed."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        hashes = {str(name): str(value) for name, value in manifest["files"].items()}
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        raise ModelRefused(f"{folder} is no model: its {MANIFEST} cannot be read.") from None
    if not {MODEL, CARD} <= set(hashes):
        raise ModelRefused(f"{folder} is no model: {MODEL} or {CARD} is not in its {MANIFEST}.")
    for name, expected in hashes.items():
        if Path(name).name != name:
            raise ModelRefused(f"{folder} names a file outside itself: {name!r}.")
        try:
            found = _hash((folder / name).read_bytes())
        except OSError:
            raise ModelRefused(f"{folder} lacks its file {name}.") from None
        if found != expected:
            raise ModelRefused(
                f"{folder / name} is not what was trained: it was changed since. The model is not"
                " used; train it again or restore the previous one."
            )
    return hashes


def model_id(folder: Path) -> str:
    """The short name of a model: the hash of its manifest."""
    return _hash((folder / MANIFEST).read_bytes())[:ID_LENGTH]


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()
