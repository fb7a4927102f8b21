"""Reads the file of a study by its map into one checked table; every refusal names its line.

Nothing is guessed: a hole, a doubled row or a text among numbers is refused unless the protocol
says what to do with it, and what was left out is counted.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from tandem.evaluation.effects.designs import DESIGNS
from tandem.evaluation.effects.options import COST_COLUMNS
from tandem.evaluation.effects.outcomes import alike, check_outcome, check_spread
from tandem.evaluation.effects.periods import PeriodError, first_day, is_date, name_of, read_period
from tandem.evaluation.effects.protocol import Limit, Protocol
from tandem.evaluation.effects.refusals import StudyRefused
from tandem.kernel.maps import read_evaluation_table

if TYPE_CHECKING:
    from tandem.kernel.maps import Map

TORN = 0.1
YES, NO = {"1", "1.0", "yes", "y", "true", "t"}, {"0", "0.0", "no", "n", "false", "f"}
MONTHS = {
    name: str(number + 1)
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
    )
}
NAMED_OPTIONS = ("cluster", "strata", "received", "eligible", "entry", *COST_COLUMNS)


@dataclass
class Study:
    """The records of one study, ready for its method.

    `frame` has `line`, `unit`, `period`, `group`, `y`, `exposure` as far as the map gives them, and
    one column `c_NAME` for each covariate. `flow` counts what was read and what was left out.
    """

    protocol: Protocol
    frame: pd.DataFrame
    dates: bool = False
    time_formats: tuple[str, ...] = ()
    flow: list[tuple[str, int]] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def period(self, text: str) -> int:
        """A period that the protocol names, on the file's scale."""
        return _as_period(text, self)

    def name(self, period: float) -> str:
        return name_of(period, self.protocol.periods.unit, dates=self.dates)

    def leave_out(self, keep: pd.Series, why: str) -> None:
        """Keep only these rows, and count the others."""
        dropped = int((~keep).sum())
        if dropped:
            self.flow.append((why, dropped))
            self.frame = self.frame[keep].reset_index(drop=True)


def of_events(protocol: Protocol) -> bool:
    """Whether the method reads times and events of persons instead of an outcome."""
    return "event" in DESIGNS[protocol.method].needs


def load_study(protocol: Protocol, file: str, source_map: Map) -> Study:
    """The table of a study; raises StudyRefused or MapError with one sentence."""
    table = read_evaluation_table(file, source_map)
    section = source_map.evaluation
    if section is None:
        raise StudyRefused(f"The map {source_map.name} has no [evaluation] section.")
    named = (section.roles, section.outcomes, section.covariates)
    _check_names(protocol, *named)
    _check_roles(protocol, *named)
    frame = pd.DataFrame({"line": table.lines, **table.columns}, dtype=object)
    if frame.empty:
        raise StudyRefused("The file holds no record that can be read: nothing was run.")
    study = Study(protocol, frame, time_formats=section.time_formats)
    study.flow.append(("rows read", len(frame)))
    if table.rejects:
        study.warnings.append(
            f"{len(table.rejects)} rows of the file could not be read and are left out,"
            f" the first on line {table.rejects[0].line}."
        )
    if protocol.outcome.waves:
        _unfold(study)
    _periods(study)
    _population(study)
    study.warnings += alike(study.frame)
    if protocol.outcome.series:
        _stack(study)
    _values(study)
    return study


def _check_names(
    protocol: Protocol, roles: dict[str, str], outcomes: dict[str, str], covariates: dict[str, str]
) -> None:
    """Every name of the protocol must be a column of the map, in the right place."""
    outcome = protocol.outcome
    unread = outcome.combine == "rows" or of_events(protocol)
    wanted = [] if unread else list(outcome.series or outcome.waves or (outcome.name,))
    wanted += [outcome.placebo] if outcome.placebo else []
    for name in wanted:
        if name in covariates:
            raise StudyRefused(
                f"`{name}` is the protocol's outcome and the map's covariate: it can be one;"
                " correct the map or the protocol."
            )
        if name not in outcomes:
            known = ", ".join(sorted(outcomes)) or "none"
            raise StudyRefused(f"The map names no outcome `{name}`; its outcomes: {known}.")
    others = [one.name for one in protocol.covariates]
    others += [outcome.exposure, protocol.periods.month]
    others += [str(protocol.options.get(key, "")) for key in NAMED_OPTIONS]
    for name in filter(None, others):
        if name in outcomes:
            raise StudyRefused(
                f"`{name}` is an outcome of the map and cannot be a covariate as well: correct the"
                " map or the protocol."
            )
        if name not in covariates and name not in roles:
            known = ", ".join(sorted(covariates)) or "none"
            raise StudyRefused(f"The map names no covariate `{name}`; its covariates: {known}.")


