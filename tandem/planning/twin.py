"""The simulation once more, in SimPy and to be read: the same outcome and team for every call.

It shares the drawn calls and the stretches of work with the kernel, and no decision. Times are
carried as they were drawn, because the clock of SimPy adds delays and so rounds.
"""

import heapq
import math
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import simpy

from tandem.planning.arrays import (
    GAVE_UP,
    LEAST_BUSY,
    MATRIX,
    NEAREST,
    NO_TEAM,
    PHONED,
    REACHED,
    STRAIGHT_L1,
    Answers,
    Calls,
    Shifts,
    blank_answers,
)
from tandem.planning.model import Plan

# At one moment teams come first, then calls, then the end of somebody's patience.
TEAMS_FIRST, THEN_CALLS, PATIENCE_LAST = 0, 1, 2


class Moment(simpy.Event):
    """An event at exactly one time, after whatever ranks before it."""

    def __init__(self, env: simpy.Environment, time: float, rank: int) -> None:
        super().__init__(env)
        self._ok, self._value = True, None
        heapq.heappush(env._queue, (time, rank, next(env._eid), self))


@dataclass
class Crew:
    """A team at work."""

    number: int
    stretches: list[tuple[float, float, float]]
    free: float = 0.0
    busy: float = 0.0

    def stretch(self, now: float) -> tuple[float, float, float] | None:
        """The stretch that it works in now."""
        while self.stretches and self.stretches[0][1] <= now:
            self.stretches.pop(0)
        if self.stretches and self.stretches[0][0] <= now:
            return self.stretches[0]
        return None


