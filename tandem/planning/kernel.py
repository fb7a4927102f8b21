"""The compiled event loop: which team answers which call, and when; `twin.py` says it in prose.

A call takes the best free team on duty; with none free it waits, by priority and then by arrival;
with none on duty it is patrol's at once. A waiting call is given out when a team becomes free or
begins its stretch, and leaves to patrol when its patience ends. A call once begun is finished.
The stretches of the other half of a split pair are written by the loop itself.

Columns are taken out of their tuples once, in front of each loop, and a function that the loop
calls ends with the same use of its arrays on every way through: else numba counts references to
them for every call, which takes longer than the call.
"""

import numpy as np

from tandem.planning.arrays import (
    GAVE_UP,
    LEAST_BUSY,
    MATRIX,
    NEAREST,
    NO_TEAM,
    REACHED,
)
from tandem.planning.compiled import compiled
from tandem.planning.draws import straight

NOBODY = -1
# What is known of each team while the loop runs: begin and end of its stretch, from when it can be
# sent, until when it is busy, minutes of work so far, the time by which a team that hands over must
# have arrived; then minutes to set out, 1 for one that answers by phone, and the numbers of its
# other half and of the pair that it is the half of, or -1.
START, UNTIL, READY, FREE, BUSY, LIMIT, TURNOUT, PHONE, HALF, WHOLE = range(10)
COLUMNS = 16


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


@compiled(forceinline=True)
def choose(rank, kind, there, c, now, state, rule):  # type: ignore[no-untyped-def]
    """The team to send to call c of a class at `now`, or NOBODY."""
    best = NOBODY
    best_rank = 0
    best_score = 0.0
    for team in range(state.shape[0]):
        place = rank[kind, team]
        if place < 0 or state[team, READY] > now:
            continue
        travel = there[c, team]
        if now + state[team, TURNOUT] + travel >= state[team, LIMIT]:
            continue
        score = travel
        if rule != NEAREST:
            score = state[team, BUSY] if rule == LEAST_BUSY else 0.0
        if best < 0 or place < best_rank or (place == best_rank and score < best_score):
            best, best_rank, best_score = team, place, score
    return best


@compiled()
def is_on_duty(rank, kind, now, state):  # type: ignore[no-untyped-def]
    """Whether any team that may be sent to calls of a class works at `now`, free or not."""
    found = False
    for team in range(state.shape[0]):
        found |= rank[kind, team] >= 0 and state[team, START] <= now
    return found


@compiled()
def turn_to(now, crews, shifts, state, turn):  # type: ignore[no-untyped-def]
    """Put every team into its stretch of `now`, or its next; returns when that next changes."""
    start, end, stop = shifts.start, shifts.end, shifts.stop
    soonest = np.inf
    for team in range(state.shape[0]):
        if state[team, UNTIL] <= now:
            if crews.whole[team] >= 0:
                state[team, START] = state[team, UNTIL] = np.inf
            else:
                while end[turn[team]] <= now:
                    turn[team] += 1
                state[team, START] = start[turn[team]]
                state[team, UNTIL] = end[turn[team]]
                if crews.hands_over[team] == 1:
                    state[team, LIMIT] = stop[turn[team]]
            state[team, READY] = max(state[team, FREE], state[team, START])
        soonest = min(soonest, state[team, UNTIL])
    return soonest


@compiled()
def next_change(now, state, turn, start, end):  # type: ignore[no-untyped-def]
    """The first moment after `now` at which a team that cannot be sent now can be.

    Every team stands in its stretch of `now`, or before its next one.
    """
    soonest = np.inf
    for team in range(state.shape[0]):
        moment = state[team, READY]
        later = turn[team]
        if moment <= now:
            # Free and on duty, yet not for whoever waits: perhaps in the next stretch.
            moment = start[later + 1] if later >= 0 else np.inf
        elif moment >= state[team, UNTIL]:
            if later < 0:
                continue
            while end[later] <= moment:
                later += 1
            moment = max(moment, start[later])
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
def put_in_line(priority, waiting, many, k):  # type: ignore[no-untyped-def]
    """Place call k behind those of its priority or a higher one; returns how many wait."""
    j = many
    while j > 0 and priority[waiting[j - 1]] > priority[k]:
        waiting[j] = waiting[j - 1]
        j -= 1
    waiting[j] = k
    return many + 1


@compiled()
def patrol_takes(outcome, waiting, many):  # type: ignore[no-untyped-def]
    """Nobody will come any more for the calls that still wait."""
    for j in range(many):
        outcome[waiting[j]] = GAVE_UP


