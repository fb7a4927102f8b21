"""Who was treated and from when, as the protocol and the file say it, one line for each unit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from tandem.evaluation.effects.autocorrelation import Array, Mask
from tandem.evaluation.effects.data import NO, YES, Study, code, drop_incomplete, one_row_each
from tandem.evaluation.effects.periods import PeriodError, read_period
from tandem.evaluation.effects.refusals import StudyRefused

NEVER = {"", "0", "inf", "never", "na", "nan", "none"}


@dataclass(frozen=True)
class Panel:
    """Units by periods, complete. `start` is a unit's first treated period, infinite for never.

    `y` has shape (units, periods).
    """

    units: list[str]
    periods: Array
    y: Array
    start: Array

    @property
    def treated(self) -> Mask:
        """Which units are treated within the file's periods; boolean, one for each unit."""
        return np.isfinite(self.start)

    @property
    def now(self) -> Array:
        """1 where a unit is treated in a period; shape (units, periods)."""
        return (self.periods[None, :] >= self.start[:, None]).astype(float)


def panel_of(study: Study) -> Panel:
    """The complete panel of a study; raises StudyRefused where it is none."""
    drop_incomplete(study, covariates=study.protocol.method != "synthetic-control")
    one_row_each(study, ["unit", "period"])
    _complete(study)
    starts = _starts(study)
    study.leave_out(study.frame["unit"].isin(starts.index), "units that are neither")
    wide = study.frame.pivot_table(index="unit", columns="period", values="y", sort=True)
    exposure = study.frame.get("exposure")
    if exposure is not None:
        rates = study.frame.assign(y=study.frame["y"] / exposure)
        wide = rates.pivot_table(index="unit", columns="period", values="y", sort=True)
    start = starts.reindex(wide.index).to_numpy(dtype=float)
    last = float(wide.columns[-1])
    start = np.where(start > last, np.inf, start)
    panel = Panel(
        [str(unit) for unit in wide.index],
        wide.columns.to_numpy(dtype=float),
        wide.to_numpy(dtype=float),
        start,
    )
    _check_groups(study, panel)
    return panel


def _complete(study: Study) -> None:
    """Every unit in every period; a hole is refused, or its unit left out and counted."""
    frame = study.frame
    _no_common_hole(study)
    counts = frame.groupby("unit")["period"].nunique()
    periods = frame["period"].nunique()
    short = counts[counts < periods]
    if short.empty:
        return
    if study.protocol.periods.missing == "refuse":
        unit = str(short.index[0])
        seen = set(frame.loc[frame["unit"] == unit, "period"])
        missing = next(one for one in sorted(set(frame["period"])) if one not in seen)
        raise StudyRefused(
            f"Units with missing periods: {len(short)}, such as {unit!r} without the period"
            f" {study.name(missing)}."
            ' Complete them, or say missing = "leave-out" in [periods].'
        )
    study.leave_out(~frame["unit"].isin(short.index), "rows of units with missing periods")
    if study.frame.empty:
        raise StudyRefused("No unit is complete over all periods: shorten the study in time.")


def _no_common_hole(study: Study) -> None:
    """A period that no unit has is refused, or said where holes may be left out."""
    periods = np.sort(study.frame["period"].unique())
    steps = np.diff(periods)
    # Surveys every second year have no hole: the usual step is the file's own.
    if not len(steps) or steps.max() == steps.min():
        return
    last = study.name(periods[int(np.argmax(steps > steps.min()))])
    if study.protocol.periods.missing == "refuse":
        raise StudyRefused(
            f'No unit has the period after {last}: complete it, or say missing = "leave-out" in'
            " [periods]."
        )
    study.warnings.append(f"No unit has the period after {last}; it is left out.")


def _starts(study: Study) -> pd.Series:
    """Each unit's first treated period by the protocol's `group_holds`."""
    rule = study.protocol.comparison
    if rule.group_holds == "first-period":
        return _once_each(study).map(lambda text: _first_period(study, text))
    if rule.group_holds == "treated-now":
        return _switching(study)
    names = _once_each(study) if _by(study) == "group" else _units(study)
    treated, control = arms(study, names)
    kept = names[treated | control]
    start = float(study.period(rule.start))
    return pd.Series(np.where(treated[treated | control], start, np.inf), index=kept.index)


