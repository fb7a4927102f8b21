"""The compiled event loop: which team answers which call, and when; `twin.py` says it in prose.

A call takes the best free team on duty; with none free it waits, by priority and then by arrival;
with none on duty it is patrol's at once. A waiting call is given out when a team becomes free or
begins its stretch, and leaves to patrol when its patience ends. A call once begun is finished.
The stretches of the other half of a split pair are written by the loop itself.

Columns are taken out of their tuples once, in front of each loop: inside it, numba would count
references to all of them for every call.
"""

import numpy as np

from tandem.planning.arrays import (
    GAVE_UP,
    LEAST_BUSY,
    MATRIX,
    NEAREST,
    NO_TEAM,
    PHONED,
    REACHED,
)
from tandem.planning.compiled import compiled
from tandem.planning.draws import straight

NOBODY_FREE, NOBODY_ON_DUTY = -1, -2
FIRST_ROOM = 64


@compiled()
def drive_times(crews, roads, calls, n, there):  # type: ignore[no-untyped-def]
    """Fill `there` (n, T): minutes until the last needed member of a team is at a call."""
    phone, post, second_post = crews.phone, crews.post, crews.second_post
    post_x, post_y, pace, metric = roads.post_x, roads.post_y, roads.pace, roads.metric
    minutes, mode, factor = roads.minutes, roads.mode, roads.factor
    x, y, place, priority = calls.x, calls.y, calls.place, calls.priority
    for k in range(n):
        rank = priority[k]
        for team in range(phone.shape[0]):
            here, other = post[team], second_post[team]
            if phone[team] == 1:
                travel = 0.0
            elif metric == MATRIX:
                one = minutes[mode[rank], here, place[k]]
                two = minutes[mode[rank], other, place[k]]
                travel = max(one, two) * factor[rank]
            else:
                far = straight(metric, post_x[here] - x[k], post_y[here] - y[k])
                if other != here:
                    far = max(far, straight(metric, post_x[other] - x[k], post_y[other] - y[k]))
                travel = far * pace[rank]
            there[k, team] = travel


@compiled()
def choose(rank, there, now, turn, free, busy, start, end, stop, turnout, hands_over, rule):  # type: ignore[no-untyped-def]  # noqa: C901
    """The team to send at `now`, else NOBODY_FREE or NOBODY_ON_DUTY.

    `rank` and `there` are the call's own rows.
    """
    best = NOBODY_ON_DUTY
    best_rank = 0
    best_score = 0.0
    for team in range(rank.shape[0]):
        place = rank[team]
        if place < 0:
            continue
        while end[turn[team]] <= now:
            turn[team] += 1
        if start[turn[team]] > now:
            continue
        if best == NOBODY_ON_DUTY:
            best = NOBODY_FREE
        if free[team] > now:
            continue
        if hands_over[team] == 1 and now + turnout[team] + there[team] >= stop[turn[team]]:
            continue
        score = 0.0
        if rule == NEAREST:
            score = there[team]
        elif rule == LEAST_BUSY:
            score = busy[team]
        if best < 0 or place < best_rank or (place == best_rank and score < best_score):
            best, best_rank, best_score = team, place, score
    return best


@compiled()
def next_change(now, turn, free, start, end):  # type: ignore[no-untyped-def]
    """The first moment after `now` at which a team that cannot be sent now can be."""
    soonest = np.inf
    for team in range(turn.shape[0]):
        while end[turn[team]] <= now:
            turn[team] += 1
        if free[team] > now:
            later = turn[team]
            while end[later] <= free[team]:
                later += 1
            moment = max(free[team], start[later])
        elif start[turn[team]] > now:
            moment = start[turn[team]]
        else:
            moment = start[turn[team] + 1]
        soonest = min(soonest, moment)
    return soonest


@compiled()
def give_up_before(at, patience, outcome, waiting, many, moment):  # type: ignore[no-untyped-def]
    """Take out of the queue whose patience ended before the moment; returns how many stay."""
    stay = 0
    for j in range(many):
        k = waiting[j]
        if at[k] + patience[k] < moment:
            outcome[k] = GAVE_UP
        else:
            waiting[stay] = k
            stay += 1
    return stay


@compiled()
def put_in_line(priority, waiting, many):  # type: ignore[no-untyped-def]
    """Move the last of `many` waiting calls forward past those of a lower priority."""
    k = waiting[many - 1]
    j = many - 1
    while j > 0 and priority[waiting[j - 1]] > priority[k]:
        waiting[j] = waiting[j - 1]
        j -= 1
    waiting[j] = k


@compiled()
def at_the_end(waiting, many, k):  # type: ignore[no-untyped-def]
    """The queue with call k behind its `many` calls, in more room where that is needed."""
    if many == waiting.shape[0]:
        wider = np.empty(2 * many, np.int64)
        wider[:many] = waiting
        waiting = wider
    waiting[many] = k
    return waiting


