"""Every sentence that a result is told in; what a design cannot carry is not said.

A cause is named by randomized designs alone, and there only when no key assumption failed. What was
found is told from the tables of this module; sentences about assumptions and warnings stand with
their methods. A test reads them all.
"""

from dataclasses import dataclass

from tandem.evaluation.effects.designs import (
    COMPARISON,
    DESCRIPTION,
    MEANS,
    OWN_PAST,
    PICKED,
    PLAN,
    SIMILAR,
    TRIAL,
    WEAK,
)
from tandem.evaluation.effects.result import Assumption

# What was found, by the design's voice. {what} is the outcome, {amount} how much, {range} the
# interval in words.
FOUND = {
    TRIAL: "Being assigned to the program caused a difference in {what}: {amount} ({range}).",
    COMPARISON: "{what}, from the start on: {amount} than the comparison lets one expect"
    " ({range}).",
    OWN_PAST: "{what}, from the start on: {amount} than the course before lets one expect"
    " ({range}).",
    SIMILAR: "{what}, in groups made similar in what was recorded: {amount} among the treated than"
    " among the others ({range}).",
    PICKED: "{what}, of people picked for many: {amount} than their own usual level lets one expect"
    " ({range}).",
    DESCRIPTION: "{what}: {amount} than in the reference ({range}).",
    PLAN: "{what}: {amount} is what such a study finds ({range}).",
    WEAK: "{what}: {amount} than expected ({range}), but a check on which this design rests"
    " failed.",
}
UNCLEAR = {
    TRIAL: "The trial found no clear difference in {what}: anything from {low} to {high} fits the"
    " data.",
    COMPARISON: "No clear difference from the comparison in {what}: anything from {low} to {high}"
    " fits the data.",
    OWN_PAST: "No clear change in {what} against its course before: anything from {low} to {high}"
    " fits the data.",
    SIMILAR: "No clear difference in {what} between groups made similar: anything from {low} to"
    " {high} fits the data.",
    PICKED: "No clear difference in {what} from the usual level of people picked for many: anything"
    " from {low} to {high} fits the data.",
    DESCRIPTION: "No clear difference in {what}: anything from {low} to {high} fits the data.",
    PLAN: "No clear size in {what}: anything from {low} to {high} may be what such a study finds.",
    WEAK: "No clear difference in {what}: anything from {low} to {high} fits the data, and a check"
    " on which this design rests failed.",
}
NO_INTERVAL = {
    TRIAL: "{what}, in the trial: {amount}; no interval can be given.",
    COMPARISON: "{what}, from the start on: {amount} than the comparison lets one expect; with so"
    " few units no interval can be given.",
    OWN_PAST: "{what}, from the start on: {amount} than the course before lets one expect; no"
    " interval can be given.",
    SIMILAR: "{what}, in groups made similar: {amount} among the treated; no interval can be"
    " given.",
    PICKED: "{what}, of people picked for many: {amount} than their own usual level; no interval"
    " can be given.",
    DESCRIPTION: "{what}: {amount} than in the reference; no interval can be given.",
    PLAN: "{what}: {amount} is the smallest difference that such a study is likely to find.",
    WEAK: "{what}: {amount} than expected; no interval can be given, and a check on which this"
    " design rests failed.",
}
NOT_THE_SAME = "That no clear difference was found does not show that there is none."
WITHHELD = "No number is given for {what}, because the data are too few. {reason}"
TOO_FEW = "{what}: {amount}, but the data are too few to tell this from chance. {reason}"
NO_CHANCE = (
    "In these records nothing is left to chance: the outcome follows group and time by a straight"
    " rule. Look at how the column came about."
)
EXACT = "{what}: {amount}; neither interval nor p can be given. {reason}"
# What keeps each design from saying more.
LIMIT = {
    TRIAL: "Chance decided who was assigned, so what was not recorded is balanced on average; the"
    " number is about being assigned, not about having been reached.",
    COMPARISON: "The treated and the comparison were not chosen by chance: anything else that"
    " changed for one of them alone would look the same.",
    OWN_PAST: "There is no comparison beside this course: anything else that began at the same"
    " time would look the same.",
    SIMILAR: "The records are similar in what was recorded only: what was not recorded may explain"
    " the difference.",
    PICKED: "Whoever is picked in a bad stretch comes back to the usual level; that is taken off,"
    " and anything else that changed for these people is not.",
    DESCRIPTION: "Nothing was made alike here: this describes, and answers no question of why.",
    PLAN: "Nothing was observed yet: this says what a study could see, not what it will.",
    WEAK: "Read this as a description, not as an answer.",
}
DESIGN = "Design: {design}, rank {rank} of 5 ({means}); 1 is the strongest."
CHECK_FAILED = "A check failed: {name}. {sentence}"
CANNOT_CHECK = "Cannot be checked: {name}. {sentence}"
PLACEBO = "Looked for where nothing began ({kind}): {as_large} of {n} looks show as much."
NOT_LOCKED = (
    "This protocol was not locked before the run: the result is exploratory, whatever it says."
)
AMENDED = "The protocol was amended {n} times after it was locked; the amendments are listed."
AMENDED_LATE = "{n} of the amendments were made after results had been seen."
NO_CHECKS = "The protocol planned no sensitivity check."
SENSITIVITY = "{agree} of {n} planned sensitivity checks point the same way."
LOWER, HIGHER, SAME = "lower", "higher", "different"


