"""Calibrates on the first half of a history and asks whether the second half would have been
foretold: response, busy share and hours by disposition of every week, in the engine's intervals."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from tandem.planning.arrays import blank_answers, blank_calls
from tandem.planning.history import Call, History
from tandem.planning.kernel import run
from tandem.planning.model import Plan, compile_plan
from tandem.planning.reading import parse_when
from tandem.planning.scenario import (
    WEEK_HOURS,
    Demand,
    Disposition,
    Duration,
    Outcome,
    Place,
    Scenario,
    Spot,
    Team,
    Travel,
    Window,
)
from tandem.planning.staffing import as_shifts, busy_of, staffed_hours
from tandem.planning.study import Study, Unusable

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
LEVEL = 0.9
PROMISE = 0.85
REPLICATIONS = 1000
SWITCHED_REPLICATIONS = 200
FEWEST_DONORS = 30
FEWEST_CALLS = 5
FEWEST_WEEKS = 4
RARE = 10
REST = "other dispositions"
# From how many weeks of the first half a simulated week borrows its calls; 0 = from all of them.
POOLS = (0, 5, 3, 2, 1)
DAYS = 7
DAY = 1440.0


@dataclass(frozen=True)
class Half:
    """One half of a history: its calls with all times, by week.

    Attributes:
        calls: with waited, travelled and bound told, oldest first.
        week: of each call, shape (n,); weeks are numbered from 0.
        staffed: teams on by hour of the week, shape (168,).
        starts: first day of each week.
    """

    calls: list[Call]
    week: Ints
    staffed: Array
    starts: list[dt.date]
    left_out: int

    @property
    def weeks(self) -> int:
        return len(self.starts)


@dataclass
class Draws:
    """What each call of a half takes over from a donor, per replication: shapes (R, n)."""

    handling: Array
    travelled: Array
    bound: Array
    word: Ints


@dataclass(frozen=True)
class Weekly:
    """One measure of one week: seen, and the interval of what was simulated."""

    week: dt.date
    seen: float
    low: float
    high: float

    @property
    def inside(self) -> bool:
        return self.low <= self.seen <= self.high


@dataclass
class Backtest:
    """The verdict, and week by week what it rests on."""

    measures: dict[str, list[Weekly]]
    pool: int
    replications: int
    notes: list[str]
    blame: dict[str, dict[str, float]] = field(default_factory=dict)

    def share(self, name: str) -> float:
        told = self.measures[name]
        return sum(week.inside for week in told) / len(told)

    @property
    def missed(self) -> list[str]:
        return [name for name in self.measures if self.share(name) < PROMISE]

    @property
    def usable(self) -> bool:
        return not self.missed


def backtest(
    history: History,
    study: Study,
    replications: int = REPLICATIONS,
    say: Callable[[int, int], None] | None = None,
) -> Backtest:
    """Simulate the second half, its calls taken as given, from what the first half taught.

    A simulated call takes handling, travel, time on scene and disposition from one call of the
    first half, of its own area where that has thirty. A simulated week borrows from a few weeks of
    the first half drawn anew each time, so that weeks differ as they did; how many is chosen on
    the first half alone, by leaving each of its weeks out in turn. `say` hears the steps done, and
    how many there are.

    Raises:
        Unusable: the history does not tell the times, or has too few weeks.
    """
    first, second = halves(history, study)
    rng = np.random.default_rng(study.seed)
    steps = len(POOLS) + 2
    pool = _choose_pool(first, study.seed, lambda step: say(step, steps) if say else None)
    words = _words(first)
    drawn = _draw(first, second, pool, replications, rng, words, leave_out=False)
    measures = _judge(second, drawn, words)
    if say:
        say(steps - 1, steps)
    made = Backtest(measures, pool, replications, _notes(first, second, study))
    for name in made.missed:
        made.blame[name] = _blame(first, second, pool, study.seed, words, name)
    if say:
        say(steps, steps)
    return made


def halves(history: History, study: Study) -> tuple[Half, Half]:
    """The recorded weeks of a history, cut in two; raises Unusable where they cannot be."""
    days = history.days
    middle = days[len(days) // 2]
    timed = sum(busy_of(call)[0] is not None and call.waited is not None for call in history.calls)
    if timed < 2 * FEWEST_DONORS:
        raise Unusable(
            f"Only {timed} calls of the history tell request, dispatch, arrival and end: nothing "
            "can be compared with a simulation. Map those times, or use no what-if from it."
        )
    parts = (
        history.between(days[0], middle - dt.timedelta(days=1)),
        history.between(middle, days[-1]),
    )
    first, second = (_half(part, study) for part in parts)
    if min(first.weeks, second.weeks) < FEWEST_WEEKS:
        raise Unusable(
            f"The halves of the history have {first.weeks} and {second.weeks} weeks with "
            f"{FEWEST_CALLS} calls or more; each needs {FEWEST_WEEKS}. Add data."
        )
    return first, second


def _half(part: History, study: Study) -> Half:
    staffed, _ = staffed_hours(part, study)
    days = part.days
    usable = [
        call for call in part.calls if busy_of(call)[0] is not None and call.waited is not None
    ]
    # Weeks count back from the end, so that only the first can be a short one, and is left out.
    number = Counter((days[-1] - call.day).days // DAYS for call in usable)
    kept = sorted((w for w, calls in number.items() if calls >= FEWEST_CALLS), reverse=True)
    starts = [days[-1] - dt.timedelta(days=DAYS * (w + 1) - 1) for w in kept]
    place = {w: index for index, w in enumerate(kept)}
    calls = [call for call in usable if (days[-1] - call.day).days // DAYS in place]
    week = np.array([place[(days[-1] - call.day).days // DAYS] for call in calls], dtype=np.int64)
    return Half(calls, week, staffed, starts, len(part.calls) - len(calls))


def _words(half: Half) -> list[str]:
    """Dispositions common enough in the first half to be measured on their own."""
    counts = Counter(call.disposition or "closed" for call in half.calls)
    return [*sorted(word for word, n in counts.items() if n >= RARE), REST]


def _word(words: Sequence[str], call: Call) -> int:
    word = call.disposition or "closed"
    return words.index(word) if word in words else len(words) - 1


def _free_at_request(half: Half) -> NDArray[np.bool_]:
    """Whether a team was free when each call was made: only then is its delay the desk's own."""
    spans = [busy_of(call) for call in half.calls]
    free = np.ones(len(half.calls), dtype=bool)
    running: list[dt.datetime] = []
    for place, (call, (_, end)) in enumerate(zip(half.calls, spans, strict=True)):
        running = [other for other in running if other > call.at]
        free[place] = len(running) < half.staffed[call.hour_of_week]
        if end:
            running.append(end)
    return free