def _by(study: Study) -> str:
    """Whether `treated` names groups or units; where it is not said, what the file holds."""
    rule = study.protocol.comparison
    if rule.by or "group" not in study.frame:
        return rule.by or "unit"
    groups, units = set(study.frame["group"]), set(study.frame["unit"])
    named = set(rule.treated)
    return "unit" if named and named <= units and not named & groups else "group"


def _units(study: Study) -> pd.Series:
    units = study.frame["unit"].unique()
    return pd.Series(units, index=units)


def arms(study: Study, names: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Which of these names are treated, and which are the comparison."""
    rule = study.protocol.comparison
    known = set(names.dropna())
    # The file's 1.0 is the protocol's 1.
    given = {name: name if name in known else code(name) for name in (*rule.treated, *rule.control)}
    wanted = {given[name] for name in rule.treated} or {
        name for name in known if name.lower() in YES
    }
    if not rule.treated and known - wanted - {name for name in known if name.lower() in NO}:
        raise StudyRefused(
            "Who is treated is not said: name the values under `treated` in [comparison]."
        )
    for name, spelled in given.items():
        if spelled not in known:
            raise StudyRefused(f"The file holds nobody under {name!r}, which [comparison] names.")
    treated = names.isin(wanted)
    control = (
        names.isin({given[name] for name in rule.control})
        if rule.control
        else names.notna() & ~treated
    )
    if not treated.any() or not control.any():
        who = "No record is treated" if not treated.any() else "Every record is treated"
        raise StudyRefused(f"{who}: there is nothing to compare.")
    return treated, control


def _once_each(study: Study) -> pd.Series:
    """The group of each unit, which must not change over time."""
    groups = study.frame.groupby("unit")["group"]
    several = groups.nunique(dropna=False) > 1
    if several.any():
        unit = several[several].index[0]
        raise StudyRefused(
            f"The group of the unit {unit!r} changes over time: say what the column holds with"
            ' group_holds = "treated-now".'
        )
    return groups.first()


def _first_period(study: Study, text: str | None) -> float:
    rule = study.protocol.comparison
    if text is None or pd.isna(text) or text.lower() in NEVER or text in rule.never:
        return np.inf
    try:
        return float(read_period(text, study.protocol.periods.unit, study.time_formats))
    except PeriodError as error:
        raise StudyRefused(
            f"A first treated period {error}: list what means never under `never`."
        ) from None


def _switching(study: Study) -> pd.Series:
    frame = study.frame
    if frame["group"].isna().any():
        raise StudyRefused("Some rows do not say whether their unit was treated in that period.")
    words = frame["group"].str.lower()
    # A share of the period in which the program ran counts as treated from then on.
    numbers = pd.to_numeric(words, errors="coerce")
    unknown = ~(words.isin(YES | NO) | numbers.between(0, 1))
    if unknown.any():
        line, text = frame[unknown].iloc[0][["line", "group"]]
        raise StudyRefused(
            f"Line {line}: {text!r} does not say whether the unit was treated (1, 0)."
        )
    on = words.isin(YES) | (numbers > 0)
    start = frame["period"].where(on).groupby(frame["unit"]).min().fillna(np.inf)
    later_off = ~on & (frame["period"] > frame["unit"].map(start))
    if later_off.any():
        unit = frame[later_off].iloc[0]["unit"]
        raise StudyRefused(
            f"The unit {unit!r} stops being treated: none of these methods can use that; end the"
            " study before, or leave the unit out."
        )
    return start.astype(float)


def _check_groups(study: Study, panel: Panel) -> None:
    if not panel.treated.any():
        raise StudyRefused("No unit is treated within the file's periods: check `start`.")
    if panel.treated.all() and study.protocol.method not in ("callaway-santanna",):
        raise StudyRefused("Every unit is treated: no unit is left to compare with.")
    first = panel.periods[0]
    always = panel.start <= first
    if always[panel.treated].all():
        raise StudyRefused(
            f"There is no period before the start: the file begins with {study.name(first)};"
            " without a time before, nothing can be compared."
        )


def common_start(study: Study, panel: Panel) -> float:
    """The one start of all treated units; raises StudyRefused where they start at several times."""
    starts = sorted(set(panel.start[panel.treated]))
    if len(starts) > 1:
        names = ", ".join(study.name(one) for one in starts[:4])
        raise StudyRefused(
            f"The units start at different times ({names}): use the method callaway-santanna."
        )
    return float(starts[0])