@dataclass(frozen=True)
class Told:
    """What the sentences need to know of one result."""

    design: str
    rank: int
    voice: str
    outcome: str
    kind: str
    scale: str
    null: float
    estimate: float | None
    interval: tuple[float, float] | None
    level: float
    too_little: str | None
    assumptions: tuple[Assumption, ...]
    placebo: dict[str, object] | None
    said: tuple[str, ...] = ()


def sentences(told: Told) -> list[str]:
    """The result in plain words, the finding first."""
    lines = list(told.said) if told.said and told.estimate is not None else [finding(told)]
    if not told.said and told.estimate is not None and told.interval and not _clear(told):
        lines.append(NOT_THE_SAME)
    lines.append(LIMIT[told.voice])
    lines.append(DESIGN.format(design=told.design, rank=told.rank, means=MEANS[told.voice]))
    for one in told.assumptions:
        if one.state == "failed":
            lines.append(CHECK_FAILED.format(name=one.name, sentence=one.sentence))
    for one in told.assumptions:
        if one.state == "not checkable":
            lines.append(CANNOT_CHECK.format(name=one.name, sentence=one.sentence))
    if told.placebo and told.estimate is not None:
        facts = {key: told.placebo[key] for key in ("kind", "as_large", "n")}
        lines.append(PLACEBO.format(**facts))
    return lines


def finding(told: Told) -> str:
    """The one sentence that is read first."""
    what = told.outcome
    if told.estimate is None:
        return _sentence(WITHHELD.format(what=what, reason=told.too_little or ""))
    amount = amount_of(told.estimate, told)
    if told.too_little == NO_CHANCE:
        return _sentence(EXACT.format(what=what, amount=amount, reason=NO_CHANCE))
    if told.too_little:
        return _sentence(TOO_FEW.format(what=what, amount=amount, reason=told.too_little))
    if told.interval is None:
        return _sentence(NO_INTERVAL[told.voice].format(what=what, amount=amount))
    low, high = (amount_of(one, told) for one in told.interval)
    if not _clear(told):
        return _sentence(UNCLEAR[told.voice].format(what=what, low=low, high=high))
    said = f"{round(told.level * 100, 1):g} % interval: {low} to {high}"
    return _sentence(FOUND[told.voice].format(what=what, amount=amount, range=said))


def amount_of(value: float, told: Told) -> str:
    """`10.6 % lower`, `27.3 higher`, `3.4 percentage points lower`."""
    if told.scale.startswith("difference"):
        size, unit = abs(value), ""
        if told.kind == "yes-no":
            size, unit = size * 100, " percentage points"
        # From 999.5 on three digits would be written as a power of ten.
        said = f"{size:.3g}{unit}" if size < 999.5 else f"{size:,.0f}{unit}"  # noqa: PLR2004
        direction = LOWER if value < 0 else HIGHER
    else:
        share = abs(value - 1) * 100
        said = f"{share:.3g} %" if share < 999.5 else f"{share:,.0f} %"  # noqa: PLR2004
        direction = LOWER if value < 1 else HIGHER
        if told.scale == "odds ratio":
            said = f"odds {said}"
    if said.startswith("0 ") or said == "0":
        return f"not {SAME}"
    each = " for each further period" if told.scale.endswith("per period") else ""
    return f"{said} {direction}{each}"


def _clear(told: Told) -> bool:
    if told.interval is None:
        return False
    low, high = told.interval
    return low > told.null or high < told.null


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