@compiled(forceinline=True)
def send(state, team, now, travel, on_scene, away, homeward, papers, drives_back, factor):  # type: ignore[no-untyped-def]
    """Send a team at `now`: when it is with the person, and when it is free.

    The third is when the stretch of its other half ends, infinite where the pair is not split.
    """
    begun = now + state[team, TURNOUT] + travel
    limit = state[team, LIMIT]
    change = np.inf
    if state[team, PHONE] > 0.0:
        done = begun + on_scene * factor
    else:
        left = begun + on_scene
        done = left
        if away > 0.0:
            done += away + homeward
            if state[team, HALF] >= 0.0:
                # While one of the pair is away, the other answers by telephone.
                half = int(state[team, HALF])
                change = min(done, limit)
                state[half, START], state[half, UNTIL] = left, change
                state[half, READY] = max(state[half, FREE], left)
        elif drives_back == 1:
            done += travel
    done = min(done + papers, limit)
    if state[team, WHOLE] >= 0.0:
        # The pair is whole again only after the call that its half took.
        pair = int(state[team, WHOLE])
        state[pair, FREE] = max(state[pair, FREE], done)
        state[pair, READY] = max(state[pair, READY], done)
    state[team, FREE] = state[team, READY] = done
    state[team, BUSY] += done - now
    return begun, done, change


@compiled(forceinline=True)
def minutes_home(home, priority, hospital, team, drives_back):  # type: ignore[no-untyped-def]
    """From the hospital that the call goes to, if any, back to the team's post."""
    if drives_back == 1 and hospital >= 0:
        return home[priority, hospital, team]
    return 0.0


@compiled()
def prepare(crews, shifts, calls, n, answers, state):  # type: ignore[no-untyped-def]
    """Nobody is busy, nothing is answered, and no pair is split; returns the first stretches."""
    state[:] = 0.0
    state[:, UNTIL] = -1.0
    state[:, LIMIT] = np.inf
    state[:, TURNOUT], state[:, PHONE] = crews.turnout, crews.phone
    state[:, HALF], state[:, WHOLE] = crews.other_half, crews.whole
    answers.team[:n] = -1
    answers.sent[:n] = answers.arrived[:n] = answers.free[:n] = -1.0
    answers.outcome[:n] = calls.outcome[:n]
    # A half has no stretches but those that splitting gives it.
    return np.where(crews.whole >= 0, np.int64(-1), shifts.first[: state.shape[0]])


@compiled()
def run(crews, shifts, calls, n, there, answers, busy):  # type: ignore[no-untyped-def]  # noqa: C901
    """Answer calls 0 to n - 1; fills `answers` and the minutes each team was `busy`.

    `there` is what `drive_times` gave. Minutes throughout.
    """
    at, kind, priority, asked = calls.at, calls.kind, calls.priority, calls.asked
    patience, away, on_scene, hospital = calls.patience, calls.away, calls.on_scene, calls.hospital
    papers, state = calls.documentation, np.empty((busy.shape[0], COLUMNS))
    outcome, team_of, sent, arrived, free = answers
    rank, phone, home, rule = crews.rank, crews.phone, crews.home, crews.rule
    back, factor, start, end = crews.drives_back, crews.phone_factor, shifts.start, shifts.end
    turn = prepare(crews, shifts, calls, n, answers, state)
    waiting = np.empty(n, np.int64)
    many, clock, change = 0, -1.0, -1.0
    for k in range(n + 1):
        now = at[k] if k < n else np.inf
        while many > 0:
            moment = next_change(clock, state, turn, start, end)
            if moment > now or moment == np.inf:
                break
            clock = moment
            if change <= clock:
                change = turn_to(clock, crews, shifts, state, turn)
            still = give_up_before(at, patience, outcome, waiting, many, clock)
            many = 0
            for j in range(still):
                c = waiting[j]
                team = choose(rank, kind[c], there, c, clock, state, rule)
                if team < 0:
                    waiting[many] = c
                    many += 1
                    continue
                homeward = minutes_home(home, priority[c], hospital[c], team, back)
                arrived[c], free[c], ends = send(
                    state, team, clock, there[c, team], on_scene[c], away[c], homeward, papers[c],
                    back, factor,
                )  # fmt: skip
                outcome[c], team_of[c], sent[c] = REACHED + phone[team], team, clock
                change = min(change, ends)
        if k == n or asked[k] == 0:
            continue
        clock = now
        if change <= now:
            change = turn_to(now, crews, shifts, state, turn)
        team = choose(rank, kind[k], there, k, now, state, rule)
        if team >= 0:
            homeward = minutes_home(home, priority[k], hospital[k], team, back)
            arrived[k], free[k], ends = send(
                state, team, now, there[k, team], on_scene[k], away[k], homeward, papers[k],
                back, factor,
            )  # fmt: skip
            outcome[k], team_of[k], sent[k] = REACHED + phone[team], team, now
            change = min(change, ends)
        elif is_on_duty(rank, kind[k], now, state):
            many = give_up_before(at, patience, outcome, waiting, many, now)
            many = put_in_line(priority, waiting, many, k)
        else:
            outcome[k] = NO_TEAM
    patrol_takes(outcome, waiting, many)
    busy[:] = state[:, BUSY]
