"""Computes measures: each definition's parts, by stratum and period, on one engine.

A unit's rows are gathered once into a wide table; every part of every measure is then a count over
it. Nothing here knows a measure by name.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import ibis

from tandem.evaluation.measures.compiler import Wide, ones, wide
from tandem.evaluation.measures.definition import EXPRESSIONS, Measure, Part
from tandem.evaluation.measures.facts import Facts
from tandem.evaluation.measures.periods import Period, period_number
from tandem.evaluation.measures.results import Key, Result, Tally, as_result, not_computed
from tandem.evaluation.measures.sources import Events
from tandem.evaluation.measures.sources import kept as store

DATE_OF = "local_date"


@dataclass(frozen=True)
class Settings:
    """What a run is about: local dates, both included; `as_of` ends every follow-up."""

    from_date: dt.date | None = None
    to_date: dt.date | None = None
    as_of: dt.datetime | None = None
    period: str = "all"
    level: float = 0.95
    strata: tuple[str, ...] | None = None


def run(
    measures: Iterable[Measure], events: Events, settings: Settings | None = None
) -> list[Result]:
    """Every measure over the events: one result for each part, stratum and period."""
    wanted = list(measures)
    return _Run(events, settings or Settings()).results(wanted)


Job = tuple[Measure, Part]


class _Run:
    def __init__(self, events: Events, settings: Settings) -> None:
        self.events = events
        self.settings = settings
        self.facts = Facts(events.facts())
        self.as_of = self._as_of()
        self.constants = {
            "as_of": ibis.literal(self.as_of, "int64"),
            "true": ibis.literal(True),
            "false": ibis.literal(False),
            "unknown": ibis.null("boolean"),
        }
        self._cache: dict[tuple[str, str], Any] = {}

    def results(self, measures: Sequence[Measure]) -> list[Result]:
        found: dict[tuple[str, str], list[Result]] = {}
        jobs: dict[tuple[str, str], list[Job]] = defaultdict(list)
        for measure in measures:
            for part in measure.parts:
                reason = self._why_not(measure, part)
                if reason:
                    found[measure.id, part.name] = [not_computed(measure, part, reason)]
                else:
                    jobs[part.unit, part.index].append((measure, part))
        for (unit, index), group in jobs.items():
            found |= self._unit(unit, index, group)
        return [
            one
            for measure in measures
            for part in measure.parts
            for one in found[measure.id, part.name]
        ]

    def _why_not(self, measure: Measure, part: Part) -> str:
        if part.authority and not self.facts.authority(part.authority, self._window()):
            return "not computed: no authority on file"
        for name in sorted(part.tables()):
            if not self.events.has(name):
                return f"not computed: the data have no table {name}"
        silent = self.facts.not_recorded()
        for word in sorted(silent and part.said_words(silent)):
            return f"not computed: the data do not record {word}"
        if part.statistic == "cost" and not self.facts.cost(part.item):
            return f"not computed: no cost of {part.item} on file"
        return ""

    def _as_of(self) -> int:
        if self.settings.as_of is not None:
            return int(self.settings.as_of.timestamp())
        latest = [0]
        for name, column in (
            ("calls", "received_at"), ("encounters", "opened_at"), ("events", "at"),
        ):  # fmt: skip
            if self.events.has(name):
                found = self.events.table(name)[column].max().to_pyarrow().as_py()
                latest.append(int(found or 0))
        return max(latest)

    def _window(self) -> tuple[dt.date, dt.date]:
        """The local dates that the run looks at, as far as they are known."""
        end = dt.datetime.fromtimestamp(self.as_of, dt.UTC).date()
        return self.settings.from_date or dt.date.min, self.settings.to_date or end

    def source(self, name: str, unit: str) -> Any:
        """A cleaned table with what the engine adds: who a person is, and whether hours held."""
        if (name, unit) not in self._cache:
            table = self.events.table(name)
            if "person_id" in table.columns:
                table = self._one_person(table)
            if unit in ("call", "encounter"):
                table = table.mutate(in_hours=self.facts.in_hours(table))
            self._cache[name, unit] = table
        return self._cache[name, unit]

    def _one_person(self, table: Any) -> Any:
        """Merged pseudonyms become the one that stands for both, as of the run's end."""
        if not self.events.has("links"):
            return table
        links = self.events.table("links")
        now = self.constants["as_of"]
        holding = links.filter(
            (links.from_at <= now) & (links.until_at.isnull() | (links.until_at > now))
        )
        standing = holding.group_by(_merged=holding.person_id).aggregate(
            _standing=holding.same_as.min()
        )
        joined = table.left_join(standing, table.person_id == standing["_merged"])
        return joined.mutate(
            person_id=ibis.coalesce(joined["_standing"], joined["person_id"])
        ).drop("_merged", "_standing")

    def _unit(self, unit: str, index: str, jobs: list[Job]) -> dict[tuple[str, str], list[Result]]:
        """All parts of one unit, from one wide table; parts that ask the same are counted once."""
        gathered = wide(unit, self.source, self.constants)
        asked = _Asked([(part, self._strata(part)) for _, part in jobs])
        names = [_Names(gathered, part) for part in asked.parts]
        base = (
            self._people(index)
            if index
            else self._windowed(self.source(gathered.scope.table, unit))
        )
        table = gathered.build(base.mutate(period=period_number(base, self.settings.period)))
        strata = [one for one in asked.all_strata() if one in table.columns]
        flags = table.select("period", *strata, **_flags(table, names))
        kept = store(self.events.engine, f"wide_{unit}", flags)
        tallies = self._tally(kept, asked, strata)
        return {
            (measure.id, part.name): [
                as_result(
                    measure,
                    part,
                    key,
                    tally,
                    level=self.settings.level,
                    comparable=self._comparable(measure, key),
                    cost=self.facts.cost(part.item),
                )
                for key, tally in tallies[asked.place(part)]
                if not key.stratum or key.stratum in self._strata(part)
            ]
            for measure, part in jobs
        }

    def _strata(self, part: Part) -> tuple[str, ...]:
        return part.strata if self.settings.strata is None else self.settings.strata

    def _windowed(self, table: Any) -> Any:
        date = table[DATE_OF]
        first, last = self.settings.from_date, self.settings.to_date
        if first is not None:
            table = table.filter(date >= first)
        return table.filter(table[DATE_OF] <= last) if last is not None else table

    def _people(self, index: str) -> Any:
        """A row for each person: the first encounter of the period that the index admits.

        An encounter that nobody was resolved for stays a row of its own, without a person.
        """
        gathered = wide("encounter", self.source, self.constants)
        column = gathered.column(index)
        rows = gathered.build(self._windowed(self.source("encounters", "encounter")))
        rows = rows.filter(rows[column].fill_null(False))
        rows = rows.mutate(
            period=period_number(rows, self.settings.period),
            index_at=rows["opened_at"],
            unit_key=rows["encounter_id"],
        )
        place = ibis.row_number().over(
            group_by=[rows["person_id"], rows["period"]],
            order_by=[rows["opened_at"], rows["encounter_id"]],
        )
        rows = rows.mutate(_place=place)
        first = rows.filter((rows["_place"] == 0) | rows["person_id"].isnull())
        return first.drop("_place", column)

    def _tally(
        self, kept: Any, asked: "_Asked", strata: list[str]
    ) -> list[list[tuple[Key, Tally]]]:
        found: list[list[tuple[Key, Tally]]] = [[] for _ in asked.parts]
        for stratum in ["", *strata]:
            mine = [
                place
                for place, wanted in enumerate(asked.strata)
                if not stratum or stratum in wanted
            ]
            groups = ["period", stratum] if stratum else ["period"]
            sums = [_sums(kept, place, asked.parts[place]) for place in mine]
            columns = {name: value for one in sums for name, value in one.items()}
            rows = kept.group_by(groups).aggregate(**columns).to_pyarrow().to_pylist()
            if stratum and all(row[stratum] is None for row in rows):
                continue  # nobody recorded it: the total says the same
            for row in sorted(rows, key=lambda row: [str(row[name]) for name in groups]):
                key = Key(self._period(row["period"]), stratum, row[stratum] if stratum else None)
                for place in mine:
                    found[place].append((key, Tally.of(row, place)))
            for place in mine:
                if asked.parts[place].statistic in ("median", "percentile"):
                    self._histogram(kept, place, groups, found[place])
        return found

    def _histogram(
        self, kept: Any, place: int, groups: list[str], found: list[tuple[Key, Tally]]
    ) -> None:
        """Every value with its count: whole seconds, so there are few, and ranks are exact."""
        value = f"v{place}"
        rows = (
            kept.filter(kept[f"p{place}"].fill_null(False) & kept[value].notnull())
            .group_by([*groups, value])
            .aggregate(_count=lambda table: table.count())
            .to_pyarrow()
            .to_pylist()
        )
        tallies = {
            (key.period, key.value): tally
            for key, tally in found
            if key.stratum == "".join(groups[1:])
        }
        for row in sorted(rows, key=lambda row: row[value]):
            stratum = row[groups[1]] if len(groups) > 1 else None
            tally = tallies[self._period(row["period"]), stratum]
            tally.values.append(row[value])
            tally.counts.append(row["_count"])

    def _period(self, number: int) -> Period:
        return Period.of(self.settings.period, number, self._window())

    def _comparable(self, measure: Measure, key: Key) -> str:
        county = str(key.value) if key.stratum == "county" else ""
        return self.facts.change(measure, key.period, county)