def _check_roles(
    protocol: Protocol, roles: dict[str, str], outcomes: dict[str, str], covariates: dict[str, str]
) -> None:
    """The roles that the method needs, and the columns that limit the population."""
    outcome = protocol.outcome
    for limit in protocol.population.where:
        if limit.name not in {**roles, **outcomes, **covariates}:
            raise StudyRefused(f"The map names no column `{limit.name}`, which `where` limits.")
    needs = DESIGNS[protocol.method].needs
    rule = protocol.comparison
    if rule.group_holds != "arm" or rule.by == "group":
        needs = (*needs, "group")
    given = {*(("unit",) if outcome.series else ()), *(("unit", "time") if outcome.waves else ())}
    for role in needs:
        if role not in roles and role not in given:
            raise StudyRefused(
                f"{protocol.method} as the protocol has it needs a column `{role}`, which the map"
                " does not name."
            )


def _as_period(text: str, study: Study) -> int:
    unit = study.protocol.periods.unit
    try:
        return read_period(text, unit)
    except PeriodError as error:
        raise StudyRefused(f"The protocol's period cannot be read: {error}.") from None


def _periods(study: Study) -> None:
    frame, periods = study.frame, study.protocol.periods
    if "time" not in frame:
        return
    if of_events(study.protocol):
        frame["period"] = elapsed(study, "time")
        return
    read: dict[str, int] = {}
    months = frame[periods.month] if periods.month else None
    texts = frame["time"]
    if months is not None:
        texts = texts.where(texts.isna() | months.isna(), _year_and_month(texts, months))
    for text, line in zip(texts, frame["line"], strict=True):
        if text is None or text in read:
            continue
        try:
            read[text] = read_period(
                text, periods.unit, study.time_formats if months is None else ()
            )
        except PeriodError as error:
            raise StudyRefused(f"Line {line}: the time {error}; correct it or the map.") from None
    study.dates = bool(study.time_formats) or any(is_date(text, periods.unit) for text in read)
    frame["period"] = texts.map(read)
    if study.dates and study.protocol.outcome.combine == "rows" and months is None:
        _warn_of_torn_ends(study, read)
    if frame["period"].isna().any():
        _missing(study, frame["period"].notna(), "time")
    study.frame["period"] = study.frame["period"].astype("int64")


def _warn_of_torn_ends(study: Study, read: dict[str, int]) -> None:
    """An export that ends in the middle of a month looks like a fall of its calls."""
    unit = study.protocol.periods.unit
    ends = {"first": min(read.values(), default=0), "last": max(read.values(), default=0)}
    for word, period in ends.items():
        own = [text for text, number in read.items() if number == period]
        days = sorted({read_period(text, "day", study.time_formats) for text in own})
        begin, following = (first_day(number, unit) for number in (period, period + 1))
        empty = days[0] - begin if word == "first" else following - 1 - days[-1]
        if len(days) > 1 and empty > TORN * (following - begin):
            study.warnings.append(
                f"The {word} period, {study.name(period)}, holds rows of a part of its days only:"
                f" if the file is cut there, leave it out with `{word}` in [population]."
            )


def elapsed(study: Study, name: str) -> pd.Series:
    """A column of times as they run: numbers as they are, dates as days. None stays unknown."""
    read: dict[str, float] = {}
    for text, line in zip(study.frame[name], study.frame["line"], strict=True):
        if text is None or text in read:
            continue
        try:
            read[text] = float(text)
        except ValueError:
            try:
                read[text] = float(read_period(text, "day", study.time_formats))
            except PeriodError as error:
                raise StudyRefused(f"Line {line}: the time {error}; correct it.") from None
    return study.frame[name].map(read).astype(float)


def _year_and_month(years: pd.Series, months: pd.Series) -> pd.Series:
    """`2005` and `3` (or March, Mar) as `2005-03`, which is read like any month."""
    year = years.astype(str).str.replace(r"\.0$", "", regex=True)
    month = months.astype(str).str.replace(r"\.0$", "", regex=True)
    month = month.map(lambda text: MONTHS.get(text[:3].lower(), text))
    return year + "-" + month.str.zfill(2)


def _population(study: Study) -> None:
    rule = study.protocol.population
    if "unit" in study.frame and not study.protocol.outcome.series:
        study.leave_out(study.frame["unit"].notna(), "rows without a unit")
    for names, wanted in ((rule.only_units, True), (rule.exclude_units, False)):
        if not names:
            continue
        if "unit" not in study.frame:
            raise StudyRefused("The population names units, and the map names no column `unit`.")
        known = set(study.frame["unit"])
        unknown = [name for name in names if name not in known]
        if unknown:
            raise StudyRefused(
                f"The population names the unit {unknown[0]!r}, which the file lacks."
            )
        study.leave_out(study.frame["unit"].isin(names) == wanted, "units outside the population")
    _limits(study)
    if study.frame.empty:
        raise StudyRefused("No record of the file lies in the protocol's population.")


