"""How far each design can be believed: the ladder of ranks, and which method stands on which rung.

The order follows the Maryland Scientific Methods Scale (Sherman et al. 1998), turned so that 1 is
the strongest, with interrupted time series above comparisons at a single time as EPOC (2017) ranks
them.
"""

from dataclasses import dataclass

LOWEST_RANK = 5
AFTER_FAILED_TRIAL = 4
TRIAL, COMPARISON, OWN_PAST, SIMILAR, WEAK = "trial", "comparison", "own past", "similar", "weak"
PICKED, DESCRIPTION, PLAN = "picked", "description", "plan"
# What each voice stands for; the sentences of a result are chosen by it, and only TRIAL names a
# cause.
MEANS = {
    TRIAL: "randomized, analyzed as assigned",
    COMPARISON: "before and after, beside a comparison that was not treated",
    OWN_PAST: "one course over time against its own past",
    SIMILAR: "records made similar by weights or matching, not by chance",
    PICKED: "people picked for many contacts, against their own usual level",
    DESCRIPTION: "a description of what was recorded, nothing made alike",
    PLAN: "a calculation before any result",
    WEAK: "a comparison whose key check failed",
}


@dataclass(frozen=True)
class Design:
    """One kind of study: its name, its rank and voice when its checks hold, what it needs.

    `begins`: with a `time`, it asks for a first treated period.
    """

    name: str
    rank: int
    voice: str
    needs: tuple[str, ...]
    begins: bool = True


_PANEL = ("unit", "time")
_STAGGERED = "difference-in-differences with staggered starts"
DESIGNS = {
    "interrupted-time-series": Design("interrupted time series", 3, OWN_PAST, ("time",)),
    "difference-in-differences": Design("difference-in-differences", 2, COMPARISON, _PANEL),
    "callaway-santanna": Design(_STAGGERED, 2, COMPARISON, _PANEL),
    "sun-abraham": Design(_STAGGERED, 2, COMPARISON, _PANEL),
    "two-way-fixed-effects": Design("two-way fixed effects", 3, COMPARISON, _PANEL),
    "synthetic-control": Design("synthetic control", 2, COMPARISON, _PANEL),
    "inverse-probability-weighting": Design(
        "inverse probability weighting", 4, SIMILAR, ("group",)
    ),
    "overlap-weighting": Design("overlap weighting", 4, SIMILAR, ("group",)),
    "matching": Design("matching", 4, SIMILAR, ("group",)),
    "repeat-contacts": Design(
        "repeat contacts by covariates", 4, SIMILAR, ("person", "time", "event", "group")
    ),
    "first-contact": Design(
        "first contact among competing events", 4, SIMILAR, ("person", "time", "event", "group")
    ),
    "frequent-contacts": Design("regression to the mean taken off", 4, PICKED, ("group",)),
    "sequential-monitoring": Design(
        "monitoring that may be looked at any day",
        5,
        DESCRIPTION,
        ("time", "group"),
        begins=False,
    ),
    "disparity": Design("rates against the encounter base", 5, DESCRIPTION, ("group",)),
    "cost": Design("costs with ranges", 5, DESCRIPTION, ("unit",)),
    "power": Design("power before the study", 5, PLAN, ()),
    "randomized": Design("randomized assignment", 1, TRIAL, ("group",)),
}


def standing(method: str, *, failed: bool) -> tuple[int, str]:
    """The design's rank, 1 the strongest, and the voice in which its result may be told.

    A failed key assumption costs one rung; a trial in which chance did not hold stands with the
    weighted comparisons.
    """
    design = DESIGNS[method]
    if not failed:
        return design.rank, design.voice
    if design.voice == TRIAL:
        return AFTER_FAILED_TRIAL, WEAK
    return min(design.rank + 1, LOWEST_RANK), WEAK