@compiled()
def next_asked(asked, k, n):  # type: ignore[no-untyped-def]
    """The first call from k on for which a team is asked."""
    while k < n and asked[k] == 0:
        k += 1
    return k


@compiled()
def patrol_takes(outcome, waiting, many):  # type: ignore[no-untyped-def]
    """Nobody will come any more for the calls that still wait."""
    for j in range(many):
        outcome[waiting[j]] = GAVE_UP


@compiled(inline="always")
def course(now, travel, turnout, phone, phone_factor, on_scene, away, home, drives_back):  # type: ignore[no-untyped-def]
    """When a team sent at `now` is with the person, leaves the scene, and is back."""
    begun = now + turnout + travel
    if phone == 1:
        left = begun + on_scene * phone_factor
        return begun, left, left
    left = begun + on_scene
    if away > 0.0:
        return begun, left, left + (away + home)
    return begun, left, left + (travel if drives_back == 1 else 0.0)


@compiled()
def split_pair(slot, left, back, start, end, stop):  # type: ignore[no-untyped-def]
    """While one of the pair is away, the other answers by telephone: its one stretch."""
    start[slot] = left
    end[slot] = stop[slot] = back


@compiled()
def prepare(crews, shifts, calls, n, answers, free, busy):  # type: ignore[no-untyped-def]
    """Nobody is busy, nothing is answered, and no pair is split; returns the first stretches."""
    free[:] = 0.0
    busy[:] = 0.0
    turn = shifts.first[: free.shape[0]].copy()
    for half in range(free.shape[0]):
        if crews.whole[half] >= 0:
            slot = turn[half]
            shifts.start[slot] = shifts.end[slot] = shifts.stop[slot] = np.inf
    answers.team[:n] = -1
    answers.sent[:n] = answers.arrived[:n] = answers.free[:n] = -1.0
    answers.outcome[:n] = calls.outcome[:n]
    return turn


@compiled()
def run(crews, shifts, calls, n, there, answers, busy):  # type: ignore[no-untyped-def]
    """Answer calls 0 to n - 1; fills `answers` and the minutes each team was `busy`.

    `there` is what `drive_times` gave. Minutes throughout.
    """
    at, kind, priority, asked = calls.at, calls.kind, calls.priority, calls.asked
    patience, away, on_scene = calls.patience, calls.away, calls.on_scene
    papers, hospital = calls.documentation, calls.hospital
    outcome, team_of, sent, arrived, done_at = answers
    rank, phone, _, _, turnout, hands_over, other_half, whole, home, rule, back, factor = crews[:12]
    first, start, end, stop = shifts
    free = np.zeros(busy.shape[0])
    turn = prepare(crews, shifts, calls, n, answers, free, busy)
    waiting = np.empty(FIRST_ROOM, np.int64)
    many, k, clock = 0, 0, -1.0
    while True:
        k = next_asked(asked, k, n)
        moment = next_change(clock, turn, free, start, end) if many > 0 else np.inf
        arrival = k < n and at[k] < moment
        clock = at[k] if arrival else moment
        if clock == np.inf:
            break
        many = give_up_before(at, patience, outcome, waiting, many, clock)
        offered = stay = many if arrival else 0
        if arrival:
            waiting = at_the_end(waiting, many, k)
            many, k = many + 1, k + 1
        for j in range(offered, many):
            c = waiting[j]
            ranks, travels = rank[kind[c]], there[c]
            team = choose(
                ranks, travels, clock, turn, free, busy, start, end, stop, turnout, hands_over, rule
            )
            if team == NOBODY_ON_DUTY and arrival:
                outcome[c] = NO_TEAM
            if team < 0:
                waiting[stay] = c
                stay += outcome[c] < 0
                continue
            goal = hospital[c]
            homeward = home[priority[c], goal, team] if back == 1 and goal >= 0 else 0.0
            begun, left, done = course(
                clock, travels[team], turnout[team], phone[team], factor,
                on_scene[c], away[c], homeward, back,
            )  # fmt: skip
            limit = stop[turn[team]] if hands_over[team] == 1 else np.inf
            outcome[c] = PHONED if phone[team] == 1 else REACHED
            half = other_half[team]
            if half >= 0 and away[c] > 0.0:
                turn[half] = first[half]
                split_pair(first[half], left, min(done, limit), start, end, stop)
            done = min(done + papers[c], limit)
            free[team], busy[team] = done, busy[team] + (done - clock)
            if whole[team] >= 0:  # the pair is whole again only after its half's own call
                free[whole[team]] = max(free[whole[team]], done)
            team_of[c], sent[c], arrived[c], done_at[c] = team, clock, begun, done
        if arrival and stay == many:
            put_in_line(priority, waiting, many)
        many = stay
    patrol_takes(outcome, waiting, many)
