"""Reads the hand-written encounters into event tables; it knows the notation and no measure."""

import datetime as dt
import re
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

FOLDER = Path(__file__).parent / "encounters"
ZONE = ZoneInfo("America/Chicago")
AS_OF = dt.datetime(2025, 10, 31, 18, 0, tzinfo=dt.UTC)
COUNTY = {"L": "la-crosse", "M": "monroe", "*": "*"}
ANSWER = {"y": "yes", "n": "no", "?": "unknown"}
REQUEST = {"f": "fulfilled", "o": "off_hours", "b": "busy", "d": "declined", "c": "cancelled"}
MODE = {
    "ride": "ride_along",
    "meet": "meet_up",
    "second": "secondary_request",
    "phone": "phone_consult",
    "tele": "telehealth_tablet",
    "mobile": "mobile_crisis_only",
    "proactive": "follow_up_proactive",
    "patrolref": "patrol_only_with_referral",
    "patrol": "patrol_only",
    "?": "unknown",
}
STEP = {
    "a": "assigned",
    "e": "en_route",
    "g": "staged",
    "r": "remote_support",
    "s": "on_scene",
    "w": "with_person",
    "x": "withdrawn",
    "v": "vetoed",
    "c": "cleared",
    "n": "cancelled",
    "t": "reassigned",
}
AXIS = {
    "con": ("contact", "in=contacted_in_person ph=contacted_phone vid=contacted_video"
            " ref=refused_contact gone=gone_on_arrival utl=unable_to_locate dup=duplicate"),
    "leg": ("legal_status", "vol=voluntary ed=emergency_detention"
            " cons=detention_considered_not_pursued den=county_approval_denied"
            " pc=protective_custody juv=juvenile_custody"),
    "des": ("destination", "rem=remained home=other_home edm=emergency_department_medical"
            " edp=emergency_department_psychiatric care=crisis_stabilization win=winnebago_mhi"
            " jail=jail inp=inpatient_detained"),
    "enf": ("enforcement", "none=none warn=warning cit=citation citd=citation_deferred"
            " book=arrest_booked rel=arrest_released mand=mandatory_arrest warr=warrant_served"),
    "adv": ("adverse", "none=none force=force_used injp=injury_person injo=injury_officer"
            " injc=injury_clinician"),
    "cli": ("clinical", "de=de_escalated_on_scene sp=safety_plan_made"
            " acc=voluntary_services_accepted nsn=no_services_needed dem=dementia_primary"),
}  # fmt: skip
WORDS = {
    short: (axis, dict(pair.split("=") for pair in f"{legend} unk=unknown".split()))
    for short, (axis, legend) in AXIS.items()
}
FLAGS = {
    "bh": "behavioral_health",
    "need": "need",
    "arr": "arrestable",
    "fui": "followup_indicated",
}
Rows = dict[str, list[dict[str, Any]]]


def read() -> Rows:
    """All event tables as rows; times are aware and in UTC."""
    rows: Rows = {name: [] for name in
                  ("calls", "encounters", "steps", "axes", "events", "links", "facts")}  # fmt: skip
    for line in _lines("encounters.txt"):
        _encounter(line, rows)
    for line in _lines("program.txt"):
        name, *words = line.split()
        _PROGRAM[name](words, rows)
    for number, event in enumerate(rows["events"]):
        event["event_id"] = f"v{number}"
    return rows


