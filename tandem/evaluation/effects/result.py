"""What a method hands back, and the one JSON shape in which every result leaves the engine."""

import math
from dataclasses import dataclass, field
from typing import Any

CHECKED, FAILED, NOT_CHECKABLE = "checked", "failed", "not checkable"


@dataclass(frozen=True)
class Assumption:
    """One thing that must hold for the estimate to mean what it says."""

    name: str
    state: str
    sentence: str
    key: bool = True

    def as_json(self) -> dict[str, str]:
        return {"name": self.name, "state": self.state, "sentence": self.sentence}


@dataclass(frozen=True)
class Picture:
    """One drawing as data; its table is the same rows.

    `lines` draws every further column over the first; `points` and `forest` an estimate with low
    and
    high, side by side or one below the other; `dots` two values for each row. `marks` are places
    between the rows, with a word each.
    """

    kind: str
    title: str
    columns: tuple[str, ...]
    rows: list[list[Any]]
    marks: dict[str, float] = field(default_factory=dict)
    null: float | None = None

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "title": self.title,
            "columns": list(self.columns),
            "rows": [[plain(cell) for cell in row] for row in self.rows],
            "marks": {word: plain(at) for word, at in self.marks.items()},
            "null": self.null,
        }


@dataclass
class Effect:
    """The outcome of one method on one study.

    `estimate` and `interval` are on `scale` ("difference", "rate ratio", ...); `null` is the value
    of no effect there (0 or 1). `too_little` is the reason why no number is given. `said` are the
    method's own sentences about what was found, where it has them.
    """

    estimand: str
    scale: str
    null: float
    n: int
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    level: float = 0.95
    p: float | None = None
    diagnostics: dict[str, Any] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    placebo: dict[str, Any] | None = None
    too_little: str | None = None
    warnings: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def withhold(self, reason: str) -> "Effect":
        """Give no number: the data are too few, and this is why."""
        self.estimate = self.interval = self.p = None
        self.too_little = reason
        return self

    @property
    def failed(self) -> bool:
        """Whether a key assumption failed."""
        return any(one.state == FAILED and one.key for one in self.assumptions)


def p_words(p: float) -> str:
    """A p as a sentence holds it: three decimals, and never 0."""
    return "p below 0.001" if p < 0.001 else f"p {p:.3f}"  # noqa: PLR2004


def plain(value: Any) -> Any:
    """The value as JSON may hold it: numpy's scalars become Python's, what is not finite null."""
    if isinstance(value, dict):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if hasattr(value, "item") and getattr(value, "ndim", 0) == 0:
        value = value.item()
    elif hasattr(value, "tolist"):
        return plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
