"""Draws the calls of one replication: each number is keyed by seed, replication, call and purpose.

The generator is SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) read by position instead of in
turn: call `k` owns positions 16k to 16k+15. So a change of teams, rules or order of use leaves
every call as it was, and scenarios are compared on the same days. Own code because no library
offers a counter-based stream that numba compiles together with the loop that uses it.
"""

import math

import numpy as np

from tandem.planning.arrays import (
    EMPIRICAL,
    EXPONENTIAL,
    FIXED,
    FOREVER,
    LOGNORMAL,
    MATRIX,
    NOT_ASKED,
    NOT_ELIGIBLE,
    STRAIGHT_L1,
    UNIFORM,
)
from tandem.planning.compiled import compiled

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
MIX_2 = np.uint64(0x94D049BB133111EB)
S30, S27, S31, S11 = np.uint64(30), np.uint64(27), np.uint64(31), np.uint64(11)
SLOTS = np.uint64(16)
ONE = np.uint64(1)
UNIT = 2.0**-53
(
    GAP,
    STREAM,
    PLACE,
    ALONG_X,
    ALONG_Y,
    PRIORITY,
    GATE,
    ASKING,
    DISPOSITION,
    ON_SCENE,
    AWAY,
    DOCUMENTATION,
    PATIENCE,
    PATROL,
) = (np.uint64(number) for number in range(14))
WEEK_HOURS = 168
# Coefficients of AS 241 (Wichura, Applied Statistics 37, 1988), from the constant term up.
NEAR, FAR = 0.425, 5.0
NEAR_UP = (
    3.3871328727963666080,
    1.3314166789178437745e2,
    1.9715909503065514427e3,
    1.3731693765509461125e4,
    4.5921953931549871457e4,
    6.7265770927008700853e4,
    3.3430575583588128105e4,
    2.5090809287301226727e3,
)
NEAR_DOWN = (
    1.0,
    4.2313330701600911252e1,
    6.8718700749205790830e2,
    5.3941960214247511077e3,
    2.1213794301586595867e4,
    3.9307895800092710610e4,
    2.8729085735721942674e4,
    5.2264952788528545610e3,
)
TAIL_UP = (
    1.42343711074968357734,
    4.6303378461565452959,
    5.7694972214606914055,
    3.64784832476320460504,
    1.27045825245236838258,
    2.4178072517745061177e-1,
    2.27238449892691845833e-2,
    7.7454501427834140764e-4,
)
TAIL_DOWN = (
    1.0,
    2.05319162663775882187,
    1.6763848301838038494,
    6.8976733498510000455e-1,
    1.4810397642748007459e-1,
    1.51986665636164571966e-2,
    5.475938084995344946e-4,
    1.05075007164441684324e-9,
)
FAR_UP = (
    6.6579046435011037772,
    5.4637849111641143699,
    1.7848265399172913358,
    2.9656057182850489123e-1,
    2.6532189526576123093e-2,
    1.2426609473880784386e-3,
    2.71155556874348757815e-5,
    2.01033439929228813265e-7,
)
FAR_DOWN = (
    1.0,
    5.9983220655588793769e-1,
    1.3692988092273580531e-1,
    1.48753612908506148525e-2,
    7.868691311456132591e-4,
    1.8463183175100546818e-5,
    1.4215117583164458887e-7,
    2.04426310338993978564e-15,
)


@compiled(forceinline=True)
def mix(z):  # type: ignore[no-untyped-def]
    """SplitMix64's finalizer."""
    z = (z ^ (z >> S30)) * MIX_1
    z = (z ^ (z >> S27)) * MIX_2
    return z ^ (z >> S31)


@compiled()
def stream_key(seed, replication, purpose):  # type: ignore[no-untyped-def]
    """The starting state of one replication's stream; purpose 0 is calls, 1 + i is team i."""
    key = mix(np.uint64(seed) + GOLDEN)
    key = mix(key ^ (np.uint64(replication) * MIX_1 + GOLDEN))
    return mix(key ^ (np.uint64(purpose) * MIX_2 + GOLDEN))


@compiled(forceinline=True)
def uniform(key, position):  # type: ignore[no-untyped-def]
    """The number at a position, strictly between 0 and 1."""
    return (float(mix(np.uint64(key) + (position + ONE) * GOLDEN) >> S11) + 0.5) * UNIT


@compiled(forceinline=True)
def _horner(c, r):  # type: ignore[no-untyped-def]
    high = ((c[7] * r + c[6]) * r + c[5]) * r + c[4]
    return (((high * r + c[3]) * r + c[2]) * r + c[1]) * r + c[0]