@dataclass
class Desk:
    """Who waits, who works, and who is sent."""

    plan: Plan
    calls: Calls
    crews: list[Crew]
    answers: Answers
    env: simpy.Environment = field(default_factory=simpy.Environment)
    waiting: list[tuple[int, int]] = field(default_factory=list)
    answered: dict[int, Any] = field(default_factory=dict)

    def caller(self, k: int) -> Generator[Any, Any, None]:
        """One call from its arrival until a team has it or it is patrol's."""
        now = float(self.calls.at[k])
        yield Moment(self.env, now, THEN_CALLS)
        if not self.calls.asked[k]:
            self.answers.outcome[k] = self.calls.outcome[k]
            return
        crew, somebody = self.best(k, now)
        if crew:
            self.send(crew, k, now)
            return
        if not somebody:
            self.answers.outcome[k] = NO_TEAM
            return
        entry = (int(self.calls.priority[k]), k)
        heapq.heappush(self.waiting, entry)
        self.answered[k] = self.env.event()
        patience = float(self.calls.patience[k])
        if math.isinf(patience):
            yield self.answered[k]
            return
        gone = Moment(self.env, now + patience, PATIENCE_LAST)
        yield self.answered[k] | gone
        if not self.answered[k].triggered:
            self.waiting.remove(entry)
            heapq.heapify(self.waiting)
            self.answers.outcome[k] = GAVE_UP

    def best(self, k: int, now: float) -> tuple[Crew | None, bool]:
        """The team to send, and whether any that may go is on duty at all."""
        plan = self.plan.crews
        somebody = False
        candidates = []
        for crew in self.crews:
            rank = int(plan.rank[self.calls.kind[k], crew.number])
            stretch = crew.stretch(now)
            if rank < 0 or stretch is None:
                continue
            somebody = True
            travel = self.minutes_to(crew, k)
            late = now + plan.turnout[crew.number] + travel >= stretch[2]
            if crew.free > now or (plan.hands_over[crew.number] and late):
                continue
            score = {NEAREST: travel, LEAST_BUSY: crew.busy}.get(plan.rule, 0.0)
            candidates.append((rank, score, crew.number))
        if not candidates:
            return None, somebody
        return self.crews[min(candidates)[2]], somebody

    def send(self, crew: Crew, k: int, now: float) -> None:
        """The call's whole course is known once a team is sent."""
        plan, calls = self.plan.crews, self.calls
        stretch = crew.stretch(now)
        if stretch is None:
            raise RuntimeError("A team was sent that is not on duty.")
        travel = self.minutes_to(crew, k)
        arrived = now + float(plan.turnout[crew.number]) + travel
        ends = stretch[2] if plan.hands_over[crew.number] else math.inf
        if plan.phone[crew.number]:
            self.answers.outcome[k] = PHONED
            done = arrived + float(calls.on_scene[k]) * plan.phone_factor
        else:
            self.answers.outcome[k] = REACHED
            scene_left = arrived + float(calls.on_scene[k])
            done = scene_left
            if calls.away[k] > 0:
                home = plan.drives_back and calls.hospital[k] >= 0
                done += float(calls.away[k]) + (self.minutes_home(crew, k) if home else 0.0)
                if plan.other_half[crew.number] >= 0:
                    half = self.crews[plan.other_half[crew.number]]
                    back = min(done, ends)
                    half.stretches = [(scene_left, back, back)]
                    self.wake(scene_left)
            elif plan.drives_back:
                done += travel
        done = min(done + float(calls.documentation[k]), ends)
        crew.free = done
        crew.busy += done - now
        self.wake(done)
        if plan.whole[crew.number] >= 0:
            pair = self.crews[plan.whole[crew.number]]
            pair.free = max(pair.free, done)
        self.answers.team[k], self.answers.sent[k] = crew.number, now
        self.answers.arrived[k], self.answers.free[k] = arrived, done

    def wake(self, time: float) -> None:
        """Look at the waiting calls again at a time."""
        self.env.process(self.look(time))

    def look(self, time: float) -> Generator[Any, Any, None]:
        """Offer what waits, by priority and arrival, to whoever can go."""
        yield Moment(self.env, time, TEAMS_FIRST)
        for entry in sorted(self.waiting):
            crew, _ = self.best(entry[1], time)
            if crew:
                self.waiting.remove(entry)
                self.answered[entry[1]].succeed()
                self.send(crew, entry[1], time)
        heapq.heapify(self.waiting)

    def minutes_to(self, crew: Crew, k: int) -> float:
        """Until the last needed member is with the person; none by telephone."""
        plan, number = self.plan.crews, crew.number
        if plan.phone[number]:
            return 0.0
        posts = {int(plan.post[number]), int(plan.second_post[number])}
        return max(self.minutes_from(post, k) for post in posts)

    def minutes_from(self, post: int, k: int) -> float:
        """Travel from a post to a call."""
        roads, calls = self.plan.roads, self.calls
        priority = calls.priority[k]
        if roads.metric == MATRIX:
            layer = roads.mode[priority]
            return float(roads.minutes[layer, post, calls.place[k]] * roads.factor[priority])
        dx, dy = roads.post_x[post] - calls.x[k], roads.post_y[post] - calls.y[k]
        return self.straight(float(dx), float(dy)) * float(roads.pace[priority])

    def minutes_home(self, crew: Crew, k: int) -> float:
        """Travel from the call's hospital to the team's post."""
        priority, hospital = self.calls.priority[k], self.calls.hospital[k]
        return float(self.plan.crews.home[priority, hospital, crew.number])

    def straight(self, dx: float, dy: float) -> float:
        """Kilometers along the grid, or as the crow flies."""
        if self.plan.roads.metric == STRAIGHT_L1:
            return abs(dx) + abs(dy)
        return math.sqrt(dx * dx + dy * dy)


def simulate_in_simpy(plan: Plan, calls: Calls, shifts: Shifts) -> Answers:
    """Answer the calls of one replication, one SimPy process for each of them."""
    answers = blank_answers(len(calls.at))
    for times in (answers.team, answers.sent, answers.arrived, answers.free):
        times[:] = -1
    crews = []
    for number in range(len(plan.team_names)):
        rows = slice(shifts.first[number], shifts.first[number + 1])
        table = np.column_stack([shifts.start[rows], shifts.end[rows], shifts.stop[rows]])
        stretches = [(float(a), float(b), float(c)) for a, b, c in table if math.isfinite(a)]
        crews.append(Crew(number, stretches))
    desk = Desk(plan, calls, crews, answers)
    for start in sorted({stretch[0] for crew in crews for stretch in crew.stretches}):
        desk.wake(start)
    for k in range(len(calls.at)):
        desk.env.process(desk.caller(k))
    desk.env.run()
    for _, k in desk.waiting:
        answers.outcome[k] = GAVE_UP
    return answers
