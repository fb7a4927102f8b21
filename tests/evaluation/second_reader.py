"""A second reader of the hand-written encounters: counts by the words of the definitions alone.

Written from docs/reference/measures.md and what each definition `says`, without sight of the first
counter or of the engine; it reads the text itself.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import median

from tests.evaluation.second_lines import (
    AS_OF,
    CLOCK,
    COUNTIES,
    DAY,
    PROGRAM,
    VISITS,
    Visit,
    later_than,
    moment,
)

ARREST = {"book", "rel", "mand", "warr"}
CUSTODY = {"ed", "pc", "juv", "placement"}


@dataclass
class Tally:
    """What was counted: yes, of how many units known, how many may belong and are not known."""

    n: float
    N: int
    unknown: int
    value: float | None


YES, NO, OPEN, APART = "yes", "no", "unknown", "does not belong"


def share(verdicts: Iterable[str]) -> Tally:
    told = list(verdicts)
    yes, no, unknown = told.count(YES), told.count(NO), told.count(OPEN)
    return Tally(yes, yes + no, unknown, yes / (yes + no) if yes + no else None)


def middle(minutes: Iterable[float | str]) -> Tally:
    told = [one for one in minutes if one != APART]
    known = sorted(float(one) for one in told if one != OPEN)
    at = median(known) if known else None
    return Tally(len(known), len(known), len(told) - len(known), at)


def high_end(minutes: Iterable[float | str], percent: int) -> Tally:
    """The percentile between neighbors in proportion, the usual one (Hyndman and Fan's seventh)."""
    whole = middle(minutes)
    known = sorted(float(one) for one in minutes if one not in (APART, OPEN))
    if not known:
        return whole
    place = (len(known) - 1) * percent / 100
    low = int(place)
    top = known[min(low + 1, len(known) - 1)]
    return Tally(whole.n, whole.N, whole.unknown, known[low] + (place - low) * (top - known[low]))


def yes_no(answer: str) -> str:
    return {"y": YES, "yes": YES, "n": NO, "no": NO}.get(answer, OPEN)


def of(belongs: str, verdict: str) -> str:
    """The verdict of one that belongs; who does not, does not count; who may, is unknown."""
    return {YES: verdict, NO: APART}.get(belongs, OPEN)


def on_axis(visit: Visit, axis: str, *values: str) -> str:
    said = visit.said(axis)
    return YES if said & set(values) else NO if said else OPEN


Keep = Callable[[dict[str, str], str], bool]


class Counter:
    """All measures over what a filter keeps: it is asked with the groups and the month."""

    def __init__(self, keep: Keep) -> None:
        self.keep = keep
        self.every = [v for v in VISITS if keep(v.group, v.month)]
        self.visits = [v for v in self.every if not v.twice]

    def all(self) -> dict[tuple[str, str], Tally]:
        """By measure and part."""
        found: dict[tuple[str, str], Tally] = {}
        for told in (
            self.calls(), self.clocks(), self.gate(), self.connected(), self.arrests(),
            self.ways(), self.detentions(), self.follow_up(), self.persons(), self.quality(),
            self.serious(), self.people_asked(), self.staff(), self.privacy(), self.lines_988(),
        ):  # fmt: skip
            found |= told
        return found

    def calls(self) -> dict[tuple[str, str], Tally]:
        rows: list[tuple[Visit, float, str, str, str]] = []
        reached_by: dict[str, str] = {}
        for visit in VISITS:
            kind, *words = visit.call.split()
            if kind != "call":
                continue
            received = visit.opened - int(words[0])
            here = dt.datetime.fromtimestamp(received * 60, CLOCK)
            if not self.keep({"county": COUNTIES[visit.county]}, f"{here:%Y-%m}"):
                continue
            answered = [v for v in VISITS if v is visit or v.call == f"same {visit.key}"]
            reached = any(v.did("k", "swr") for v in answered)
            reached_by[visit.key] = YES if reached else NO
            rows.append((visit, received, words[1], words[2], words[3]))
        taken = [yes_no(first) for _, _, first, _, _ in rows]
        closed = [yes_no(last) for _, _, _, last, _ in rows]
        alike = [
            OPEN if OPEN in (a, b) else (YES if a == b else NO)
            for a, b in zip(taken, closed, strict=True)
        ]
        inside = [
            of(
                _both(yes_no(last), yes_no(PROGRAM.staffed(visit.county, at))),
                reached_by[visit.key],
            )
            for visit, at, _, last, _ in rows
        ]
        asked = {"-": NO, "u": OPEN}
        requests = [(asked.get(word, YES), word) for *_, word in rows]

        def failed(*words: str) -> Tally:
            return share(of(was, OPEN if word == "?" else YES if word in words else NO)
                         for was, word in requests)  # fmt: skip

        return {
            ("M01", "close"): share(closed),
            ("M01", "call"): share(taken),
            ("M01", "agreement"): share(alike),
            ("M02", "in_hours"): share(inside),
            ("M02", "all_hours"): share(
                of(yes_no(last), reached_by[visit.key]) for visit, _, _, last, _ in rows
            ),
            ("M03", "unmet"): failed("o", "b", "d", "c"),
            ("M03", "off_hours"): failed("o"),
            ("M03", "busy"): failed("b"),
        }

    def clocks(self) -> dict[tuple[str, str], Tally]:
        def response(visit: Visit) -> float | str:
            seen = visit.times("k", "s")
            if not seen or visit.mode == "proactive":
                return APART
            asked = [at for at in visit.times("k", "a") if at is not None]
            came = [at for at in seen if at is not None]
            gap = min(came) - min(asked) if asked and came else -1.0
            return gap if gap >= 0 else OPEN

        def bound(visit: Visit) -> float | str:
            came, left = visit.times("o", "s"), visit.times("o", "c")
            if not came:
                return APART
            known = [at for at in left if at is not None]
            arrived = [at for at in came if at is not None]
            if len(known) < len(came) or not arrived:
                return OPEN
            gap = max(known) - min(arrived)
            return gap if gap >= 0 else OPEN

        responses = [response(v) for v in self.visits]
        bounds = [bound(v) for v in self.visits]
        return {
            ("M04", "median"): middle(responses),
            ("M04", "p90"): high_end(responses, 90),
            ("M05", "median"): middle(bounds),
            ("M05", "p90"): high_end(bounds, 90),
        }

    def gate(self) -> dict[tuple[str, str], Tally]:
        sent = [v for v in self.visits if v.did("k", "a")]
        rules = {"staged": ("k", "g"), "withdrawn": ("k", "x"), "vetoed": ("", "v")}
        return {
            ("M06", part): share(YES if v.did(*rule) else NO for v in sent)
            for part, rule in rules.items()
        }

    def connected(self) -> dict[tuple[str, str], Tally]:
        def kept(visit: Visit) -> str:
            open_end = False
            for result, contact in visit.followed("ref"):
                if result != "accepted":
                    continue
                word, at = later_than(visit.opened, contact)
                in_time = at is not None and visit.opened <= at <= visit.opened + 14 * DAY
                if word == "yes" and in_time:
                    return YES
                open_end |= word == "unknown" or (word == "yes" and at is None)
            return OPEN if open_end else NO

        over = [v for v in self.visits if v.opened + 14 * DAY <= AS_OF]
        return {("M10", "kept_14_days"): share(of(yes_no(v.flag("need")), kept(v)) for v in over)}

    def arrests(self) -> dict[tuple[str, str], Tally]:
        def arrested(visit: Visit) -> str:
            return on_axis(visit, "enf", *ARREST)

        def diverted(visit: Visit) -> str:
            way = visit.followed("ref") or visit.said("cli") - {"nsn"}
            was = arrested(visit)
            return {YES: NO, NO: YES}.get(was, OPEN) if way else NO

        harm = {"force": "force", "injury_person": "injp", "injury_officer": "injo",
                "injury_clinician": "injc", "injury_other": "injx"}  # fmt: skip
        found = {
            ("M13", part): share(on_axis(v, "adv", word) for v in self.visits)
            for part, word in harm.items()
        }
        found["M12", "encounters"] = share(arrested(v) for v in self.visits)
        could = [(yes_no(v.flag("arr")), v) for v in self.visits]
        found["M12", "arrestable"] = share(of(may, arrested(v)) for may, v in could)
        found["M14", "diverted"] = share(of(may, diverted(v)) for may, v in could)
        return found

    def ways(self) -> dict[tuple[str, str], Tally]:
        def judged(visit: Visit) -> str:
            would = yes_no(visit.flag("wg"))
            told = [at for _, at in visit.axes.get("des", [])]
            if would != YES:
                return would
            if visit.gone_at is None or not told:
                return OPEN
            return YES if visit.gone_at <= min(told) else NO

        taken = {YES: NO, NO: YES}
        spared = share(
            of(judged(v), taken.get(on_axis(v, "des", "edm", "edp"), OPEN)) for v in self.visits
        )
        ((_, _, _, _, price, _),) = PROGRAM.by_word["cost"]
        cost = Tally(spared.n, spared.N, spared.unknown, spared.n * float(price))

        def stayed(visit: Visit) -> str:
            if visit.said("leg") & CUSTODY or visit.said("enf") & ARREST:
                return NO
            return on_axis(visit, "des", "rem")

        met = [(on_axis(v, "con", "in", "ph", "vid"), v) for v in self.visits]
        return {
            ("M15", "not_taken"): spared,
            ("M28", "emergency_department"): cost if spared.N else spared,
            ("M17", "remained"): share(of(was, stayed(v)) for was, v in met),
        }

    def detentions(self) -> dict[tuple[str, str], Tally]:
        held = [(on_axis(v, "leg", "ed"), v) for v in self.visits]
        thought = [(on_axis(v, "leg", "ed", "cons", "den"), v) for v in self.visits]
        hours = [sum(float(one) for (one,) in v.followed("hours")) for was, v in held if was == YES]
        unknown = sum(was == OPEN for was, _ in held)
        return {
            ("M16", "encounters"): share(was for was, _ in held),
            ("M16", "considered"): share(of(was, on_axis(v, "leg", "ed")) for was, v in thought),
            ("M16", "denied"): share(of(was, on_axis(v, "leg", "den")) for was, v in thought),
            ("M18", "winnebago"): share(of(was, on_axis(v, "des", "win")) for was, v in held),
            ("M18", "officer_hours"): Tally(
                sum(hours), len(hours), unknown, sum(hours) if hours else None
            ),
        }

    def follow_up(self) -> dict[tuple[str, str], Tally]:
        def reached(visit: Visit, hours: int) -> str:
            ends = [at for at in visit.times("", "c") if at is not None]
            if ends and max(ends) + hours * 60 > AS_OF:
                return APART
            if not ends:
                return of(yes_no(visit.flag("fui")), OPEN)
            told = [later_than(visit.opened, text) for (text,) in visit.followed("fu")]
            first = min((at for word, at in told if word == "s" and at is not None), default=0.0)
            met = max(ends) <= first <= max(ends) + hours * 60
            return of(yes_no(visit.flag("fui")), YES if met else NO)

        due = [v for v in self.visits if v.flag("fui") == "y"]
        tries = sum(len(v.followed("fu")) for v in due)
        open_ones = sum(v.flag("fui") == "?" for v in self.visits)
        return {
            ("M19", "contact_24_hours"): share(reached(v, 24) for v in self.visits),
            ("M19", "contact_72_hours"): share(reached(v, 72) for v in self.visits),
            ("M19", "attempts"): Tally(
                tries, len(due), open_ones, tries / len(due) if due else None
            ),
        }

    def persons(self) -> dict[tuple[str, str], Tally]:
        def counts(visit: Visit) -> bool:
            return visit.flag("bh") == "y" and not visit.twice

        nobody = [v for v in self.visits if counts(v) and v.person == "-"]
        firsts: dict[str, Visit] = {}
        for visit in sorted(VISITS, key=lambda v: v.opened):
            if counts(visit) and visit.person != "-" and self.keep({}, visit.month):
                firsts.setdefault(PROGRAM.stands_for(visit.person), visit)
        firsts = {who: one for who, one in firsts.items() if self.keep(one.group, one.month)}
        all_times = {
            who: [v.opened for v in VISITS
                  if counts(v) and v.person != "-" and PROGRAM.stands_for(v.person) == who]
            for who in firsts
        }  # fmt: skip
        harms = {
            who: [moment(at) for person, _, at, item in PROGRAM.by_word["later"]
                  if PROGRAM.stands_for(person) == who
                  and item in ("emergency_department", "inpatient", "arrest", "death")]
            for who in firsts
        }  # fmt: skip

        def within(times: dict[str, list[float]], days: int, *, none: bool = False) -> Tally:
            told = []
            for who, first in firsts.items():
                if first.opened + days * DAY > AS_OF:
                    continue
                hit = any(first.opened < at <= first.opened + days * DAY for at in times[who])
                told.append(YES if hit is not none else NO)
            told += [OPEN for v in nobody if v.opened + days * DAY <= AS_OF]
            return share(told)

        further, years = 0, 0.0
        for who, first in firsts.items():
            end = min(first.opened + 180 * DAY, AS_OF)
            further += sum(first.opened < at <= end for at in all_times[who])
            years += (end - first.opened) / (365.25 * DAY)
        rate = Tally(further, len(firsts), len(nobody), further / years if years else None)
        found = {("M11", f"within_{days}_days"): within(all_times, days) for days in (30, 90, 180)}
        found["M11", "rate_180_days"] = rate
        for days in (7, 30):
            found["M20", f"none_in_{days}_days"] = within(harms, days, none=True)
        return found

    def quality(self) -> dict[tuple[str, str], Tally]:
        def blanks(visit: Visit) -> int:
            group = [visit.group[name] for name in ("juvenile", "race_ethnicity", "age_band",
                                                    "gender")]  # fmt: skip
            return (
                sum(one == "unknown" for one in group)
                + (visit.person == "-")
                + (visit.flag("bh") == "?")
                + (not visit.said("con"))
                + (not visit.said("des"))
            )

        empty = [blanks(v) for v in self.visits]
        fields = 8 * len(empty)
        return {
            ("M27", "complete"): share(NO if one else YES for one in empty),
            ("M27", "unknown_fields"): Tally(
                sum(empty), len(empty), 0, sum(empty) / fields if fields else None
            ),
            ("M27", "duplicates"): share(on_axis(v, "con", "dup") for v in self.every),
            ("M25", "response"): share(self._trained(v) for v in self.visits),
        }

    @staticmethod
    def _trained(visit: Visit) -> str:
        there = {s.cit for s in visit.steps if s.member[0] == "o" and s.letter == "s"}
        if not there:
            return APART
        seen = YES if "y" in there else OPEN if "?" in there else NO
        return of(yes_no(visit.flag("bh")), seen)

    def serious(self) -> dict[tuple[str, str], Tally]:
        def near(visit: Visit, *items: str) -> int:
            found = 0
            for text, *_ in visit.followed("ser"):
                item, at = later_than(visit.opened, text)
                soon = at is not None and at <= visit.opened + 30 * DAY
                found += soon and (not items or item in items)
            return found

        def on_time(county: str, opened: float, month: str, parts: Sequence[str]) -> str:
            times = dict(later_than(opened, part) for part in parts)
            due = times.get("due")
            if not self.keep({"county": COUNTIES[county]}, month):
                return APART
            if due is None:
                return OPEN
            done = times.get("rev", times.get("end"))
            return APART if due > AS_OF else YES if done is not None and done <= due else NO

        def reviews(kind: str) -> list[str]:
            told = []
            for visit in VISITS:
                for parts in visit.followed(kind):
                    begun = later_than(visit.opened, parts[0])[1] if kind == "ser" else None
                    at = dt.datetime.fromtimestamp((begun or visit.opened) * 60, CLOCK)
                    rest = parts[1:] if kind == "ser" else parts
                    told.append(on_time(visit.county, visit.opened, f"{at:%Y-%m}", rest))
            return told

        flipped = {YES: NO, NO: YES}
        events = sum(near(v) for v in self.visits)
        deaths = sum(near(v, "death") for v in self.visits)
        return {
            ("M30", "events"): Tally(events, len(self.visits), 0, events),
            ("M30", "deaths"): Tally(deaths, len(self.visits), 0, deaths),
            ("M30", "reviewed_on_time"): share(reviews("ser")),
            ("M27", "late_notes"): share(flipped.get(one, one) for one in reviews("note")),
        }

    def own(self, word: str) -> list[list[str]]:
        return [
            words
            for words in PROGRAM.by_word[word]
            if self.keep({"county": COUNTIES[words[0]]}, words[1][:7])
        ]

    def people_asked(self) -> dict[tuple[str, str], Tally]:
        answers = self.own("answer")
        found = {
            ("M23", item): share(yes_no(words[3]) for words in answers if words[2] == item)
            for item in ("respect", "safer", "say")
        }
        found["M23", "returned"] = share(yes_no(words[2]) for words in self.own("survey"))
        return found

    def staff(self) -> dict[tuple[str, str], Tally]:
        events = [words[2] for words in self.own("staff_event")]
        known = [one for one in events if one != "unknown"]
        found = {}
        for part, item in (
            ("clinician_injuries", "clinician_injury"),
            ("near_misses", "near_miss"),
        ):
            count = known.count(item)
            told = count if known else None
            found["M24", part] = Tally(count, len(known), len(events) - len(known), told)
        months = [words for words in self.own("month") if words[2] == "clinician"]
        left = sum(words[6] == "left" for words in months)
        years = sum(float(words[4]) for words in months) / 12
        found["M24", "turnover"] = Tally(left, len(months), 0, left / years if years else None)
        sworn = [words[5] for words in self.own("month") if words[2] == "sworn"]
        found["M24", "supervision"] = share(yes_no(words[2]) for words in self.own("supervision"))
        found["M25", "sworn"] = share(yes_no(one) for one in sworn)
        found["M25", "shifts"] = share(yes_no(words[2]) for words in self.own("shift"))
        return found

    def privacy(self) -> dict[tuple[str, str], Tally]:
        consents = self.own("consent")
        result = {"given": YES, "refused": NO}
        asks = self.own("ask")

        def minutes(words: list[str]) -> float | str:
            was = yes_no(words[2])
            answered = OPEN if words[3] == "-" else int(words[3]) / 60
            return answered if was == YES else APART if was == NO else OPEN

        def fast(words: list[str]) -> str:
            was = yes_no(words[2])
            if was != YES:
                return was
            return OPEN if words[3] == "-" else YES if int(words[3]) <= 120 else NO

        glass = [words[2] for words in self.own("glass")]
        return {
            ("M26", "offered"): Tally(
                len(consents), len(consents), 0, len(consents) if consents else None
            ),
            ("M26", "given"): share(result.get(words[2], OPEN) for words in consents),
            ("M26", "revoked"): share(
                of(result.get(words[2], OPEN), yes_no(words[3])) for words in consents
            ),
            ("M26", "ask_crisis_minutes"): middle([minutes(words) for words in asks]),
            ("M26", "ask_crisis_2_minutes"): share(fast(words) for words in asks),
            ("M26", "break_glass_upheld"): share(
                {"upheld": YES, "not_upheld": NO}.get(one, APART) for one in glass
            ),
        }

    def lines_988(self) -> dict[tuple[str, str], Tally]:
        moved = self.own("transfer")
        found = {}
        for part in ("to_988", "from_988"):
            count = sum(words[2] == part for words in moved)
            found["M29", part] = Tally(count, len(moved), 0, count if moved else None)
        found["M29", "acknowledged"] = share(yes_no(words[3]) for words in moved)
        back = {"returned": YES, "unknown": OPEN}
        found["M29", "returned"] = share(
            back.get(words[4], NO) for words in moved if words[2] == "to_988"
        )
        return found


def _both(one: str, other: str) -> str:
    """And, of three values: a no decides."""
    if NO in (one, other):
        return NO
    return OPEN if OPEN in (one, other) else YES


def read_again(keep: Keep) -> dict[tuple[str, str], Tally]:
    """All measures of what `keep` lets pass."""
    return Counter(keep).all()
