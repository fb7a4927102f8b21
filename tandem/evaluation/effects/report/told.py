"""The words and rows that page and PDF share."""

from typing import Any

from tandem.evaluation.effects.report.figures import interval, number, p_value

INTRODUCTION = (
    "The number means what it says only as far as these hold. What cannot be checked is for the"
    " reader to judge."
)
FOR_WHOM = (
    "This report shows the file's numbers as they are, small ones too: it is for those who run the"
    " study. What is published goes through the publishing gate first."
)
LABELS = {
    "question": "Question",
    "population": "Whose records",
    "outcome": "Outcome",
    "comparison": "Beside whom",
    "written": "Protocol written",
    "stopping": "Stopping rule",
}


def asked_of(asked: dict[str, Any]) -> list[tuple[str, ...]]:
    """The protocol in rows."""
    rows = [(label, str(asked[key])) for key, label in LABELS.items()]
    return [*rows, ("Covariates", ", ".join(asked["covariates"]) or "none")]


def amendments_of(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """Every change after locking."""
    return [
        (
            one["at"],
            ", ".join(one["changed"]) or "wording",
            one["reason"],
            "yes" if one["after_results"] else "no",
        )
        for one in result["protocol"]["amendments"]
    ]


def states_of(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """The assumptions."""
    return [(one["name"], one["state"], one["sentence"]) for one in result["assumptions"]]


def checks_of(result: dict[str, Any]) -> list[tuple[str, ...]]:
    """The planned checks; one that could not be run says why."""
    return [
        (
            one["name"],
            one["reason"] or number(one["estimate"]),
            interval({"interval": one["interval"], "level": result["level"]}),
            p_value(one["p"]),
        )
        for one in result["sensitivity"]
    ]
