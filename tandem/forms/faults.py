"""How a form, a pack or an answer is refused: every fault as one sentence with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

MOST_TOLD = 20


@dataclass(frozen=True)
class Fault:
    """What is wrong, and where: the id of an item, or a word for the whole."""

    where: str
    sentence: str

    def as_json(self) -> dict[str, str]:
        return {"where": self.where, "sentence": self.sentence}


class FormRefused(Exception):
    """A definition or a pack is refused whole; nothing of it was kept."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)[:MOST_TOLD]
        self.left_off = max(0, len(faults) - MOST_TOLD)
        super().__init__(" ".join(fault.sentence for fault in self.faults))
