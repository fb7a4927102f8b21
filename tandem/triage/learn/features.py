"""Turns a call into named numbers: the type, its kinds and words, the hour, answers and remarks.

Every feature has a name that a person can read, so a score can always be taken apart.
"""

import math
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache

from tandem.triage.learn.calls import Call
from tandem.triage.learn.inputs import Inputs
from tandem.triage.reader import read
from tandem.triage.types import default_reader

HOURS, DAYS, SATURDAY = 24.0, 7.0, 5
# Three waves follow the day's course and cannot follow one odd hour.
WAVES = 3
# Sparse pairs weigh less, so that they speak only where there is much to say.
PAIR = 0.3
_WORD = re.compile(r"[A-Z]+")


def features_of(call: Call, inputs: Inputs) -> dict[str, float]:
    """The features of a call, by name; only what `inputs` names is looked at."""
    found: dict[str, float] = {}
    weekend = call.when.weekday() >= SATURDAY
    for name in inputs.call_types:
        text = call.call_types.get(name, "")
        for feature in _of_type(name, text.upper()):
            found[feature] = 1.0
        if inputs.time and text:
            found[f"{name}+weekend={text.upper()}|{weekend}"] = PAIR
    if inputs.time:
        found |= _of_time(call)
        found[f"weekend={weekend}"] = 1.0
    for name in inputs.answers:
        # That nobody answered is an answer of its own, never a "no".
        found[f"answers.{name}={call.answers.get(name, 'not answered').casefold()}"] = 1.0
    if inputs.remarks:
        found |= _of_remarks(call.remarks)
    return found


@lru_cache(maxsize=20_000)
def _of_type(name: str, text: str) -> tuple[str, ...]:
    kinds = (f"{name}.kind={kind}" for kind in default_reader().read(text).kinds)
    words = (f"{name}.word={word}" for word in sorted(set(_WORD.findall(text))))
    return (f"{name}={text}", *kinds, *words)


def _of_time(call: Call) -> dict[str, float]:
    turn = 2 * math.pi * (call.when.hour + call.when.minute / 60) / HOURS
    waves = {}
    for wave in range(1, WAVES + 1):
        waves[f"hour.sin{wave}"] = math.sin(wave * turn)
        waves[f"hour.cos{wave}"] = math.cos(wave * turn)
    return waves


def _of_remarks(remarks: Iterable[str]) -> dict[str, float]:
    """What the reader finds, never the words themselves: words hold names, streets and numbers."""
    reading = read("\n".join(remarks))
    if reading.score is None:
        return {"remarks=not read": 1.0}
    found = {"remarks.score": reading.score}
    for piece in reading.evidence:
        state = "denied" if piece.negated else "supposed" if piece.hypothetical else piece.when
        found[f"remarks.cue={piece.cue}|{state}|{piece.who}"] = 1.0
    for cue in reading.safety:
        found[f"remarks.safety={cue.cue}"] = 1.0
    return found


def matrix_parts(
    rows: Iterable[Mapping[str, float]], vocabulary: Mapping[str, int]
) -> tuple[list[int], list[int], list[float]]:
    """The cells of a sparse matrix (row starts, columns, values), unknown features left out."""
    starts, columns, values = [0], [], []
    for row in rows:
        for name, value in row.items():
            place = vocabulary.get(name)
            if place is not None:
                columns.append(place)
                values.append(value)
        starts.append(len(columns))
    return starts, columns, values