def _choose_pool(first: Half, seed: int, done: Callable[[int], None]) -> int:
    """How many weeks a simulated week borrows from, by leaving out each week of the first half.

    Taken is the most weeks, and so the narrowest intervals, that keep their promise there; where
    none does, one.
    """
    words = _words(first)
    for step, pool in enumerate(POOLS, start=1):
        rng = np.random.default_rng(seed)
        drawn = _draw(first, first, pool, REPLICATIONS, rng, words, leave_out=True)
        found = _judge(first, drawn, words)
        shares = [np.mean([week.inside for week in told]) for told in found.values()]
        done(step)
        if np.mean(shares) >= LEVEL:
            return pool
    return POOLS[-1]


def _draw(
    first: Half,
    target: Half,
    pool: int,
    replications: int,
    rng: np.random.Generator,
    words: list[str],
    *,
    leave_out: bool,
) -> Draws:
    """Donors for every call of `target` in every replication."""
    chosen = np.empty((replications, len(target.calls)), dtype=np.int64)
    areas = np.array([call.area for call in first.calls])
    by_week = [np.flatnonzero(first.week == week) for week in range(first.weeks)]
    counted = Counter(areas.tolist())
    common = sorted(area for area, n in counted.items() if n >= FEWEST_DONORS)
    own = {area: areas == area for area in common}
    for week in range(target.weeks):
        calls = np.flatnonzero(target.week == week)
        others = [w for w in range(first.weeks) if not (leave_out and w == week)]
        here = {area: calls[[target.calls[c].area == area for c in calls]] for area in common}
        # A draw of places: `choice` gives the same, and is slow for this many small ones.
        for turn in range(replications):
            picked = rng.integers(len(others), size=pool or len(others))
            donors = np.concatenate([by_week[others[place]] for place in picked])
            chosen[turn, calls] = donors[rng.integers(len(donors), size=len(calls))]
            for area, asked in here.items():
                local = donors[own[area][donors]]
                if len(asked) and len(local):
                    chosen[turn, asked] = local[rng.integers(len(local), size=len(asked))]
    waited = np.array([call.waited or 0.0 for call in first.calls])
    free = _free_at_request(first)
    # A donor that found every team busy lends its drive and its scene, but not its wait.
    usual = waited[free] if free.any() else waited
    handling = np.where(free[chosen], waited[chosen], rng.choice(usual, size=chosen.shape))
    return Draws(
        handling,
        np.array([call.travelled or 0.0 for call in first.calls])[chosen],
        np.array([call.bound or 0.0 for call in first.calls])[chosen],
        np.array([_word(words, call) for call in first.calls], dtype=np.int64)[chosen],
    )


