"""What a measure says: its number, how sure it is, what is unknown, and when it says nothing."""

from dataclasses import dataclass, field
from typing import Any

from tandem.evaluation.intervals import (
    exact_poisson,
    order_ranks,
    percentile,
    value_at,
    wilson,
)
from tandem.evaluation.measures.definition import Measure, Part
from tandem.evaluation.measures.facts import Cost
from tandem.evaluation.measures.periods import Period

NOBODY_KNOWN = "not computed: no unit with a known answer"


@dataclass(frozen=True)
class Key:
    """Which rows: the period, and one value of one stratum; a blank stratum is everybody."""

    period: Period
    stratum: str
    value: Any


@dataclass
class Tally:
    """The counts behind one result: `unsure` of the unknown may not belong to the population."""

    total: int
    unknown: int
    unsure: int
    n: int | None
    value: float | None
    exposure: float | None
    values: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)

    @classmethod
    def of(cls, row: dict[str, Any], place: int) -> "Tally":
        """From the row that the engine gave back."""
        return cls(
            int(row[f"N{place}"] or 0),
            int(row[f"u{place}"] or 0),
            int(row[f"m{place}"] or 0),
            None if f"n{place}" not in row else int(row[f"n{place}"] or 0),
            row.get(f"v{place}"),
            row.get(f"e{place}"),
        )


@dataclass(frozen=True)
class Result:
    """One number; the shape is a contract (`docs/reference/measures.md`)."""

    id: str
    part: str
    version: str
    unit: str
    statistic: str
    period: str
    stratum: dict[str, str]
    n: float | None
    N: int | None
    value: float | None
    interval: tuple[float, float] | None
    interval_kind: str
    level: float
    percent_unknown: float | None
    comparable: bool
    not_comparable: str
    not_computed: str | None

    def as_json(self) -> dict[str, Any]:
        """The contract's shape."""
        return {
            **self.__dict__,
            "interval": list(self.interval) if self.interval else None,
        }

    def sentence(self) -> str:
        """The same for a person, in one line."""
        if self.not_computed:
            return self.not_computed
        told = f"{self.value:.4g}"
        if self.interval:
            told += f" ({self.interval[0]:.4g} to {self.interval[1]:.4g}, {self.interval_kind})"
        told += f"; n {self.n:g} of N {self.N}, {self.percent_unknown:.1f} % unknown"
        return told if self.comparable else f"{told}; not comparable: {self.not_comparable}"


def not_computed(measure: Measure, part: Part, reason: str) -> Result:
    """A measure that says nothing, and why."""
    return Result(
        id=measure.id, part=part.name, version=measure.version, unit=part.unit,
        statistic=part.statistic, period="all", stratum={}, n=None, N=None, value=None,
        interval=None, interval_kind="", level=0.95, percent_unknown=None, comparable=False,
        not_comparable="", not_computed=reason,
    )  # fmt: skip


def as_result(
    measure: Measure,
    part: Part,
    key: Key,
    tally: Tally,
    *,
    level: float,
    comparable: str,
    cost: Cost | None,
) -> Result:
    """The number with its interval."""
    n, value, interval, kind = _number(part, tally, level, cost)
    # Where an unknown counts as a no it is in the total already; who may not belong is not.
    asked = tally.total + (tally.unknown if part.missing == "left_out" else tally.unsure)
    stratum = {key.stratum: "unknown" if key.value is None else str(key.value)}
    return Result(
        id=measure.id,
        part=part.name,
        version=measure.version,
        unit=part.unit,
        statistic=part.statistic,
        period=key.period.name,
        stratum=stratum if key.stratum else {},
        n=n,
        N=tally.total,
        value=value,
        interval=interval,
        interval_kind=kind,
        level=level,
        percent_unknown=100 * tally.unknown / asked if asked else 0.0,
        comparable=not comparable,
        not_comparable=comparable,
        not_computed=NOBODY_KNOWN if value is None else None,
    )


Number = tuple[float | None, float | None, tuple[float, float] | None, str]


def _number(part: Part, tally: Tally, level: float, cost: Cost | None) -> Number:
    if part.statistic == "proportion":
        n = tally.n or 0
        value = n / tally.total if tally.total else None
        return n, value, wilson(n, tally.total, level), "Wilson"
    if part.statistic == "cost" and cost is not None:
        n = tally.n or 0
        # Of nobody known, no dollars is no finding.
        if not tally.total:
            return n, None, None, "declared range"
        return n, n * cost.middle, (n * cost.low, n * cost.high), "declared range"
    if part.statistic in ("median", "percentile"):
        return _quantile(part, tally, level)
    return _summed(part, tally, level)


def _summed(part: Part, tally: Tally, level: float) -> Number:
    total, exposure = float(tally.value or 0), float(tally.exposure or 0)
    n = int(total)
    if part.statistic == "sum":
        return total, total / part.per if tally.total else None, None, ""
    if part.statistic == "share":
        return total, total / exposure if exposure else None, None, ""
    if part.statistic == "count":
        # Where nothing of the kind was ever recorded, zero cannot be told from not recorded.
        found = exact_poisson(n, 1.0, level) if tally.total else None
        return n, float(n) if tally.total else None, found, "exact Poisson"
    found = exact_poisson(n, exposure / part.per, level)
    return n, n / exposure * part.per if exposure > 0 else None, found, "exact Poisson"


def _quantile(part: Part, tally: Tally, level: float) -> Number:
    share = 0.5 if part.statistic == "median" else part.percent / 100
    middle = percentile(tally.values, tally.counts, share)
    ranks = order_ranks(tally.total, share, level) if tally.total else None
    interval = None
    if ranks:
        low, high = (value_at(tally.values, tally.counts, rank) for rank in ranks)
        interval = (low / part.per, high / part.per)
    value = None if middle is None else middle / part.per
    return tally.total, value, interval, "order statistics"