@compiled()
def normal_quantile(p):  # type: ignore[no-untyped-def]
    """The standard normal's inverse, by Wichura's AS 241 (PPND16), about 1e-16 relative.

    scipy's `ndtri` cannot be called from compiled code; inversion keeps one uniform per number.
    """
    q = p - 0.5
    if abs(q) <= NEAR:
        r = NEAR * NEAR - q * q
        return q * _horner(NEAR_UP, r) / _horner(NEAR_DOWN, r)
    r = math.sqrt(-math.log(p if q < 0.0 else 1.0 - p))
    if r <= FAR:
        value = _horner(TAIL_UP, r - 1.6) / _horner(TAIL_DOWN, r - 1.6)
    else:
        value = _horner(FAR_UP, r - FAR) / _horner(FAR_DOWN, r - FAR)
    return -value if q < 0.0 else value


@compiled()
def minutes_of(table, quantiles, number, u):  # type: ignore[no-untyped-def]
    """The quantile `u` of one distribution of minutes."""
    kind = table[number, 0]
    a = table[number, 1]
    if kind == FIXED:
        return a
    if kind == EXPONENTIAL:
        return -a * math.log(u)
    if kind == LOGNORMAL:
        return math.exp(a + table[number, 2] * normal_quantile(u))
    if kind == UNIFORM:
        return a + (table[number, 2] - a) * u
    if kind == EMPIRICAL:
        along = u * (table[number, 4] - 1.0)
        low = int(along)
        first = int(table[number, 3]) + low
        return quantiles[first] + (along - low) * (quantiles[first + 1] - quantiles[first])
    return np.inf


@compiled(forceinline=True)
def pick(cdf, u):  # type: ignore[no-untyped-def]
    """The first entry whose cumulated share is beyond u."""
    number = 0
    while number < cdf.shape[0] - 1 and u >= cdf[number]:
        number += 1
    return number


@compiled(forceinline=True)
def straight(metric, dx, dy):  # type: ignore[no-untyped-def]
    """Kilometers by the street grid (L1) or as the crow flies."""
    if metric == STRAIGHT_L1:
        return abs(dx) + abs(dy)
    return math.sqrt(dx * dx + dy * dy)


@compiled()
def draw_arrivals(rate, weeks, key, at):  # type: ignore[no-untyped-def]
    """Times of a nonhomogeneous Poisson process, by inversion; returns how many there are.

    A full `at` (minutes) stops it with -1, so that the caller can offer more room.
    """
    hours = weeks * WEEK_HOURS
    hour = 0
    now = left = rate[0]
    n = 0
    while True:
        gap = -math.log(uniform(key, np.uint64(n) * SLOTS + GAP))
        while gap > left:
            gap -= left
            hour += 1
            if hour >= hours:
                return n
            now = left = rate[hour % WEEK_HOURS]
        if n == at.shape[0]:
            return -1
        left -= gap
        at[n] = 60.0 * (hour + (now - left) / now)
        n += 1


@compiled()
def add_drives(roads, calls, n):  # type: ignore[no-untyped-def]
    """Add the drive to the hospital to the minutes away of the calls that end in one."""
    hospital, place, priority, away = calls.hospital, calls.place, calls.priority, calls.away
    metric, mode, factor, pace = roads.metric, roads.mode, roads.factor, roads.pace
    to_hospital, hospital_x, hospital_y = roads.to_hospital, roads.hospital_x, roads.hospital_y
    for k in range(n):
        goal, rank = hospital[k], priority[k]
        if goal < 0:
            continue
        if metric == MATRIX:
            away[k] += to_hospital[mode[rank], goal, place[k]] * factor[rank]
        else:
            dx, dy = hospital_x[goal] - calls.x[k], hospital_y[goal] - calls.y[k]
            away[k] += straight(metric, dx, dy) * pace[rank]


@compiled()
def draw_places(demands, key, calls, n):  # type: ignore[no-untyped-def]
    """Stream and place of calls 0 to n - 1, whose times stand in `calls.at`."""
    at, x, y, place, stream = calls.at, calls.x, calls.y, calls.place, calls.stream
    stream_cdf, place_first, place_of = demands.stream_cdf, demands.place_first, demands.place_of
    alias_share, alias_other, box = demands.alias_share, demands.alias_other, demands.box
    streams = stream_cdf.shape[1]
    for k in range(n):
        spot = np.uint64(k) * SLOTS
        source = 0
        if streams > 1:
            hour = int(at[k] / 60.0) % WEEK_HOURS
            source = pick(stream_cdf[hour], uniform(key, spot + STREAM))
        first = place_first[source]
        many = place_first[source + 1] - first
        entry = first
        if many > 1:
            along = uniform(key, spot + PLACE) * many
            entry = first + int(along)
            if along - int(along) >= alias_share[entry]:
                entry = alias_other[entry]
        here = place_of[entry]
        stream[k], place[k] = source, here
        x[k], y[k] = box[here, 0], box[here, 1]
        if box[here, 2] > box[here, 0]:
            x[k] += (box[here, 2] - box[here, 0]) * uniform(key, spot + ALONG_X)
        if box[here, 3] > box[here, 1]:
            y[k] += (box[here, 3] - box[here, 1]) * uniform(key, spot + ALONG_Y)