def _plan(half: Half) -> tuple[Plan, dt.datetime]:
    """The teams of a half as the engine takes them, and the Monday on which its weeks begin."""
    monday = half.starts[0] - dt.timedelta(days=half.starts[0].weekday())
    weeks = (half.calls[-1].day - monday).days // DAYS + 2
    teams = []
    for number, shifts in enumerate(as_shifts(half.staffed), start=1):
        windows: list[Window] = []
        for words in shifts:
            windows += parse_when(words) or []
        teams.append(Team(f"team {number}", "ride-along", ("base",), tuple(windows)))
    if not teams:
        raise Unusable("No team is on in the history: give `[[staffed]]` hours in the study.")
    scenario = Scenario(
        name="backtest",
        priorities=("all",),
        places=(Place("all", "all", (0.0, 0.0, 0.0, 0.0)),),
        posts=(Spot("base", 0.0, 0.0),),
        teams=tuple(teams),
        gates={"open": (Outcome("in person", 1.0, ("ride-along",)),)},
        demand=(Demand("all", (("all", 1.0),), (1.0,) * WEEK_HOURS, {"all": 1.0}, "open", 1.0),),
        dispositions=(Disposition("closed", 1.0, on_scene=Duration()),),
        travel=Travel(),
        weeks=weeks,
    )
    return compile_plan(scenario), dt.datetime.combine(monday, dt.time())


def _simulate(half: Half, drawn: Draws) -> tuple[Array, Array]:
    """Response and team minutes of every call in every replication, shapes (R, n)."""
    plan, begin = _plan(half)
    n = len(half.calls)
    asked_at = np.array([(call.at - begin).total_seconds() / 60 for call in half.calls])
    response, minutes = np.empty_like(drawn.handling), np.empty_like(drawn.handling)
    teams = len(plan.team_names)
    for turn in range(len(drawn.handling)):
        at = asked_at + drawn.handling[turn]
        order = np.argsort(at, kind="stable")
        calls, answers = blank_calls(n), blank_answers(n)
        calls.at[:] = at[order]
        calls.asked[:] = 1
        calls.outcome[:] = -1
        calls.hospital[:] = -1
        calls.patience[:] = np.inf
        calls.on_scene[:] = drawn.bound[turn][order]
        there = np.repeat(drawn.travelled[turn][order][:, None], teams, axis=1)
        run(plan.crews, plan.shifts, calls, n, there, answers, np.zeros(teams))
        # A call outside all hours is patrol's for the engine; here somebody went: at once.
        sent = np.where(answers.team >= 0, answers.sent, calls.at)
        response[turn, order] = sent + drawn.travelled[turn][order] - asked_at[order]
        minutes[turn, order] = drawn.travelled[turn][order] + drawn.bound[turn][order]
    return response, minutes


