"""The hand-written encounters as the second reader takes them: lines, minutes since 1970."""

import datetime as dt
import re
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).parent / "encounters"
CLOCK = ZoneInfo("America/Chicago")
DAY = 24 * 60
COUNTIES = {"L": "la-crosse", "M": "monroe"}
FOLLOWED = re.compile(r"(\w*)\+(\d+)([dh])")


@dataclass
class Step:
    """One letter of a team line: who, what, and when (None: not known)."""

    member: str
    cit: str
    letter: str
    at: float | None
    first_opening: bool


@dataclass
class Visit:
    """One encounter line."""

    key: str
    county: str
    opened: float
    month: str
    mode: str
    person: str
    group: dict[str, str]
    call: str
    steps: list[Step]
    axes: dict[str, list[tuple[str, float]]]
    flags: dict[str, str]
    gone_at: float | None = None
    after: list[list[str]] = field(default_factory=list)

    def said(self, axis: str) -> set[str]:
        """The values of an axis that say something."""
        return {value for value, _ in self.axes.get(axis, [])} - {"unk"}

    @property
    def twice(self) -> bool:
        return "dup" in self.said("con")

    def flag(self, name: str) -> str:
        return self.flags.get(name, "?")

    def times(self, who: str, letter: str) -> list[float | None]:
        """Of officers (o), clinicians (k) or all, in the first opening."""
        return [
            step.at
            for step in self.steps
            if step.member.startswith(who) and step.letter == letter and step.first_opening
        ]

    def did(self, who: str, letters: str) -> bool:
        return any(s.member.startswith(who) and s.letter in letters for s in self.steps)

    def followed(self, kind: str) -> list[list[str]]:
        return [parts for name, *parts in self.after if name == kind]


def moment(text: str) -> float:
    local = dt.datetime.fromisoformat(text).replace(tzinfo=CLOCK)
    return local.timestamp() / 60


AS_OF = dt.datetime(2025, 10, 31, 18, 0, tzinfo=dt.UTC).timestamp() / 60


def lines(name: str) -> list[str]:
    text = (HERE / name).read_text(encoding="utf-8")
    return [line for line in text.split("\n") if line.strip() and line[0] != "#"]


def later_than(start: float, text: str) -> tuple[str, float | None]:
    found = FOLLOWED.fullmatch(text)
    if not found:
        return text, None
    length = int(found[2]) * (DAY if found[3] == "d" else 60)
    return found[1], start + length


def visit_of(line: str) -> Visit:
    head, call, team, axes, rest = (part.strip() for part in line.split("|"))
    key, county, opened, mode, person, age, group = head.split()
    start = moment(opened)
    race, band, gender = ("unknown" if one == "?" else one for one in group.split("/"))
    visit = Visit(
        key, county, start, opened[:7], mode, person,
        {"county": COUNTIES[county], "juvenile": {"a": "no", "j": "yes", "?": "unknown"}[age],
         "race_ethnicity": race, "age_band": band, "gender": gender},
        call, [], {}, {},
    )  # fmt: skip
    for member in team.split(";"):
        name, *words = member.split()
        own = name.split("/")[0]
        cit = {"+": "y", "?": "?"}.get(own[-1], "n")
        for word in words:
            at = None if word[1:] == "?" else start + int(word[1:])
            visit.steps.append(Step(own, cit, word[0], at, "/" not in name))
    for word in axes.split():
        axis, values = word.split("=")
        for value in values.split(","):
            name, _, after = value.partition("@")
            visit.axes.setdefault(axis, []).append((name, start + int(after or 40)))
    for word in rest.split():
        name, *parts = word.split(":")
        if name == "wg":
            answer, _, after = parts[0].partition("@")
            visit.flags["wg"] = answer
            visit.gone_at = start + int(after) if after else None
        elif name in ("bh", "need", "arr", "fui"):
            visit.flags[name] = parts[0]
        else:
            visit.after.append([name, *parts])
    return visit


class Program:
    """The lines of the program's file, by their first word."""

    def __init__(self) -> None:
        self.by_word: dict[str, list[list[str]]] = {}
        for line in lines("program.txt"):
            word, *rest = line.split()
            self.by_word.setdefault(word, []).append(rest)

    def stands_for(self, person: str) -> str:
        for merged, standing, first, last in self.by_word["link"]:
            over = last != "-" and moment(last) <= AS_OF
            if merged == person and moment(first) <= AS_OF and not over:
                return standing
        return person

    def staffed(self, county: str, at: float) -> str:
        here = dt.datetime.fromtimestamp(at * 60, CLOCK)
        day, minute = here.date().isoformat(), here.hour * 60 + here.minute
        own = [words for words in self.by_word["hours"] if words[0] == county]
        if not own or day < min(words[1] for words in own):
            return "?"
        for _, first, last, days, begin, end in own:
            in_force = first <= day and (last == "-" or day <= last)
            low, high = (int(one) for one in days.split("-"))
            on = low <= here.isoweekday() <= high and int(begin) <= minute < int(end)
            if in_force and on:
                return "y"
        return "n"


PROGRAM = Program()
VISITS = [visit_of(line) for line in lines("encounters.txt")]
