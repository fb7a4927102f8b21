"""What a program costs, with ranges, from a table of items with their sources.

The arithmetic is `tandem.evaluation.cost`'s. One row is one item: so many units at so much each.
"""

from __future__ import annotations

from typing import Any

from tandem.evaluation.cost import Cost, CostError, Item, Range, count_cost
from tandem.evaluation.effects.data import YES, Study
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.evaluation.effects.result import NOT_CHECKABLE, Assumption, Effect, Picture


def analyze(study: Study) -> Effect:
    """The cost less what is counted as avoided, with its range."""
    protocol = study.protocol
    options = protocol.options
    for key in ("units", "from_source"):
        if not options[key]:
            raise StudyRefused(f"cost needs `{key}` in [method]: a covariate of the map.")
    if protocol.outcome.kind != "number" or protocol.covariates:
        raise StudyRefused("cost takes a `number`, the likely cost of one unit, and no covariates.")
    items = [_item(study, row) for row in study.frame.to_dict("records")]
    try:
        found = count_cost(
            items,
            contacts=float(options["contacts"]),
            currency=str(options["currency"]),
            level=protocol.level,
            seed=protocol.seed,
        )
    except CostError as refusal:
        raise StudyRefused(str(refusal)) from None
    effect = Effect(
        estimand=f"{protocol.outcome.description}: the cost less what is counted as avoided",
        scale="difference",
        null=0.0,
        n=len(items),
        level=protocol.level,
        estimate=found.net,
        interval=found.net_range,
    )
    effect.said = list(found.sentences)
    effect.diagnostics |= _numbers(found)
    effect.warnings.append(
        "The range comes from the ranges given for each figure, not from a sample: it is as good as"
        " they are."
    )
    effect.assumptions.append(
        Assumption(
            "the figures are right and change independently",
            NOT_CHECKABLE,
            "Each is drawn from its own range by itself; their sources stand with the result.",
        )
    )
    rows = [[name, share, None, None] for name, share in found.influence.items()]
    title = "Share of the range that comes from each item"
    effect.pictures.append(Picture("forest", title, ("item", "share", "low", "high"), rows))
    return effect


def _item(study: Study, row: dict[str, Any]) -> Item:
    name = row.get("unit")
    if not isinstance(name, str) or not name.strip():
        raise StudyRefused(f"Line {row['line']}: the item has no name.")
    avoided = row.get("group")
    each = _range(study, row, "y", "o_each_low", "o_each_high")
    units = _range(study, row, "o_units", "o_units_low", "o_units_high")
    source = row.get("o_from_source")
    return Item(
        name,
        units,
        each,
        source if isinstance(source, str) else "",
        avoided=isinstance(avoided, str) and _is_avoided(study, avoided),
    )


def _is_avoided(study: Study, group: str) -> bool:
    named = study.protocol.comparison.treated
    return group in named if named else group.lower() in YES


def _range(study: Study, row: dict[str, Any], likely: str, low: str, high: str) -> Range:
    middle = _number(row, likely)
    ends = [_number(row, end) if row.get(end) is not None else middle for end in (low, high)]
    return Range(ends[0], middle, ends[1])


def _number(row: dict[str, Any], name: str) -> float:
    try:
        return float(row[name])
    except (TypeError, ValueError):
        word = "cost of one unit" if name == "y" else name.removeprefix("o_")
        raise StudyRefused(
            f"Line {row['line']}: the {word} is {str(row[name])[:60]!r}, which is not a number."
        ) from None


def _numbers(found: Cost) -> dict[str, Any]:
    return {
        "formula": found.formula,
        "total": found.total,
        "total_range": found.total_range,
        "per_contact": found.per_contact,
        "per_contact_range": found.per_contact_range,
        "avoided": found.avoided,
        "avoided_range": found.avoided_range,
        "share_below_zero": found.share_below_zero,
        "break_even": {
            name: {"units": at, "range": between}
            for name, (at, between) in found.break_even.items()
        },
        "influence": found.influence,
        "inference": "draws from the ranges given",
    }
