"""The model card: what a score was learned from, what it finds, what it costs, whom it misses."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np

from tandem.triage.learn.calls import Call
from tandem.triage.learn.fit import Trained
from tandem.triage.learn.judge import CRISIS_KIND
from tandem.triage.learn.measures import (
    Bools,
    Floats,
    at_threshold,
    average_precision,
    best_at_recall,
    calibration_bins,
    calibration_error,
    wilson,
)
from tandem.triage.types import default_reader

RECALLS = (0.5, 0.6, 0.7, 0.8, 0.9)
SHIFTS_PER_DAY = 2
# Fewer calls than this make no group of their own: a share of them would say nothing.
SMALLEST_GROUP = 50
NOT_REVIEWED = (
    "not known: no random draw of the calls that nobody sent the team to was reviewed yet"
)


def make_card(
    trained: Trained, *, file: str, map_version: str, missed: Any = None
) -> dict[str, Any]:
    """Everything that somebody must know before accepting the model.

    All figures come from folds that the model had not seen, in the period it was trained on; later
    months are judged by `tandem triage evaluate`, and `drift` compares them.

    Args:
        trained: the model with its calls.
        file: the name of the data, without its folder.
        map_version: the SHA-256 of the map.
        missed: the estimate of what is missed from reviewed draws, if there is one.
    """
    model, crisis, score = trained.model, trained.crisis, trained.held_out
    calls = trained.reading.calls
    point = at_threshold(crisis, score, model.threshold)
    return {
        "what": "the chance that a call involves a mental-health crisis; it may only propose that"
        " the team be considered",
        "data": {
            "file": file,
            "map": model.map_name,
            "map_version": map_version,
            "first_day": model.trained[0],
            "last_day": model.trained[1],
            "months_left_out": trained.reading.months_left_out,
            "calls": len(calls),
            "crises": int(crisis.sum()),
            "rejected": trained.reading.rejected,
            "equal_rows": trained.reading.duplicates,
            "without_label": trained.reading.unlabeled,
            "late_remarks_left_out": trained.reading.late_remarks,
        },
        "inputs": model.inputs.names(),
        "size": {"features": len(model.weights), "kind": "logistic regression, calibrated"},
        "working_point": {
            "threshold": model.threshold,
            "precision": round(point.precision, 4),
            "precision_interval": _interval(crisis, score, model.threshold),
            "recall": round(point.recall, 4),
        },
        "average_precision": round(average_precision(crisis, score), 4),
        "calibration_error": round(calibration_error(crisis, score), 4),
        "calibration": calibration_bins(crisis, score),
        "precision_at_recall": _precision_at(crisis, score),
        "cost": cost(calls, crisis, score, model.threshold),
        "disparity": {
            "said": "counted afterwards; neither area nor group is an input",
            "by_area": disparity([call.area for call in calls], crisis, score, model.threshold),
            "by_group": disparity([call.group for call in calls], crisis, score, model.threshold),
        },
        "months": by_month(calls, crisis, score, model.threshold),
        "missed": missed if missed is not None else NOT_REVIEWED,
        "heaviest": sorted(model.weights.items(), key=lambda item: -abs(item[1]))[:20],
    }


def _interval(crisis: Bools, score: Floats, threshold: float) -> list[float]:
    found = score >= threshold
    return [round(end, 4) for end in wilson(int((found & crisis).sum()), int(found.sum()))]


def _precision_at(crisis: Bools, score: Floats) -> list[dict[str, float]]:
    points = [(recall, best_at_recall(crisis, score, recall)) for recall in RECALLS]
    return [
        {
            "recall": recall,
            "precision": round(point.precision, 4),
            "threshold": round(point.threshold, 6),
        }
        for recall, point in points
    ]


def cost(
    calls: Sequence[Call], crisis: Bools, score: Floats, threshold: float
) -> dict[str, float | str]:
    """What the working point costs a 12-hour shift, beside the bare call type, in words."""
    days = len({call.when.date() for call in calls}) or 1
    shifts = days * SHIFTS_PER_DAY
    found = score >= threshold
    coded = np.array([_coded(call) for call in calls], dtype=np.bool_)
    false = int((found & ~crisis).sum()) / shifts
    more = (int(found.sum()) - int(coded.sum())) / shifts
    gained = (int((found & crisis).sum()) - int((coded & crisis).sum())) / days
    words = f"{false:.1f} false alarms in a 12-hour shift; against the bare call type "
    words += f"{abs(more):.1f} {'more' if more >= 0 else 'fewer'} calls to read a shift, "
    if gained > 0:
        every = 1 / gained
        words += "1 more found every day" if every <= 1 else f"1 more found every {every:.0f} days"
        words = words.replace("every 1 days", "every day")
    else:
        words += "no more found"
    return {
        "false_alarms_per_shift": round(false, 3),
        "calls_to_read_per_shift": round(int(found.sum()) / shifts, 3),
        "more_calls_to_read_than_by_type": round(more, 3),
        "more_found_per_day_than_by_type": round(gained, 3),
        "words": words + ".",
    }


def _coded(call: Call) -> bool:
    reader = default_reader()
    return any(CRISIS_KIND in reader.read(text).kinds for text in call.call_types.values())


def disparity(
    groups: Sequence[str], crisis: Bools, score: Floats, threshold: float
) -> list[dict[str, Any]]:
    """For each group: calls, the share found among crises and among others, with 95 % intervals."""
    members: dict[str, list[int]] = defaultdict(list)
    for place, group in enumerate(groups):
        if group:
            members[group].append(place)
    small = [group for group, places in members.items() if len(places) < SMALLEST_GROUP]
    for group in small:
        members["all smaller ones"] += members.pop(group)
    rows = []
    for group, places in sorted(members.items()):
        right = crisis[places]
        found = score[places] >= threshold
        crises, others = int(right.sum()), int((~right).sum())
        hits, false = int((found & right).sum()), int((found & ~right).sum())
        rows.append(
            {
                "group": group,
                "calls": len(places),
                "crises": crises,
                "recall": round(hits / crises, 4) if crises else None,
                "recall_interval": [round(end, 4) for end in wilson(hits, crises)],
                "false_alarm_share": round(false / others, 4) if others else None,
                "false_alarm_interval": [round(end, 4) for end in wilson(false, others)],
            }
        )
    return rows


def by_month(
    calls: Sequence[Call], crisis: Bools, score: Floats, threshold: float
) -> list[dict[str, Any]]:
    """Month by month: how many calls, how many crises, the mean score, the share found."""
    months: dict[str, list[int]] = defaultdict(list)
    for place, call in enumerate(calls):
        months[call.month].append(place)
    return [
        {
            "month": month,
            "calls": len(places),
            "crisis_share": round(float(crisis[places].mean()), 5),
            "mean_score": round(float(score[places].mean()), 5),
            "found_share": round(float((score[places] >= threshold).mean()), 5),
        }
        for month, places in sorted(months.items())
    ]


def drift(
    card: dict[str, Any],
    calls: Sequence[Call],
    crisis: Bools,
    score: Floats,
    unknown: Bools,
    threshold: float,
) -> dict[str, Any]:
    """How later calls differ from those of the card, in figures and in one sentence."""
    months = by_month(calls, crisis, score, threshold)
    before = [(month["calls"], month["crisis_share"]) for month in card["months"]]
    share = sum(n * rate for n, rate in before) / max(sum(n for n, _ in before), 1)
    now = float(crisis.mean())
    error = calibration_error(crisis, score)
    types = Counter(text for call in calls for text in call.call_types.values())
    return {
        "from": min(call.when.date() for call in calls).isoformat(),
        "to": max(call.when.date() for call in calls).isoformat(),
        "months": months,
        "crisis_share_then": round(share, 5),
        "crisis_share_now": round(now, 5),
        "calibration_error": round(error, 5),
        "average_precision": round(average_precision(crisis, score), 4),
        "unknown_share": round(float(unknown.mean()), 5),
        "call_types": len(types),
        "words": f"Crises were {share:.1%} of the calls in training and are {now:.1%} since;"
        f" scores are off by {error:.1%} on average; {float(unknown.mean()):.1%} of the calls are"
        " of a kind that the model has not seen.",
    }


def as_text(card: dict[str, Any], today: dt.date) -> str:
    """The card for reading, in Markdown."""
    data, point, price = card["data"], card["working_point"], card["cost"]
    left = data["months_left_out"]
    lines = [
        "# Model card",
        "",
        f"{card['what'].capitalize()}. Written {today.isoformat()}. Not in force until a named",
        "person accepts it.",
        "",
        f"- Data: {data['file']}, map {data['map']}, {data['first_day']} to {data['last_day']};"
        f" {data['calls']} calls, {data['crises']} crises.",
        *(f"- Left out: {month}, {why}." for month, why in left.items()),
        f"- Inputs: {', '.join(card['inputs'])}.",
        f"- Size: {card['size']['features']} weights, {card['size']['kind']}.",
        f"- Working point {point['threshold']:.4f}: precision {point['precision']:.2f}"
        f" ({point['precision_interval'][0]:.2f} to {point['precision_interval'][1]:.2f}), recall"
        f" {point['recall']:.2f}.",
        f"- Average precision {card['average_precision']:.3f}; calibration error"
        f" {card['calibration_error']:.4f} (calibration.svg).",
        f"- Cost: {price['words']}",
        f"- What is missed: {_missed(card['missed'])}",
        "",
        "| recall | precision | threshold |",
        "| --- | --- | --- |",
        *(
            f"| {row['recall']:.1f} | {row['precision']:.2f} | {row['threshold']:.4f} |"
            for row in card["precision_at_recall"]
        ),
    ]
    for title, rows in (
        ("area", card["disparity"]["by_area"]),
        ("group", card["disparity"]["by_group"]),
    ):
        lines += ["", f"## By {title}, counted afterwards", ""]
        if not rows:
            lines.append(f"The map names no {title}, so nobody can say.")
        lines += [
            f"- {row['group']}: {row['calls']} calls, recall {row['recall']}"
            f" {row['recall_interval']}, false alarms {row['false_alarm_share']}"
            f" {row['false_alarm_interval']}"
            for row in rows
        ]
    return "\n".join(lines) + "\n"


def _missed(missed: Any) -> str:
    return f"{missed}." if isinstance(missed, str) else f"{missed['words']}"


def plot(bins: Sequence[dict[str, float]]) -> str:
    """The calibration plot as SVG: the share of crises over the mean score of each bin."""
    size, edge = 360, 40
    top = max([*(part["share"] for part in bins), *(part["score"] for part in bins), 0.01])

    def spot(value: float) -> float:
        return round(edge + value / top * (size - 2 * edge), 1)

    dots = "".join(
        f'<circle cx="{spot(part["score"])}" cy="{size - spot(part["share"])}" r="4">'
        f"<title>{part['n']:.0f} calls: score {part['score']:.3f},"
        f" share {part['share']:.3f}</title></circle>"
        for part in bins
    )
    first, last = spot(0), spot(top)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" role="img">'
        "<title>Calibration: share of crises over mean score, ten bins of equal count</title>"
        f'<path d="M{first} {size - first}L{last} {size - last}" stroke="currentColor"'
        ' stroke-dasharray="4"/>'
        f'<path d="M{first} {size - last}V{size - first}H{last}" fill="none"'
        ' stroke="currentColor"/>'
        f'<text x="{first}" y="{size - 12}">mean score, 0 to {top:.2f}</text>{dots}</svg>\n'
    )
