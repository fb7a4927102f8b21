"""Team-hours by hour of the week: given by the study, or inferred from responses at once."""

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from tandem.planning.history import Call, History
from tandem.planning.reading import DAYS
from tandem.planning.scenario import WEEK_HOURS
from tandem.planning.study import Staffed, Study

Array = NDArray[np.float64]
HOURS_OF_DAY = 24
# A team is taken to have been on in an hour of the day when it was busy then on this share of days.
SEEN_ON = 0.02


def staffed_hours(history: History, study: Study) -> tuple[Array, list[str]]:
    """Teams on duty in each hour of the week, shape (168,), and the assumptions behind them.

    Shifts that stood for a part of the history count by that part.
    """
    if study.staffed_from_history:
        told = inferred(history)
        spans = ", ".join(spans_of(told[:HOURS_OF_DAY]))
        return told, [
            "No team-hours are recorded: they are inferred as the most responses at once by hour "
            f"of the day, and held for every day ({spans or 'none'})."
        ]
    hours = np.zeros(WEEK_HOURS)
    days = history.days
    for shift in study.staffed:
        held = sum(shift.in_force(day) for day in days) / max(1, len(days))
        hours += held * np.array(shift.share_by_hour())
    if not study.staffed:
        return hours, ["The study names no staffed hours: no hour counts as staffed."]
    return hours, []


def spans_of(teams: Array) -> list[str]:
    """Hours of a day with teams on, as "2 from 14:00 to 22:00"."""
    told, begin = [], 0
    for hour in range(1, HOURS_OF_DAY + 1):
        if hour == HOURS_OF_DAY or teams[hour] != teams[begin]:
            if teams[begin]:
                told.append(f"{teams[begin]:g} from {begin:02}:00 to {hour:02}:00")
            begin = hour
    return told


def inferred(history: History) -> Array:
    """The most responses at once by hour of the day, every day alike, shape (168,).

    The k-th team counts as on in an hour of the day when k responses ran at once then on at least
    one recorded day in fifty: a single wrong time does not make a team.
    """
    at_once: dict[tuple[dt.date, int], int] = {}
    running: list[dt.datetime] = []
    for call in history.calls:
        begin, end = busy_of(call)
        if begin is None or end is None:
            continue
        running = [other for other in running if other > begin]
        running.append(end)
        key = (begin.date(), begin.hour)
        at_once[key] = max(at_once.get(key, 0), len(running))
    days = max(1, len(history.days))
    told = np.zeros(HOURS_OF_DAY)
    for hour in range(HOURS_OF_DAY):
        seen = sorted((n for (_, at), n in at_once.items() if at == hour), reverse=True)
        needed = max(1, int(np.ceil(SEEN_ON * days)))
        told[hour] = seen[needed - 1] if len(seen) >= needed else 0
    return np.tile(told, 7)


def busy_of(call: Call) -> tuple[dt.datetime | None, dt.datetime | None]:
    """When a response began (its dispatch) and ended; None where the times are not recorded."""
    if not call.timed or call.bound is None or call.travelled is None:
        return None, None
    begin = call.at + dt.timedelta(minutes=call.waited or 0.0)
    return begin, begin + dt.timedelta(minutes=call.travelled + call.bound)


def as_shifts(teams: Array) -> list[list[str]]:
    """The shifts of each team, in the words of a scenario, from teams by hour of the week."""
    shifts = []
    rounded = np.rint(teams).astype(int)
    for rank in range(1, int(rounded.max(initial=0)) + 1):
        on = rounded >= rank
        if (on.reshape(7, HOURS_OF_DAY) == on[:HOURS_OF_DAY]).all():
            shifts.append(_daily(on[:HOURS_OF_DAY], "Mon-Sun"))
        else:
            shifts.append(
                [
                    window
                    for day, name in enumerate(DAYS)
                    for window in _daily(on[day * HOURS_OF_DAY : (day + 1) * HOURS_OF_DAY], name)
                ]
            )
    return shifts


def _daily(on: NDArray[np.bool_], days: str) -> list[str]:
    told = []
    begin = None
    for hour in range(HOURS_OF_DAY + 1):
        is_on = hour < HOURS_OF_DAY and bool(on[hour])
        if is_on and begin is None:
            begin = hour
        if not is_on and begin is not None:
            told.append(f"{days} {begin:02}:00-{hour % HOURS_OF_DAY:02}:00")
            begin = None
    return told


def words_of(shift: Staffed) -> list[str]:
    """The stretches of a shift in the words of a scenario, one per day."""
    told = []
    for window in shift.shifts:
        day, start = divmod(int(window.start), HOURS_OF_DAY * 60)
        end = int(window.end) % (HOURS_OF_DAY * 60)
        told.append(
            f"{DAYS[day % 7]} {start // 60:02}:{start % 60:02}-{end // 60:02}:{end % 60:02}"
        )
    return told