def _limits(study: Study) -> None:
    """The limits of the population by column and by period."""
    rule = study.protocol.population
    for limit in rule.where:
        study.leave_out(_within(study.frame, limit), f"outside the population by {limit.name}")
    if rule.first or rule.last:
        if "period" not in study.frame:
            raise StudyRefused("The population is limited in time, and the map names no `time`.")
        if rule.first:
            study.leave_out(study.frame["period"] >= study.period(rule.first), "before the study")
        if rule.last:
            study.leave_out(study.frame["period"] <= study.period(rule.last), "after the study")


def _within(frame: pd.DataFrame, limit: Limit) -> pd.Series:
    keep = frame[limit.name].notna()
    if limit.values:
        texts = frame[limit.name].map(code, na_action="ignore")
        keep &= texts.isin({code(value) for value in limit.values})
    if limit.at_least is not None or limit.at_most is not None:
        numbers = _numbers(frame, limit.name, f"`{limit.name}`")
        if limit.at_least is not None:
            keep &= numbers >= limit.at_least
        if limit.at_most is not None:
            keep &= numbers <= limit.at_most
    return keep


def code(text: str) -> str:
    """One spelling for one code: 2004.0 is 2004."""
    return text[:-2] if text.endswith(".0") and text[:-2].lstrip("-").isdigit() else text


def _stack(study: Study) -> None:
    """A wide file, one column for each unit, as one row for each unit and period."""
    parts = []
    for name in study.protocol.outcome.series:
        part = study.frame.drop(columns=[one for one in ("unit",) if one in study.frame])
        parts.append(part.assign(unit=name, **{study.protocol.outcome.name: study.frame[name]}))
    study.frame = pd.concat(parts, ignore_index=True)


def _unfold(study: Study) -> None:
    """A wide file, one column for each period, as one row for each unit and period from 1 on."""
    frame, outcome = study.frame, study.protocol.outcome
    if "time" in frame:
        raise StudyRefused("With `waves` the columns are the periods: take `time` out of the map.")
    if "unit" not in frame:
        frame = frame.assign(unit=frame["line"].map(lambda line: f"line {line}"))
    parts = [
        frame.assign(period=number + 1, **{outcome.name: frame[name]})
        for number, name in enumerate(outcome.waves)
    ]
    study.frame = pd.concat(parts, ignore_index=True)


def _numbers(frame: pd.DataFrame, name: str, words: str) -> pd.Series:
    """A column as numbers; a text among them is refused with its line."""
    numbers = pd.to_numeric(frame[name], errors="coerce")
    numbers = numbers.where(np.isfinite(numbers.astype(float)))
    wrong = numbers.isna() & frame[name].notna()
    if wrong.any():
        first = frame[wrong].iloc[0]
        raise StudyRefused(
            f"Line {first['line']}: {words} is {str(first[name])[:60]!r}, which is not a number:"
            " correct the file, or list the text under `missing` in the map."
        )
    return numbers.astype(float)


def _yes_no(frame: pd.DataFrame, name: str) -> pd.Series:
    def read(text: str) -> float:
        lower = text.strip().lower()
        return 1.0 if lower in YES else 0.0 if lower in NO else np.nan

    read_as = frame[name].map(read, na_action="ignore").astype(float)
    wrong = read_as.isna() & frame[name].notna()
    if wrong.any():
        first = frame[wrong].iloc[0]
        raise StudyRefused(
            f"Line {first['line']}: `{name}` is {str(first[name])[:60]!r}, which is neither yes nor"
            " no (1, 0): correct the file, or give the code a word in the map."
        )
    return read_as


def _values(study: Study) -> None:
    """The outcome, the exposure and the covariates as numbers; roles as texts."""
    frame, outcome = study.frame, study.protocol.outcome
    built = pd.DataFrame({"line": frame["line"]})
    for role in ("unit", "period", "group", "event", "person"):
        if role in frame:
            built[role] = (
                frame[role] if role == "period" else frame[role].map(code, na_action="ignore")
            )
    if outcome.combine == "rows" or of_events(study.protocol):
        built["y"] = 1.0
    else:
        built["y"] = _read_outcome(frame, outcome.name, outcome.kind)
    if outcome.placebo:
        built["y_placebo"] = _read_outcome(frame, outcome.placebo, outcome.kind)
    if outcome.exposure:
        built["exposure"] = _numbers(frame, outcome.exposure, f"`{outcome.exposure}`")
    for one in study.protocol.covariates:
        label = f"`{one.name}`"
        if one.kind == "category":
            built[f"c_{one.name}"] = frame[one.name].map(code, na_action="ignore")
        else:
            built[f"c_{one.name}"] = _numbers(frame, one.name, label)
    _named_options(study, built)
    study.frame = built
    check_outcome(study)