@compiled()
def draw_gates(demands, key, calls, n):  # type: ignore[no-untyped-def]
    """Priority, class, and whether a team is asked for at all."""
    stream, place, kind, priority = calls.stream, calls.place, calls.kind, calls.priority
    asked, outcome = calls.asked, calls.outcome
    priority_cdf, gate_cdf, gate_of = demands.priority_cdf, demands.gate_cdf, demands.gate
    outcome_first, eligible, requested = demands.outcome_first, demands.eligible, demands.requested
    area, areas = demands.area, demands.areas
    priorities = priority_cdf.shape[1]
    outcomes = gate_cdf.shape[1]
    for k in range(n):
        spot = np.uint64(k) * SLOTS
        source = stream[k]
        rank = 0
        if priorities > 1:
            rank = pick(priority_cdf[source], uniform(key, spot + PRIORITY))
        gate = gate_of[source]
        chosen = outcome_first[gate]
        if outcomes > 1:
            chosen += pick(gate_cdf[gate], uniform(key, spot + GATE))
        priority[k] = rank
        kind[k] = (chosen * areas + area[place[k]]) * priorities + rank
        asked[k], outcome[k] = 1, -1
        share = requested[source]
        if eligible[chosen] == 0:
            asked[k], outcome[k] = 0, NOT_ELIGIBLE
        elif share < 1.0 and uniform(key, spot + ASKING) >= share:
            asked[k], outcome[k] = 0, NOT_ASKED


@compiled()
def fill(table, quantiles, number, key, purpose, column, n):  # type: ignore[no-untyped-def]
    """One distribution for calls 0 to n - 1; the common kinds have a loop of their own."""
    kind, a, b = table[number, 0], table[number, 1], table[number, 2]
    if kind == FIXED:
        column[:n] = a
    elif kind == FOREVER:
        column[:n] = np.inf
    elif kind == EXPONENTIAL:
        for k in range(n):
            column[k] = -a * math.log(uniform(key, np.uint64(k) * SLOTS + purpose))
    elif kind == LOGNORMAL:
        for k in range(n):
            u = uniform(key, np.uint64(k) * SLOTS + purpose)
            column[k] = math.exp(a + b * normal_quantile(u))
    else:
        for k in range(n):
            u = uniform(key, np.uint64(k) * SLOTS + purpose)
            column[k] = minutes_of(table, quantiles, number, u)


@compiled()
def fill_each(table, quantiles, numbers, ends, key, purpose, column, n):  # type: ignore[no-untyped-def]
    """Each call by the distribution that its disposition has."""
    if numbers.shape[0] == 1:
        fill(table, quantiles, numbers[0], key, purpose, column, n)
        return
    for k in range(n):
        u = uniform(key, np.uint64(k) * SLOTS + purpose)
        column[k] = minutes_of(table, quantiles, numbers[ends[k]], u)


@compiled()
def draw_durations(demands, durations, key, calls, n):  # type: ignore[no-untyped-def]
    """How each call will end and how long each part of it takes, drives apart."""
    table, quantiles = durations.table, durations.quantiles
    ends, hospital, place = calls.disposition, calls.hospital, calls.place
    cdf, hospitals = demands.disposition_cdf, demands.hospital
    for k in range(n):
        end = 0
        if cdf.shape[0] > 1:
            end = pick(cdf, uniform(key, np.uint64(k) * SLOTS + DISPOSITION))
        ends[k], hospital[k] = end, hospitals[end, place[k]]
    fill_each(table, quantiles, demands.on_scene, ends, key, ON_SCENE, calls.on_scene, n)
    fill_each(table, quantiles, demands.away, ends, key, AWAY, calls.away, n)
    papers = calls.documentation
    fill_each(table, quantiles, demands.documentation, ends, key, DOCUMENTATION, papers, n)
    fill(table, quantiles, demands.patience, key, PATIENCE, calls.patience, n)
    fill(table, quantiles, demands.patrol, key, PATROL, calls.patrol, n)


@compiled()
def draw_calls(demands, durations, roads, weeks, key, calls):  # type: ignore[no-untyped-def]
    """All calls of one replication, in order; returns how many, or -1 for too little room."""
    n = draw_arrivals(demands.rate, weeks, key, calls.at)
    if n >= 0:
        draw_places(demands, key, calls, n)
        draw_gates(demands, key, calls, n)
        draw_durations(demands, durations, key, calls, n)
        add_drives(roads, calls, n)
    return n
