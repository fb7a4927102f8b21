"""Every sentence that publishing can say: kept in one place, so that one test reads them all."""

from __future__ import annotations

from typing import Any

from tandem.kernel.refusals import BadInput

__all__ = ["SENTENCES", "PublishError", "say"]

SENTENCES: dict[str, str] = {
    "published": "Release {number} is published: {shown} numbers shown, {hidden} not shown.",
    "dry": "Nothing was written: {shown} numbers would be shown, {hidden} would not.",
    "note": (
        "A number that is not shown may be of any size; zero is shown; counts of 1 to 10 never are."
    ),
    "rounded": "Counts are rounded to the nearest {step}; percentages come from rounded counts.",
    "wider": (
        "Nothing was published: {hidden} of {nonzero} numbers above zero would fall. "
        "A wider table shows more; see the offers, or repeat with --anyway."
    ),
    "no_wider": (
        "Nothing was published: {hidden} of {nonzero} numbers above zero would fall, and this "
        "table names no wider period or area. Count over a longer time, or repeat with --anyway."
    ),
    "offer": "By {dimension}, {to} instead of {current}: {hidden} of {nonzero} would fall.",
    "refused": (
        "Nothing was published: together with what is public already this table would let anyone "
        "work out small numbers, such as {first} ({count} were found). The old releases are "
        "unchanged. Repeat with --withhold to leave out the numbers that do it, or publish a wider "
        "table."
    ),
    "cannot_withhold": (
        "Nothing was published: even with every number of this table left out, small "
        "numbers of it would follow from what is public, such as {first} ({count} were found). "
        "Publish a wider table."
    ),
    "contradicts": (
        "Nothing was published: these numbers and those of earlier releases cannot all be true. "
        "If the records were corrected, publish under a new subject, such as "
        '"{subject}, as corrected"; the old releases are unchanged.'
    ),
    "contradicts_itself": (
        "Nothing was published: the numbers of this table contradict each other (a total is not "
        "the sum of its parts, or a part exceeds its whole). Count again and repeat."
    ),
    "outside": "Kept as number {number}: what others published counts in every attack from now on.",
    "withdrawn": (
        "Release {number} is withdrawn: its place keeps number, date and reason. What was public "
        "may be known, so its numbers stay in every attack."
    ),
    "no_such_release": "There is no release {number} in this ledger; nothing was changed.",
    "already_withdrawn": "Release {number} was withdrawn before; nothing was changed.",
    "no_ledger": "There is no ledger at {folder}: check the path; nothing was done.",
    "first": (
        "This is the first release of this ledger: what was published elsewhere before is not "
        "known here."
    ),
    "no_reason": "A withdrawal needs its reason in words; nothing was changed.",
    "attack_clean": "{releases} releases, {hidden} numbers not shown: none can be worked out.",
    "attack_found": "{solved} small numbers can be worked out from what is public: see the list.",
    "ledger_broken": "{file} in the ledger cannot be read ({why}); nothing was published.",
    "unreadable": "{file} cannot be read: {why}. Nothing was published.",
    "not_a_table": "{file} holds no table: {why}. Nothing was published.",
    "no_cells": "The table has no numbers; nothing was published.",
    "unknown_key": "The table says {key!r}, which is no word of the format; nothing was published.",
    "bad_count": (
        "Number {place}: {what} is {value!r}, not a whole number of zero or more; "
        "nothing was published."
    ),
    "over": "Number {place}: {count} is more than the {of} it is part of; nothing was published.",
    "twice": "The cell {cell} is given twice with different numbers; nothing was published.",
    "bad_period": (
        "{value!r} is no period: write 2026, 2026-H1, 2026-Q3, 2026-07, 2026-W31, 2026-07-14 or "
        "2026-07-01/2026-10-01; nothing was published."
    ),
    "circle": "{value!r} lies within itself by the table's own words; nothing was published.",
    "within_changed": (
        "{value!r} lay within {old!r} in an earlier release and within {new!r} now: "
        "one name, two places. Give one of them another name; nothing was published."
    ),
    "spelled": (
        "{new!r} was written {old!r} in an earlier release, and releases are laid together by "
        "their words: write it as before, or give another thing another name. Nothing was "
        "published."
    ),
    "too_fine": (
        "The releases cut the whole into {count} pieces, more than the attack can take "
        "({most}); publish a coarser table. Nothing was published."
    ),
    "bad_step": "Rounding is to a whole number from 1 to 1000, not {value!r}.",
    "solver": "The attack was not finished ({why}), so nothing was published.",
    "column_unclassed": (
        "Column {column!r} has no class, and nothing leaves unclassed: say what it is, or drop. "
        "Nothing was written."
    ),
    "column_missing": "The data have no column {column!r}; nothing was written.",
    "bad_class": "{value!r} is no class of a column; say one of {classes}. Nothing was written.",
    "no_agreement": (
        "A limited data set leaves only under a data-use agreement on file: {missing} is missing. "
        "Nothing was written."
    ),
    "agreement_over": (
        "The agreement with {recipient} ended on {end}: nothing was written. "
        "Renew it, or take the public set."
    ),
    "agreement_future": (
        "The agreement with {recipient} starts on {start}: nothing was written until then."
    ),
    "bad_value": "Row {row}: {value!r} in {column!r} is no {kind}; nothing was written.",
    "direct": "{column} is a direct identifier and was left out.",
    "no_free_text": "{column} is free text and was left out.",
    "public_row": "{left} of {rows} rows are left out: too few share their words, or nearly so.",
}


class PublishError(BadInput):
    """What was to be published cannot be read or may not leave."""


def say(name: str, /, **facts: Any) -> str:
    """The sentence with its facts."""
    return SENTENCES[name].format(**facts)