def _read_outcome(frame: pd.DataFrame, name: str, kind: str) -> pd.Series:
    if kind == "yes-no":
        return _yes_no(frame, name)
    return _numbers(frame, name, f"the outcome `{name}`")


def _named_options(study: Study, built: pd.DataFrame) -> None:
    """The columns that options of the method name."""
    for key in NAMED_OPTIONS:
        name = str(study.protocol.options.get(key, ""))
        if name and key == "entry":
            built["o_entry"] = elapsed(study, name)
        elif name:
            built[f"o_{key}"] = study.frame[name].map(code, na_action="ignore")


def on_placebo_outcome(study: Study) -> Study:
    """The same study of the outcome that the treatment cannot change."""
    protocol = study.protocol
    swapped = replace(protocol.outcome, name=protocol.outcome.placebo, placebo="")
    frame = study.frame.assign(y=study.frame["y_placebo"]).drop(columns="y_placebo")
    built = replace(study, protocol=replace(protocol, outcome=swapped), frame=frame)
    check_outcome(built)
    return built


def _missing(study: Study, keep: pd.Series, what: str) -> None:
    """Refuse records without `what`, or leave them out where the protocol says so."""
    if keep.all():
        return
    if study.protocol.periods.missing == "refuse":
        first = study.frame[~keep].iloc[0]
        raise StudyRefused(
            f"Records without {what}: {int((~keep).sum())}, the first on line {first['line']}."
            ' Complete them, or say missing = "leave-out" in [periods].'
        )
    study.leave_out(keep, f"records without {what}")


def drop_incomplete(study: Study, *, outcome: bool = True, covariates: bool = True) -> None:
    """What is incomplete is refused, or left out and counted, as the protocol says."""
    if outcome:
        _missing(study, study.frame["y"].notna(), "outcome")
    if "exposure" in study.frame:
        _missing(study, study.frame["exposure"].notna(), "exposure")
    for key in ("cluster", "strata"):
        if f"o_{key}" in study.frame:
            name = str(study.protocol.options[key])
            _missing(study, study.frame[f"o_{key}"].notna(), f"value of `{name}`")
    for one in study.protocol.covariates if covariates else ():
        _missing(study, study.frame[f"c_{one.name}"].notna(), f"value of `{one.name}`")


def one_row_each(study: Study, keys: list[str]) -> None:
    """Combine rows as the protocol says; else a second row of the same key is refused."""
    frame, combine = study.frame, study.protocol.outcome.combine
    if combine == "none":
        twice = frame.duplicated(keys, keep=False)
        if twice.any():
            first, second = frame[twice].sort_values(keys).iloc[:2]["line"]
            at = frame[twice].sort_values(keys).iloc[0]
            who = f"The unit {at['unit']!r}" if "unit" in keys else "The series"
            raise StudyRefused(
                f"{who} has more than one row for the period {study.name(at['period'])}, on lines"
                f" {first} and {second}: remove one, or say `combine` in [outcome]."
            )
        study.frame = frame.sort_values(keys).reset_index(drop=True)
        return
    how = {name: "mean" for name in frame.columns if name.startswith("c_")}
    how = {name: word for name, word in how.items() if frame[name].dtype != object}
    how["y"] = "mean" if combine == "mean" else "sum"
    if "exposure" in frame:
        how["exposure"] = "sum"
    how |= {name: "first" for name in frame if name not in keys and name not in how}
    frame = frame.groupby(keys, as_index=False, sort=True).agg(how)
    if combine == "rows":
        frame = _fill_empty(frame, keys)
    study.frame = frame
    check_spread(study)


def _fill_empty(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Where rows are counted, a period without any is a zero, not a hole."""
    span = range(int(frame["period"].min()), int(frame["period"].max()) + 1)
    if keys == ["period"]:
        full: pd.Index = pd.Index(span, name="period")
    else:
        full = pd.MultiIndex.from_product([frame["unit"].unique(), span], names=keys)
    filled = frame.set_index(keys).reindex(full)
    filled["y"] = filled["y"].fillna(0.0)
    if "group" in filled and "unit" in keys:
        filled["group"] = filled.groupby(level="unit")["group"].transform("first")
    return filled.reset_index()