class _Asked:
    """What is to be counted, each thing once, with the strata of everybody who asks for it."""

    def __init__(self, wanted: list[tuple[Part, tuple[str, ...]]]) -> None:
        self.parts: list[Part] = []
        self.strata: list[set[str]] = []
        self._places: dict[tuple[object, ...], int] = {}
        for part, strata in wanted:
            place = self._places.setdefault(_signature(part), len(self.parts))
            if place == len(self.parts):
                self.parts.append(part)
                self.strata.append(set())
            self.strata[place] |= set(strata)

    def place(self, part: Part) -> int:
        return self._places[_signature(part)]

    def all_strata(self) -> list[str]:
        return sorted({one for strata in self.strata for one in strata})


def _signature(part: Part) -> tuple[object, ...]:
    """Parts of equal signature have equal counts; a percentile is read from the same values."""
    kind = "quantile" if part.statistic in ("median", "percentile") else part.statistic
    return (kind, *(getattr(part, name) for name in EXPRESSIONS), part.exclusions, part.missing)


@dataclass(frozen=True)
class _Names:
    """The columns of the wide table that one part uses."""

    population: str
    numerator: str
    value: str
    exposure: str
    exclusions: tuple[str, ...]

    def __init__(self, gathered: Wide, part: Part) -> None:
        def column(text: str) -> str:
            return gathered.column(text) if text else ""

        object.__setattr__(self, "population", column(part.population_text))
        object.__setattr__(self, "numerator", column(part.numerator))
        object.__setattr__(self, "value", column(part.value))
        object.__setattr__(self, "exposure", column(part.exposure))
        object.__setattr__(self, "exclusions", tuple(column(text) for text in part.exclusions))