def _lines(name: str) -> list[str]:
    text = (FOLDER / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def local(text: str) -> dt.datetime:
    """A time on the program's clock."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE).astimezone(dt.UTC)


def _clock(moment: dt.datetime) -> dict[str, Any]:
    here = moment.astimezone(ZONE)
    return {
        "local_date": here.date(),
        "local_weekday": here.isoweekday(),
        "local_minute": here.hour * 60 + here.minute,
    }


def _encounter(line: str, rows: Rows) -> None:
    head, call, team, axes, after = (part.strip() for part in line.split("|"))
    key, county, opened, mode, person, age, strata = head.split()
    race, band, gender = (None if word == "?" else word for word in strata.split("/"))
    at = local(opened)
    encounter: dict[str, Any] = {
        "encounter_id": key,
        "call_id": _call(key, COUNTY[county], at, call, rows),
        "county": COUNTY[county],
        "opened_at": at,
        **_clock(at),
        "mode": MODE[mode],
        "person_id": None if person == "-" else person,
        "juvenile": {"a": "no", "j": "yes", "?": "unknown"}[age],
        "race_ethnicity": race,
        "age_band": band,
        "gender": gender,
    }
    for member in team.split(";"):
        _member(key, at, member.split(), rows)
    for word in axes.split():
        _axis(key, at, word, rows)
    for word in after.split():
        _after(encounter, at, word, rows)
    rows["encounters"].append(encounter)


def _call(key: str, county: str, at: dt.datetime, text: str, rows: Rows) -> str | None:
    kind, *words = text.split()
    if kind == "none":
        return None
    if kind == "same":
        return f"C{words[0]}"
    minutes, first, last, request = words
    received = at - dt.timedelta(minutes=int(minutes))
    rows["calls"].append(
        {
            "call_id": f"C{key}",
            "county": county,
            "received_at": received,
            **_clock(received),
            "bh_at_call": ANSWER[first],
            "bh_at_close": ANSWER[last],
            "requested": {"-": "no", "u": "unknown"}.get(request, "yes"),
            "request_outcome": REQUEST.get(request, "unknown" if request == "?" else None),
        }
    )
    return f"C{key}"


def _member(key: str, at: dt.datetime, words: list[str], rows: Rows) -> None:
    name, _, opening = words[0].partition("/")
    officer = name.startswith("o")
    cit = {"+": "yes", "?": "unknown"}.get(name[-1], "no") if officer else None
    for word in words[1:]:
        minutes = word[1:]
        rows["steps"].append(
            {
                "encounter_id": key,
                "member_id": name.rstrip("+?"),
                "side": "police" if officer else "county",
                "discipline": "officer" if officer else "clinician",
                "cit": cit,
                "opening": int(opening or 1),
                "step": STEP[word[0]],
                "at": None if minutes == "?" else at + dt.timedelta(minutes=int(minutes)),
            }
        )


def _axis(key: str, at: dt.datetime, word: str, rows: Rows) -> None:
    short, _, values = word.partition("=")
    axis, legend = WORDS[short]
    for value in values.split(","):
        name, _, minutes = value.partition("@")
        recorded = at + dt.timedelta(minutes=int(minutes or 40))
        told = {"encounter_id": key, "axis": axis, "value": legend[name], "at": recorded}
        rows["axes"].append(told)


def _after(encounter: dict[str, Any], at: dt.datetime, word: str, rows: Rows) -> None:
    name, *parts = word.split(":")
    if name in FLAGS:
        encounter[FLAGS[name]] = ANSWER[parts[0]]
        return
    if name == "wg":
        answer, _, minutes = parts[0].partition("@")
        encounter["would_have_gone"] = ANSWER[answer]
        if minutes:
            encounter["would_have_gone_at"] = at + dt.timedelta(minutes=int(minutes))
        return
    event = {"encounter_id": encounter["encounter_id"], "county": encounter["county"], "at": at}
    event |= _followed(name, parts, at)
    rows["events"].append({**event, **_clock(event["at"])})


def _followed(name: str, parts: list[str], at: dt.datetime) -> dict[str, Any]:
    if name == "ref":
        done, when = _tail(parts[1], at)
        return {"kind": "referral", "result": parts[0], "done": done, "ended_at": when}
    if name == "fu":
        result, when = _tail(parts[0], at)
        word = {"s": "successful", "u": "unsuccessful", "r": "refused"}[result]
        return {"kind": "followup", "result": word, "at": when}
    if name == "hours":
        return {"kind": "transport", "item": "officer_hours", "amount": float(parts[0])}
    times = dict(_tail(part, at) for part in parts)
    if name == "note":
        return {"kind": "note", "due_at": times["due"], "ended_at": times.get("end")}
    item, when = _tail(parts[0], at)
    due = {"due_at": times["due"], "ended_at": times.get("rev")}
    return {"kind": "serious_event", "item": item, "at": when, **due}


def _tail(text: str, at: dt.datetime) -> tuple[str, dt.datetime | None]:
    """A word and the time behind its `+`: `yes+5d`."""
    word, _, length = text.partition("+")
    found = re.fullmatch(r"(\d+)([dh])", length)
    if not found:
        return word, None
    hours = int(found[1]) * (24 if found[2] == "d" else 1)
    return word, at + dt.timedelta(hours=hours)


def _hours(words: list[str], rows: Rows) -> None:
    county, first, last, days, start, end = words
    low, high = (int(day) for day in days.split("-"))
    for weekday in range(low, high + 1):
        fact = _fact(county, "hours", None, first, last)
        fact |= {"weekday": weekday, "start_minute": int(start), "end_minute": int(end)}
        rows["facts"].append(fact)


def _fact(county: str, fact: str, item: str | None, first: str, last: str) -> dict[str, Any]:
    return {
        "county": COUNTY[county],
        "fact": fact,
        "item": item,
        "from_date": dt.date.fromisoformat(first),
        "until_date": None if last == "-" else dt.date.fromisoformat(last),
    }


def _definition(words: list[str], rows: Rows) -> None:
    rows["facts"].append(_fact(words[0], "definition", words[2], words[1], "-"))


def _authority(words: list[str], rows: Rows) -> None:
    rows["facts"].append(_fact(words[0], "authority", words[3], words[1], words[2]))


def _cost(words: list[str], rows: Rows) -> None:
    county, first, item, *dollars = words
    for fact, amount in zip(("cost_low", "cost", "cost_high"), dollars, strict=True):
        told = {**_fact(county, fact, item, first, "-"), "amount": float(amount)}
        rows["facts"].append(told)


def _link(words: list[str], rows: Rows) -> None:
    merged, standing, first, last = words
    told = {"person_id": merged, "same_as": standing, "from_at": local(first)}
    rows["links"].append({**told, "until_at": None if last == "-" else local(last)})


def _event(rows: Rows, kind: str, county: str, when: str, **more: Any) -> None:
    at = local(when)
    told = {"kind": kind, "county": COUNTY[county], "at": at, **_clock(at), **more}
    rows["events"].append({name: None if value == "-" else value for name, value in told.items()})


def _month(words: list[str], rows: Rows) -> None:
    county, month, item, staff, worked, done, result = words
    _event(rows, "staff_month", county, f"{month}-01T12:00", item=item, staff_id=staff,
           amount=float(worked), done=done, result=result)  # fmt: skip


def _ask(words: list[str], rows: Rows) -> None:
    county, when, done, seconds = words
    ended = None if seconds == "-" else local(when) + dt.timedelta(seconds=int(seconds))
    _event(rows, "ask_crisis", county, when, done=done, ended_at=ended)


_PROGRAM: dict[str, Any] = {
    "hours": _hours,
    "definition": _definition,
    "authority": _authority,
    "cost": _cost,
    "link": _link,
    "month": _month,
    "ask": _ask,
    "survey": lambda w, rows: _event(rows, "survey", w[0], w[1], done=w[2]),
    "answer": lambda w, rows: _event(rows, "survey_answer", w[0], w[1], item=w[2], result=w[3]),
    "staff_event": lambda w, rows: _event(rows, "staff_event", w[0], w[1], item=w[2]),
    "supervision": lambda w, rows: _event(rows, "supervision", w[0], w[1], done=w[2]),
    "shift": lambda w, rows: _event(rows, "shift", w[0], w[1], done=w[2]),
    "consent": lambda w, rows: _event(rows, "consent", w[0], w[1], result=w[2], done=w[3]),
    "glass": lambda w, rows: _event(rows, "break_glass", w[0], w[1], result=w[2]),
    "transfer": lambda w, rows: _event(
        rows, "transfer_988", w[0], w[1], item=w[2], done=w[3], result=w[4]
    ),
    "later": lambda w, rows: _event(rows, "later", w[1], w[2], person_id=w[0], item=w[3]),
}
