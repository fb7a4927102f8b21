"""How far each design can be believed: the ladder of ranks, and which method stands on which rung.

The order follows the Maryland Scientific Methods Scale (Sherman et al. 1998), turned so that 1 is
the strongest, with interrupted time series above comparisons at a single time as EPOC (2017) ranks
them.
"""

from dataclasses import dataclass

LOWEST_RANK = 5
RANKS = {
    1: "randomized, analyzed as assigned",
    2: "before and after, beside a comparison that was not treated",
    3: "one course over time against its own past",
    4: "records made similar by weights or matching, not by chance",
    5: "a comparison that a key assumption no longer carries",
}


@dataclass(frozen=True)
class Design:
    """One kind of study: its name, its rank when its checks hold, and what it needs of the file."""

    name: str
    rank: int
    needs: tuple[str, ...]


DESIGNS = {
    "interrupted-time-series": Design("interrupted time series", 3, ("time",)),
    "difference-in-differences": Design("difference-in-differences", 2, ("unit", "time")),
    "callaway-santanna": Design(
        "difference-in-differences with staggered starts", 2, ("unit", "time", "group")
    ),
    "sun-abraham": Design(
        "difference-in-differences with staggered starts", 2, ("unit", "time", "group")
    ),
    "two-way-fixed-effects": Design("two-way fixed effects", 3, ("unit", "time")),
    "synthetic-control": Design("synthetic control", 2, ("unit", "time")),
    "inverse-probability-weighting": Design("inverse probability weighting", 4, ("group",)),
    "overlap-weighting": Design("overlap weighting", 4, ("group",)),
    "matching": Design("matching", 4, ("group",)),
    "randomized": Design("randomized assignment", 1, ("group",)),
}


def rank_of(method: str, *, failed: bool) -> int:
    """The design's rank; a failed key assumption costs one rung.

    1 is the strongest. Where chance did not hold (a failed trial), the rank is that of weights.
    """
    rank = DESIGNS[method].rank
    if not failed:
        return rank
    return 4 if rank == 1 else min(rank + 1, LOWEST_RANK)