def _judge(half: Half, drawn: Draws, words: list[str]) -> dict[str, list[Weekly]]:
    """Every measure of every week: seen, and its interval."""
    response, minutes = _simulate(half, drawn)
    seen_response = np.array([call.response or 0.0 for call in half.calls])
    seen_minutes = np.array([(call.travelled or 0.0) + (call.bound or 0.0) for call in half.calls])
    seen_word = np.array([_word(words, call) for call in half.calls])
    on_duty = float(half.staffed.sum()) * 60
    told: dict[str, list[Weekly]] = {}
    for week in range(half.weeks):
        here = half.week == week
        own, ours = response[:, here], minutes[:, here]
        days = min(DAYS, len({call.day for call, on in zip(half.calls, here, strict=True) if on}))
        hours = on_duty * days / DAYS
        rows = {
            "response median": (np.median(seen_response[here]), np.median(own, axis=1)),
            "response p90": (
                np.quantile(seen_response[here], 0.9),
                np.quantile(own, 0.9, axis=1),
            ),
            "busy share": (seen_minutes[here].sum() / hours, ours.sum(axis=1) / hours),
        }
        for place, word in enumerate(words):
            picked = drawn.word[:, here] == place
            rows[f"hours, {word}"] = (
                seen_minutes[here][seen_word[here] == place].sum() / 60,
                np.where(picked, ours, 0.0).sum(axis=1) / 60,
            )
        for name, (seen, simulated) in rows.items():
            low, high = np.quantile(simulated, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
            told.setdefault(name, []).append(
                Weekly(half.starts[week], float(seen), float(low), float(high))
            )
    return told


PARTS = ("handling", "travel", "scene", "disposition", "all of these")


def _blame(
    first: Half, second: Half, pool: int, seed: int, words: list[str], name: str
) -> dict[str, float]:
    """The share of weeks inside when one part of the model is the second half's own.

    Each part is switched by itself: what lifts the share is what changed between the halves.
    """
    found = {}
    for part in PARTS:
        rng = np.random.default_rng(seed)
        drawn = _draw(first, second, pool, SWITCHED_REPLICATIONS, rng, words, leave_out=False)
        rng = np.random.default_rng(seed)
        true = _draw(second, second, pool, SWITCHED_REPLICATIONS, rng, words, leave_out=True)
        if part in ("handling", "all of these"):
            drawn.handling = true.handling
        if part in ("travel", "all of these"):
            drawn.travelled = true.travelled
        if part in ("scene", "all of these"):
            drawn.bound = true.bound
        if part in ("disposition", "all of these"):
            drawn.word = true.word
        told = _judge(second, drawn, words)[name]
        found[part] = float(np.mean([week.inside for week in told]))
    return found


def _notes(first: Half, second: Half, study: Study) -> list[str]:
    notes = [
        f"Calibrated on {len(first.calls)} calls in {first.weeks} weeks from {first.starts[0]}, "
        f"compared with {len(second.calls)} calls in {second.weeks} weeks from "
        f"{second.starts[0]}.",
        f"{first.left_out + second.left_out} calls without all times, or in a week with fewer "
        f"than {FEWEST_CALLS}, are left out.",
        "The calls of the second half are taken as given: response and service are tested here, "
        "not growth.",
    ]
    if study.staffed_from_history:
        notes.append(
            f"Team-hours are inferred in each half from the responses at once: "
            f"{first.staffed.sum():.0f} and {second.staffed.sum():.0f} a week."
        )
    return notes
