"""Judges what a score may be learned from, and refuses the rest with its reason.

Allowed are the call type, the time, structured answers and remarks as they stood when the first
unit was assigned. A column is judged by what the map says it is, by its name, and by its cells: a
place under a neutral name is still a place.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from tandem.kernel.maps import Map, MapError

CALL_TYPES = ("call_type", "call_type_text")
TIME = "time"
ANSWER, REMARK = "answers.", "remarks."
# More different answers than this, or this share of all rows, is no structured answer.
MOST_ANSWERS, MOST_DISTINCT = 200, 0.2
# A share of cells that look like a place or a person, from which the column counts as one.
LOOKS_LIKE = 0.3
# A column that alone tells the label better than this was filled in by whoever knew it.
TELLS_ALONE = 0.9
FEWEST_CELLS = 20

AFTERWARDS = "it was known only afterwards, so the score would learn the answer instead of the call"
PLACE = "it is a place: that is address history under another name, and tells who lives there"
PERSON = "it is about a person: a score may not know who somebody is"
PHONE = "it is a telephone number: that is a person under another name"
PRIOR = "it is about earlier contacts: the score would follow a person from call to call"
CLINICAL = "it is a clinical finding: treatment records never train a score for dispatch"
LABEL = "it is the label itself"
NOT_LISTED = "only call type, time, structured answers and remarks may be inputs"

# Words of a column's name, each with what it gives away.
NAME_WORDS: dict[str, frozenset[str]] = {
    reason: frozenset(words.split())
    for reason, words in (
        (
            AFTERWARDS,
            "clearance cleared clear dispo disp disposition outcome final closed close closing"
            " arrest arrested report result results resolution citation charge charges force",
        ),
        (
            PLACE,
            "address addr location loc block street road lat latitude lon long lng longitude beat"
            " sector precinct district zone ward zip zipcode postal city neighborhood area grid x"
            " y premise premises apt place county town township municipality geo geom hundred"
            " intersection tract station",
        ),
        (PHONE, "phone callback telephone tel ani ali cellphone"),
        (
            PERSON,
            "name names dob birth birthdate ssn age sex gender race ethnicity license email plate"
            " immigration citizenship",
        ),
        (
            PRIOR,
            "prior priors previous history hist contacts frequent flag flags caution cautions"
            " warrant warrants repeat",
        ),
        (
            CLINICAL,
            "diagnosis diagnoses dx icd icd10 medication medications meds clinical treatment"
            " therapy assessment chart cssrs phq sud provider hospital",
        ),
    )
}
# A column named by nothing but these holds whoever that is; "subject armed" is an answer.
ROLES = frozenset(
    [
        "caller",
        "complainant",
        "party",
        "patient",
        "person",
        "persons",
        "reporting",
        "subject",
        "suspect",
        "victim",
    ]
)
# What the map's own names are, where they are no inputs.
OURS_REFUSED = {
    "location": PLACE,
    "lat": PLACE,
    "lon": PLACE,
    "area": PLACE,
    "disposition": AFTERWARDS,
    "status": AFTERWARDS,
    "units": AFTERWARDS,
}
_STREET = re.compile(
    r"\b\d+X*\s+(BLOCK\b|[\w .]{1,30}\b(ST|STREET|AVE?|AVENUE|BLVD|RD|ROAD|DR|DRIVE|LN|LANE|CT"
    r"|WAY|HWY|PL)\b)|\bBLOCK OF\b|\b(ST|AVE?|AV|BLVD|RD|DR|PL|WAY)\b\s*(/|&|AND\b)",
    re.IGNORECASE,
)
_DEGREES = re.compile(r"-?\d{1,3}\.\d{3,}")
_PHONE = re.compile(r"(\+?1[ .-]?)?(\(\d{3}\)|\d{3})[ .-]?\d{3}[ .-]?\d{4}")
_BIRTH = re.compile(r"(19|20)\d\d-\d\d-\d\d|\d{1,2}/\d{1,2}/(19|20)?\d\d")
_FULL_NAME = re.compile(r"[A-Z][a-z]+,? [A-Z][a-z]+|[A-Z]{2,}, ?[A-Z]{2,}")

# What cells look like, what that gives away, and whether all of the cell must look so.
LOOKS = (
    (_STREET, PLACE, False),
    (_DEGREES, PLACE, True),
    (_PHONE, PHONE, True),
    (_BIRTH, PERSON, True),
    (_FULL_NAME, PERSON, True),
)


class InputRefused(MapError):
    """A column may not be an input; nothing was trained."""

    def __init__(self, column: str, reason: str) -> None:
        self.column = column
        self.reason = reason
        super().__init__(
            f"{column!r} cannot be an input: {reason}. Nothing was trained; take it out of the"
            " inputs and try again."
        )


@dataclass(frozen=True)
class Inputs:
    """What a score reads, by our names.

    Attributes:
        call_types: `call_type`, `call_type_text`.
        time: whether the hour and the day are read.
        answers: ours = the column.
        remarks: a remark's name = `assignment`, or the mapped time at which it was written.
    """

    call_types: tuple[str, ...]
    time: bool
    answers: dict[str, str]
    remarks: dict[str, str]

    def names(self) -> list[str]:
        """Every input by its name, for the model card."""
        return [
            *self.call_types,
            *([TIME] if self.time else []),
            *(ANSWER + name for name in sorted(self.answers)),
            *(REMARK + name for name in sorted(self.remarks)),
        ]


def choose_inputs(source_map: Map, head: Collection[str], asked: Collection[str] = ()) -> Inputs:
    """The inputs that were asked for, else those of the map, else all that may be inputs.

    Raises InputRefused at the first one that may not be; a column's cells are judged later, by
    `refuse_cells`.
    """
    told = source_map.triage
    answers = dict(told.answers) if told else {}
    remarks = dict(told.remarks) if told else {}
    wanted = list(asked) or (list(told.inputs) if told else [])
    if not wanted:
        wanted = [name for name in CALL_TYPES if name in source_map.columns]
        wanted += [TIME, *(ANSWER + name for name in answers), *(REMARK + name for name in remarks)]
    call_types: list[str] = []
    chosen = Inputs((), TIME in wanted, {}, {})
    for name in wanted:
        if name in CALL_TYPES and name in source_map.columns:
            _refuse_column(name, source_map.columns[name], source_map)
            call_types.append(name)
        elif name.startswith(REMARK):
            _take_remark(name, source_map, remarks, chosen)
        elif name != TIME:
            _take_answer(name, source_map, head, answers, chosen)
    return Inputs(tuple(call_types), chosen.time, chosen.answers, chosen.remarks)


def _take_remark(name: str, source_map: Map, remarks: Mapping[str, str], chosen: Inputs) -> None:
    bare = name.removeprefix(REMARK)
    if bare not in source_map.remarks:
        raise MapError(f"The map {source_map.name} has no remark {bare!r}; nothing was trained.")
    _refuse_column(name, source_map.remarks[bare].column, source_map)
    if bare not in remarks:
        raise InputRefused(
            name,
            "the map does not say when it was written, and text written after the first unit was"
            " assigned tells how the call ended (`[triage.remarks]` says it)",
        )
    chosen.remarks[bare] = remarks[bare]


def _take_answer(
    name: str,
    source_map: Map,
    head: Collection[str],
    answers: Mapping[str, str],
    chosen: Inputs,
) -> None:
    bare = name.removeprefix(ANSWER)
    if bare in answers:
        column = answers[bare]
    elif name in source_map.columns or name in OURS_REFUSED:
        reason = OURS_REFUSED.get(name, NOT_LISTED)
        raise InputRefused(source_map.columns.get(name, name), reason)
    elif name in source_map.times:
        raise InputRefused(name, AFTERWARDS)
    elif name in head:
        column = name
    else:
        raise MapError(f"There is no input {name!r} in the map or the file; nothing was trained.")
    _refuse_column(column, column, source_map)
    chosen.answers[bare] = column


def _refuse_column(shown: str, column: str, source_map: Map) -> None:
    if source_map.label and column == source_map.label.column:
        raise InputRefused(column, f"{LABEL}, and {AFTERWARDS}")
    if column in source_map.exclude.columns:
        raise InputRefused(column, AFTERWARDS)
    for ours, theirs in source_map.columns.items():
        if theirs == column and ours in OURS_REFUSED:
            raise InputRefused(column, OURS_REFUSED[ours])
    if source_map.triage and column == source_map.triage.group:
        raise InputRefused(column, "groups are counted only afterwards, in the disparity check")
    for name in {shown, column}:
        words = set(_words_of(name))
        if words and words <= ROLES:
            raise InputRefused(column, PERSON)
        for reason, given_away in NAME_WORDS.items():
            if words & given_away:
                raise InputRefused(column, reason)


def _words_of(name: str) -> list[str]:
    spread = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    return re.findall(r"[a-z]+\d*", spread.lower())


def refuse_cells(column: str, cells: Iterable[str], labels: Iterable[bool]) -> None:
    """Judge a structured answer by what stands in it.

    Args:
        column: as the file names it.
        cells: of the labeled calls, blank where nothing was answered.
        labels: whether each call was a crisis.

    Raises InputRefused where the cells are places, persons or numbers of telephones, where there
    are too many different ones, or where the column alone tells the label.
    """
    pairs = [(cell.strip(), label) for cell, label in zip(cells, labels, strict=True)]
    filled = [(cell, label) for cell, label in pairs if cell]
    if len(filled) < FEWEST_CELLS:
        return
    different = len({cell for cell, _ in filled})
    for pattern, reason, whole in LOOKS:
        alike = pattern.fullmatch if whole else pattern.search
        share = sum(bool(alike(cell)) for cell, _ in filled) / len(filled)
        # A few answers that look like a name, such as "Not Known", are answers.
        if share >= LOOKS_LIKE and different >= FEWEST_CELLS:
            raise InputRefused(column, reason)
    if different > MOST_ANSWERS or different > MOST_DISTINCT * len(filled) + FEWEST_CELLS:
        raise InputRefused(
            column, f"{different} different cells are no structured answer, but names or numbers"
        )
    refuse_leak(column, pairs)


def refuse_leak(column: str, pairs: list[tuple[str, bool]]) -> None:
    """Refuse a column whose cells all but say the label, whatever it is called.

    Its telling cells are those where nine in ten calls were crises; a column is refused where they
    hold nine in ten of all crises. Nothing known when a unit is assigned tells so much.
    """
    every: Counter[str] = Counter(cell for cell, _ in pairs)
    crises: Counter[str] = Counter(cell for cell, label in pairs if label)
    total = sum(crises.values())
    if total < FEWEST_CELLS:
        return
    telling = [cell for cell in crises if crises[cell] / every[cell] >= TELLS_ALONE]
    if sum(crises[cell] for cell in telling) / total >= TELLS_ALONE:
        raise InputRefused(column, f"alone it tells nearly every label: {AFTERWARDS}")