def _flags(table: Any, names: list[_Names]) -> dict[str, Any]:
    """Per part: p (in the population: yes, no, unknown), n (numerator), v (value), e (exposure)."""
    flags: dict[str, Any] = {}
    for place, one in enumerate(names):
        inside = table[one.population]
        if "person_id" in table.columns and "index_at" in table.columns:
            inside = inside & ibis.cases((table["person_id"].notnull(), True))
        for name in one.exclusions:
            # What is excluded counts nowhere, not even as unknown.
            inside = inside & ~table[name].fill_null(False)
        flags[f"p{place}"] = inside
        if one.numerator:
            flags[f"n{place}"] = table[one.numerator]
        if one.value:
            flags[f"v{place}"] = table[one.value]
        if one.exposure:
            flags[f"e{place}"] = table[one.exposure]
    return flags


def _sums(kept: Any, place: int, part: Part) -> dict[str, Any]:
    """The counts of one part: N, n, unknown, and the sums of value and exposure."""
    member, maybe = kept[f"p{place}"].fill_null(False), kept[f"p{place}"].isnull()
    known: Callable[[str], Any] = lambda letter: kept[f"{letter}{place}"].notnull()  # noqa: E731
    letters = {
        "proportion": "n", "cost": "n", "median": "v", "percentile": "v", "count": "v", "sum": "v",
        "rate": "ve", "share": "ve",
    }[part.statistic]  # fmt: skip
    complete = reduce(lambda a, b: a & b, [known(letter) for letter in letters])
    counted = member & complete if part.missing == "left_out" else member
    sums = {
        f"N{place}": ones(counted).sum(),
        f"m{place}": ones(maybe).sum(),
        f"u{place}": ones(maybe | (member & ~complete)).sum(),
    }
    if "n" in letters:
        yes = kept[f"n{place}"].fill_null(False)
        sums[f"n{place}"] = ones(counted & yes).sum()
    elif letters != "v" or part.statistic in ("count", "sum"):
        for letter in letters:
            sums[f"{letter}{place}"] = kept[f"{letter}{place}"].sum(where=counted)
    return sums
