"""Every part of every measure, counted by the words of its definition; see `counting`."""

import datetime as dt
from collections.abc import Callable
from typing import Any

from tests.evaluation.counting import (
    ARRESTS,
    CONSIDERED,
    DAY,
    REACHED,
    Count,
    Reader,
    Row,
    Said,
    both,
    first,
    last,
    middle,
    minutes,
    number,
    share,
    yes,
)

Counts = dict[tuple[str, str], Count]
CUSTODY = {
    "emergency_detention",
    "protective_custody",
    "alcohol_drug_protective_custody",
    "emergency_protective_placement",
    "juvenile_custody",
}
HOUR = dt.timedelta(hours=1)
YEAR_DAYS = 365.25
HARM = {"emergency_department", "inpatient", "arrest", "death"}


def count_all(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    """Every measure over the rows that belong (a county, a group of people, a month)."""
    found: Counts = {}
    for counter in (_calls, _times, _gate_and_care, _outcomes, _ends, _later, _people, _quality):
        found |= counter(read, belongs)
    return found | _events(read, belongs)


def _calls(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    calls = [row for row in read.calls if belongs(row)]

    def reached(call: Row) -> bool:
        return any(
            step["step"] in REACHED and step["side"] == "county"
            for one in read.encounters
            if one["call_id"] == call["call_id"]
            for step in read.steps(one, discipline="clinician")
        )

    def agree(call: Row) -> Said:
        here, there = yes(call["bh_at_call"]), yes(call["bh_at_close"])
        return True, None if here is None or there is None else here == there

    def asked(word: str) -> Callable[[Row], Said]:
        def says(call: Row) -> Said:
            outcome = call["request_outcome"]
            known = outcome if outcome != "unknown" else None
            if known is None:
                return yes(call["requested"]), None
            hit = known != "fulfilled" if word == "unmet" else known == word
            return yes(call["requested"]), hit

        return says

    return {
        ("M01", "close"): share(calls, lambda c: (True, yes(c["bh_at_close"]))),
        ("M01", "call"): share(calls, lambda c: (True, yes(c["bh_at_call"]))),
        ("M01", "agreement"): share(calls, agree),
        ("M02", "in_hours"): share(
            calls, lambda c: (both(yes(c["bh_at_close"]), read.staffed(c)), reached(c))
        ),
        ("M02", "all_hours"): share(calls, lambda c: (yes(c["bh_at_close"]), reached(c))),
        ("M03", "unmet"): share(calls, asked("unmet")),
        ("M03", "off_hours"): share(calls, asked("off_hours")),
        ("M03", "busy"): share(calls, asked("busy")),
    }


def _own(read: Reader, belongs: Callable[[Row], bool]) -> list[Row]:
    return [row for row in read.encounters if belongs(row) and not read.duplicate(row)]


def _times(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    rows = _own(read, belongs)

    def response(one: Row) -> Said:
        here = {"discipline": "clinician", "opening": 1}
        arrived = bool(read.steps(one, step="on_scene", **here))
        asked = first(read.times(one, step="assigned", **here))
        return arrived, minutes(asked, first(read.times(one, step="on_scene", **here)))

    def bound(one: Row) -> Said:
        here = {"discipline": "officer", "opening": 1}
        arrived = read.steps(one, step="on_scene", **here)
        clear = read.times(one, step="cleared", **here)
        if not arrived:
            return False, None
        if len(clear) < len(arrived):
            return True, None
        return True, minutes(first(read.times(one, step="on_scene", **here)), last(clear))

    sent = [one for one in rows if one["mode"] != "follow_up_proactive"]
    return {
        ("M04", "median"): middle(sent, response),
        ("M04", "p90"): middle(sent, response, 0.9),
        ("M05", "median"): middle(rows, bound),
        ("M05", "p90"): middle(rows, bound, 0.9),
    }


def _gate_and_care(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    rows = _own(read, belongs)

    def gate(step: str, **who: str) -> Count:
        return share(
            rows,
            lambda one: (
                bool(read.steps(one, discipline="clinician", step="assigned")),
                bool(read.steps(one, step=step, **who)),
            ),
        )

    def connected(one: Row) -> Said:
        accepted = [row for row in read.after(one, "referral") if row["result"] == "accepted"]
        in_time = [
            row
            for row in accepted
            if yes(row["done"])
            and row["ended_at"] is not None
            and one["opened_at"] <= row["ended_at"] <= one["opened_at"] + 14 * DAY
        ]
        if in_time:
            return yes(one.get("need")), True
        open_question = [
            row
            for row in accepted
            if yes(row["done"]) is None or (yes(row["done"]) and row["ended_at"] is None)
        ]
        return yes(one.get("need")), None if open_question else False

    over = [one for one in rows if one["opened_at"] + 14 * DAY <= read.as_of]
    return {
        ("M06", "staged"): gate("staged", discipline="clinician"),
        ("M06", "withdrawn"): gate("withdrawn", discipline="clinician"),
        ("M06", "vetoed"): gate("vetoed"),
        ("M10", "kept_14_days"): share(over, connected),
    }


def _outcomes(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    rows = _own(read, belongs)

    def arrest(one: Row) -> bool | None:
        return read.said(one, "enforcement", *ARRESTS)

    def diverted(one: Row) -> Said:
        care = bool(read.after(one, "referral")) or bool(
            read.values(one, "clinical") - {"no_services_needed"}
        )
        free = None if arrest(one) is None else not arrest(one)
        return yes(one.get("arrestable")), both(free, care)

    def considered(one: Row) -> bool | None:
        return read.said(one, "legal_status", *CONSIDERED)

    def adverse(word: str) -> Callable[[Row], Said]:
        return lambda one: (True, read.said(one, "adverse", word))

    found = {
        ("M12", "encounters"): share(rows, lambda one: (True, arrest(one))),
        ("M12", "arrestable"): share(rows, lambda one: (yes(one.get("arrestable")), arrest(one))),
        ("M14", "diverted"): share(rows, diverted),
        ("M16", "encounters"): share(
            rows, lambda one: (True, read.said(one, "legal_status", "emergency_detention"))
        ),
        ("M16", "considered"): share(
            rows,
            lambda one: (considered(one), read.said(one, "legal_status", "emergency_detention")),
        ),
        ("M16", "denied"): share(
            rows,
            lambda one: (considered(one), read.said(one, "legal_status", "county_approval_denied")),
        ),
    }
    for part, word in (
        ("force", "force_used"), ("injury_person",) * 2, ("injury_officer",) * 2,
        ("injury_clinician",) * 2, ("injury_other",) * 2,
    ):  # fmt: skip
        found["M13", part] = share(rows, adverse(word))
    return found


def _ends(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    rows = _own(read, belongs)

    def judged(one: Row) -> Said:
        went = read.said(
            one, "destination", "emergency_department_medical", "emergency_department_psychiatric"
        )
        recorded = sorted(
            row["at"]
            for row in read.rows["axes"]
            if row["encounter_id"] == one["encounter_id"] and row["axis"] == "destination"
        )
        told = one.get("would_have_gone_at")
        before = None if told is None or not recorded else told <= recorded[0]
        inside = both(yes(one.get("would_have_gone")), before)
        return inside, None if went is None else not went

    def remained(one: Row) -> Said:
        contact = read.said(
            one, "contact", "contacted_in_person", "contacted_phone", "contacted_video"
        )
        custody = bool(
            read.values(one, "legal_status") & CUSTODY or read.values(one, "enforcement") & ARRESTS
        )
        return contact, both(read.said(one, "destination", "remained"), not custody)

    def detained(one: Row) -> bool | None:
        return read.said(one, "legal_status", "emergency_detention")

    def hours(one: Row) -> float:
        return sum(row["amount"] for row in read.after(one, "transport"))

    avoided = share(rows, judged)
    return {
        ("M15", "not_taken"): avoided,
        ("M28", "emergency_department"): Count(
            avoided.n, avoided.N, avoided.unknown, avoided.n * 900.0 if avoided.N else None
        ),
        ("M17", "remained"): share(rows, remained),
        ("M18", "winnebago"): share(
            rows,
            lambda one: (
                detained(one),
                read.said(one, "destination", "winnebago_mhi", "state_institute"),
            ),
        ),
        ("M18", "officer_hours"): number(rows, lambda one: (detained(one), hours(one))),
    }


def _later(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    rows = _own(read, belongs)

    def end(one: Row) -> dt.datetime | None:
        return last(read.times(one, step="cleared", opening=1))

    def reached(hours: int) -> Count:
        def says(one: Row) -> Said:
            over = end(one)
            wanted = yes(one.get("followup_indicated"))
            if over is None:
                return both(wanted, None), None
            hit = any(
                row["result"] == "successful" and over <= row["at"] <= over + hours * HOUR
                for row in read.after(one, "followup")
            )
            return wanted, hit

        open_ = [one for one in rows if (end(one) or read.as_of - 99 * DAY) + hours * HOUR
                 <= read.as_of]  # fmt: skip
        return share(open_, says)

    def attempts(one: Row) -> Said:
        return yes(one.get("followup_indicated")), len(read.after(one, "followup"))

    tried = number(rows, attempts)
    tried.value = tried.n / tried.N if tried.N else None

    def grave(item: str) -> Count:
        return number(
            rows,
            lambda one: (
                True,
                sum(
                    (not item or row["item"] == item)
                    and one["opened_at"] <= row["at"] <= one["opened_at"] + 30 * DAY
                    for row in read.after(one, "serious_event")
                ),
            ),
        )

    return {
        ("M19", "contact_24_hours"): reached(24),
        ("M19", "contact_72_hours"): reached(72),
        ("M19", "attempts"): tried,
        ("M30", "events"): grave(""),
        ("M30", "deaths"): grave("death"),
    }


def _people(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    def counted(one: Row) -> bool:
        return yes(one.get("behavioral_health")) is True and not read.duplicate(one)

    begun: dict[str, Row] = {}
    nobody: list[Row] = []
    # The index is the first in the window, whatever its group; the group is then the index's.
    for one in sorted(read.encounters, key=lambda row: (row["opened_at"], row["encounter_id"])):
        who = read.person(one["person_id"])
        if counted(one) and who is None:
            nobody.append(one)
        elif counted(one):
            begun.setdefault(str(who), one)
    indexes = [(who, one) for who, one in begun.items() if belongs(one)]
    unknown = [one for one in nobody if belongs(one)]

    def again(who: str, one: Row, days: int) -> int:
        return sum(
            read.person(other["person_id"]) == who
            and counted(other)
            and one["opened_at"] < other["opened_at"] <= one["opened_at"] + days * DAY
            and other["opened_at"] <= read.as_of
            for other in read.encounters
        )

    def harmed(who: str, one: Row, days: int) -> bool:
        return any(
            read.person(row["person_id"]) == who
            and row["item"] in HARM
            and one["opened_at"] < row["at"] <= one["opened_at"] + days * DAY
            for row in read.events("later")
        )

    def over(one: Row, days: int) -> bool:
        return bool(one["opened_at"] + days * DAY <= read.as_of)

    def persons(days: int, hit: Callable[[str, Row, int], Any]) -> Count:
        watched = [(who, one) for who, one in indexes if over(one, days)]
        n = sum(bool(hit(who, one, days)) for who, one in watched)
        blank = sum(over(one, days) for one in unknown)
        return Count(n, len(watched), blank, n / len(watched) if watched else None)

    found = {("M11", f"within_{days}_days"): persons(days, again) for days in (30, 90, 180)}
    found |= {
        ("M20", f"none_in_{days}_days"): persons(days, lambda who, one, d: not harmed(who, one, d))
        for days in (7, 30)
    }
    more = sum(again(who, one, 180) for who, one in indexes)
    watched = sum(
        (min(180 * DAY, read.as_of - one["opened_at"]) / DAY for _, one in indexes), start=0.0
    )
    rate = more / (watched / YEAR_DAYS) if watched else None
    found["M11", "rate_180_days"] = Count(more, len(indexes), len(unknown), rate)
    return found


def _quality(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    rows = _own(read, belongs)

    def blanks(one: Row) -> int:
        codes = ("behavioral_health", "juvenile", "race_ethnicity", "age_band", "gender")
        return (
            sum(one.get(name) in (None, "unknown") for name in codes)
            + (one["person_id"] is None)
            + sum(not read.values(one, axis) for axis in ("contact", "destination"))
        )

    missing = sum(blanks(one) for one in rows)
    everybody = [one for one in read.encounters if belongs(one)]

    def response(one: Row) -> Said:
        officers = read.steps(one, discipline="officer", step="on_scene")
        inside = both(yes(one.get("behavioral_health")), bool(officers))
        known = {yes(step["cit"]) for step in officers}
        return inside, True if True in known else (None if None in known else False)

    return {
        ("M25", "response"): share(rows, response),
        ("M27", "complete"): share(rows, lambda one: (True, blanks(one) == 0)),
        ("M27", "unknown_fields"): Count(
            missing, len(rows), 0, missing / (8 * len(rows)) if rows else None
        ),
        ("M27", "duplicates"): share(
            everybody, lambda one: (True, read.said(one, "contact", "duplicate"))
        ),
    }


def _known(word: str | None) -> str | None:
    return None if word == "unknown" else word


def _events(read: Reader, belongs: Callable[[Row], bool]) -> Counts:
    def kind(name: str, item: str = "") -> list[Row]:
        return [
            row
            for row in read.events(name)
            if belongs(row) and (not item or row.get("item") == item)
        ]

    def done(rows: list[Row]) -> Count:
        return share(rows, lambda row: (True, yes(row.get("done"))))

    def result(rows: list[Row], word: str) -> Count:
        def says(row: Row) -> Said:
            told = _known(row.get("result"))
            return True, None if told is None else told == word

        return share(rows, says)

    def items(rows: list[Row], word: str) -> Count:
        def says(row: Row) -> Said:
            told = _known(row.get("item"))
            return True, None if told is None else told == word

        return number(rows, says)

    def due(rows: list[Row], *, late: bool) -> Count:
        come = [row for row in rows if row["due_at"] is None or row["due_at"] <= read.as_of]
        return share(
            come,
            lambda row: (
                True if row["due_at"] is not None else None,
                (row["ended_at"] is not None and row["ended_at"] <= row["due_at"]) != late,
            ),
        )

    given = [row for row in kind("consent") if _known(row["result"]) in ("given", None)]
    found = {
        ("M23", "returned"): done(kind("survey")),
        ("M24", "clinician_injuries"): items(kind("staff_event"), "clinician_injury"),
        ("M24", "near_misses"): items(kind("staff_event"), "near_miss"),
        ("M24", "turnover"): _turnover(kind("staff_month", "clinician")),
        ("M24", "supervision"): done(kind("supervision")),
        ("M25", "sworn"): done(kind("staff_month", "sworn")),
        ("M25", "shifts"): done(kind("shift")),
        ("M26", "offered"): number(kind("consent"), lambda _: (True, 1)),
        ("M26", "given"): result(kind("consent"), "given"),
        ("M26", "revoked"): share(
            given, lambda row: (True if _known(row["result"]) else None, yes(row.get("done")))
        ),
        ("M27", "late_notes"): due(kind("note"), late=True),
        ("M29", "to_988"): items(kind("transfer_988"), "to_988"),
        ("M29", "from_988"): items(kind("transfer_988"), "from_988"),
        ("M29", "acknowledged"): done(kind("transfer_988")),
        ("M29", "returned"): result(kind("transfer_988", "to_988"), "returned"),
        ("M30", "reviewed_on_time"): due(kind("serious_event"), late=False),
    }
    for word in ("respect", "safer", "say"):
        found["M23", word] = result(kind("survey_answer", word), "yes")
    return found | _answers(kind)


def _turnover(clinicians: list[Row]) -> Count:
    left = sum(_known(row["result"]) == "left" for row in clinicians)
    years = sum(row["amount"] for row in clinicians) / 12
    return Count(left, len(clinicians), 0, left / years if years else None)


def _answers(kind: Callable[[str], list[Row]]) -> Counts:
    questions = kind("ask_crisis")

    def soon(row: Row) -> Said:
        took = minutes(row["at"], row["ended_at"])
        answered = yes(row["done"])
        return True, both(answered, None if took is None else took <= 2)

    def upheld(row: Row) -> Said:
        told = _known(row["result"])
        return None if told is None else told in ("upheld", "not_upheld"), told == "upheld"

    return {
        ("M26", "ask_crisis_minutes"): middle(
            questions, lambda row: (yes(row["done"]), minutes(row["at"], row["ended_at"]))
        ),
        ("M26", "ask_crisis_2_minutes"): share(questions, soon),
        ("M26", "break_glass_upheld"): share(kind("break_glass"), upheld),
    }
