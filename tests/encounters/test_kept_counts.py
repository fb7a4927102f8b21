"""Counts kept of past days: always what a second count of the records finds, and made anew."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import connections
from django.utils import timezone

from tandem.demo.seed import key
from tandem.dispatch.models import Encounter, Member, MemberStep, Response
from tandem.encounters import tallying
from tandem.encounters.counting import Counted
from tandem.encounters.kept import cover
from tandem.encounters.models import (
    ClinicalAxis,
    ClinicalTally,
    PoliceTally,
    SharedAxis,
    SpineRecount,
)
from tandem.encounters.report import first_report
from tandem.encounters.services import set_crisis_axis, set_police_axis
from tandem.encounters.tallies import Tally
from tandem.encounters.tallying import LOGINS, Keeper, keep
from tandem.encounters.tallying import recount as counted_anew
from tandem.storage.standing import Standing, opened, standing_as
from tests.conftest import Persona
from tests.encounters.recount import nearest_rank, recount
from tests.scene import open_call, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
ZONE = "America/Chicago"
FIRST, LAST = date(2025, 11, 1), date(2026, 3, 31)
COUNTY = key("agency", "LCHS")
AFTER = datetime(2026, 4, 10, 12, tzinfo=UTC)
AXES = {
    "contact": ["contacted_in_person", "refused_contact", "unknown"],
    "enforcement": ["none", "citation"],
    "clinical": ["safety_plan_made", "brief_intervention"],
    "referral": ["warm", "cold"],
}
OWN = {"police": "cru-officer", "county": "crisis-worker"}


@pytest.fixture(autouse=True)
def zone() -> Iterator[None]:
    """The program's own midnight."""
    with timezone.override(ZONE):
        yield


@pytest.fixture
def winter(cast: dict[str, Persona]) -> list[Encounter]:
    """Sixty encounters of five months, around midnights and the end of summer time."""
    drawn = random.Random(7)  # noqa: S311
    # 05:30 UTC is half past midnight of a summer day, half past eleven of a winter evening.
    edges = [
        datetime(2025, 11, day, hour, 30, tzinfo=UTC) for day in (1, 2, 3) for hour in (4, 5, 6)
    ]
    edges += [datetime(2026, 1, 1, hour, 59, 59, tzinfo=UTC) for hour in (5, 6)]
    start = datetime(2025, 11, 4, tzinfo=UTC)
    edges += [start + timedelta(minutes=drawn.randrange(140 * 1440)) for _ in range(49)]
    return [_encounter(cast, drawn, number, at) for number, at in enumerate(edges)]


def _encounter(
    cast: dict[str, Persona], drawn: random.Random, number: int, at: datetime
) -> Encounter:
    of = cast["dispatcher"]
    call = open_call(of, number=9000 + number, at=at - timedelta(seconds=drawn.randrange(600)))
    call.state, call.closed_at = "closed", at
    call.save()
    common = {"program_id": of.program_id, "agency_id": of.agency_id}
    encounter = Encounter.objects.create(
        **common, call_id=call.pk, number=number, begun_at=at, ended_at=at
    )
    response = encounter.response_set.create(
        **common,
        call_id=call.pk,
        unit_id=uuid.uuid4(),
        callsign="CRU 1",
        assigned_at=at,
        assigned_by_id=of.staff_id,
        assigned_by_name="D",
        ended_at=at,
    )
    crews = (("police",), ("county",), ("police", "county"), ("police", "police", "county"))
    for side in drawn.choice(crews):
        member = Member.objects.create(
            **common,
            encounter=encounter,
            response=response,
            staff_id=_whoever(cast, drawn, side, response),
            short_name="X",
            side=side,
            state_at=at,
        )
        _walk(drawn, member, at)
    for axis, values in AXES.items():
        for value in drawn.sample(values, drawn.randrange(len(values) + 1)):
            _state(encounter, axis, value, at, gone=drawn.random() < 0.2)
    return encounter


def _whoever(
    cast: dict[str, Persona], drawn: random.Random, side: str, response: Response
) -> uuid.UUID:
    """One of the cast on some of them, so that they have own cases to count."""
    somebody = cast[OWN[side]].staff_id
    there = response.member_set.filter(staff_id=somebody).exists()
    return uuid.uuid4() if there or drawn.random() < 0.6 else somebody


def _walk(drawn: random.Random, member: Member, at: datetime) -> None:
    """All steps, or some, one of them taken back, one entered out of order."""
    when = at
    for state in ("assigned", "acknowledged", "en_route", "at_address", "on_scene", "cleared"):
        when += timedelta(seconds=drawn.randrange(-30, 900))
        if drawn.random() < 0.15:
            continue
        step = _step(member, state, when)
        if drawn.random() < 0.1:
            _step(member, "assigned", when + timedelta(seconds=5), undoes_id=step.pk)
            _step(member, state, when + timedelta(seconds=90))


def _step(member: Member, state: str, when: datetime, **more: Any) -> MemberStep:
    return MemberStep.objects.create(
        program_id=member.program_id,
        agency_id=member.agency_id,
        encounter_id=member.encounter_id,
        member=member,
        state=state,
        happened_at=when,
        by_id=member.staff_id,
        by_name="X",
        how_known="radio",
        act_id=uuid.uuid4(),
        **more,
    )


def _state(encounter: Encounter, axis: str, value: str, at: datetime, *, gone: bool) -> None:
    crisis = axis in {"clinical", "referral"}
    table: Any = ClinicalAxis if crisis else SharedAxis
    table._default_manager.create(
        program_id=encounter.program_id,
        agency_id=COUNTY if crisis else encounter.agency_id,
        encounter_id=encounter.pk,
        axis=axis,
        value=value,
        owner="crisis" if crisis else "shared",
        data_class="D6" if crisis else "D4",
        by_id=uuid.uuid4(),
        by_name="X",
        at=at,
        replaced_at=at if gone else None,
    )


def keeper_of(reader: Persona, side: str) -> Keeper:
    """Who keeps the counts that this reader's report uses."""
    return Keeper(reader.agency_id, side, Counted(reader.program_id, side, ZONE))


class Ended(Exception):
    """The worker was ended; what it had committed stays."""


def kept(
    keeper: Keeper, *, at: datetime = AFTER, anew: bool = False, longest: str = ""
) -> int | None:
    """The worker's rounds until nothing is left, under the custodian's login."""
    login, role, kind = LOGINS[keeper.side]
    program = keeper.whose.program_id
    standing = Standing(login, role, None, keeper.agency_id, program, kind)
    with standing_as(standing), opened():
        connection = connections["default"].connection
        if longest:
            connection.execute("SELECT set_config('statement_timeout', %s, true)", [longest])
        with suppress(Ended):
            if anew:
                return counted_anew(connection, keeper, at=at)
            return keep(connection, keeper, at=at, seconds=60)
    return None


def reported(reader: Persona, side: str, first: date, last: date) -> dict[str, Any]:
    """The report's counts."""
    with standing_as(reader.standing), opened():
        return first_report(reader.standing, side, first, last)


def assert_true(
    reader: Persona,
    side: str,
    first: date = FIRST,
    last: date = LAST,
    *,
    of: uuid.UUID | None = None,
) -> None:
    """The report says what the second count finds."""
    report = reported(reader, side, first, last)
    found = recount(reader.program_id, side, first, last, ZONE, of=of)
    assert report["encounters"] == found.encounters
    for axis in report["axes"]:
        told = {cell["value"]: cell["count"] for cell in axis["values"]}
        assert told == dict(found.values[axis["axis"]]), axis["axis"]
    if reader.standing.login == "police":
        return  # an officer reads the times of those beside him alone
    for row in report["times"]:
        seconds = found.seconds[row["from"], row["to"]]
        expected = (
            len(seconds),
            found.members,
            nearest_rank(seconds, 50),
            nearest_rank(seconds, 90),
        )
        assert (row["n"], row["N"], row["median"], row["p90"]) == expected, row
    released = report["released"]
    assert (released["n"], released["N"]) == (len(found.released), found.joint)
    assert (released["median"], released["total"]) == (
        nearest_rank(found.released, 50),
        sum(found.released),
    )


READERS = [
    ("police-custodian", "police"),
    ("county-custodian", "county"),
    ("crisis-supervisor", "county"),
]


@pytest.mark.parametrize(("reader", "side"), READERS)
def test_the_report_is_what_a_second_count_finds_before_and_after_days_are_kept(
    winter: list[Encounter], cast: dict[str, Persona], reader: str, side: str
) -> None:
    persona = cast[reader]
    assert recount(persona.program_id, side, FIRST, LAST, ZONE).encounters > 20
    assert_true(persona, side)
    assert (kept(keeper_of(persona, side)) or 0) > 100
    assert_true(persona, side)
    assert_true(persona, side, date(2025, 11, 2), date(2025, 11, 2))
    assert_true(persona, side, date(2025, 12, 31), date(2026, 2, 1))


@pytest.mark.parametrize("side", ["police", "county"])
def test_a_member_counts_the_own_cases_alone(
    winter: list[Encounter], cast: dict[str, Persona], side: str
) -> None:
    member = cast[OWN[side]]
    whole = recount(member.program_id, side, FIRST, LAST, ZONE).encounters
    own = recount(member.program_id, side, FIRST, LAST, ZONE, of=member.staff_id).encounters
    assert 5 < own < whole
    assert_true(member, side, of=member.staff_id)


@pytest.mark.parametrize(("reader", "side"), READERS[:2])
def test_what_changes_on_a_day_that_is_kept_is_counted_at_once_and_kept_anew(
    winter: list[Encounter], cast: dict[str, Persona], reader: str, side: str
) -> None:
    persona = cast[reader]
    keeper = keeper_of(persona, side)
    kept(keeper)
    assert not SpineRecount.objects.filter(side=side).exists()
    late = Member.objects.filter(side=side).order_by("state_at").first()
    assert late is not None
    _step(late, "cleared", late.state_at + timedelta(days=2))
    assert_true(persona, side)
    withdrawn = MemberStep.objects.filter(member__side=side, state="en_route").last()
    assert withdrawn is not None
    _step(withdrawn.member, "assigned", withdrawn.happened_at, undoes_id=withdrawn.pk)
    _state(winter[5], "contact", "duplicate", AFTER, gone=False)
    _state(winter[6], "clinical", "no_services_needed", AFTER, gone=False)
    SharedAxis.objects.filter(axis="contact").update(replaced_at=AFTER)
    assert_true(persona, side)
    assert kept(keeper)
    assert kept(keeper) == 0
    assert_true(persona, side)


def test_without_the_mark_of_a_change_an_old_count_would_be_believed(
    winter: list[Encounter], cast: dict[str, Persona]
) -> None:
    persona = cast["police-custodian"]
    kept(keeper_of(persona, "police"))
    SharedAxis.objects.filter(axis="contact").update(replaced_at=AFTER)
    SpineRecount.objects.all().delete()
    with pytest.raises(AssertionError):
        assert_true(persona, "police")
    kept(keeper_of(persona, "police"), anew=True)
    assert_true(persona, "police")


@pytest.mark.parametrize("anew", [False, True])
def test_a_count_that_was_ended_in_the_middle_is_gone_on_with(
    winter: list[Encounter],
    cast: dict[str, Persona],
    monkeypatch: pytest.MonkeyPatch,
    anew: bool,
) -> None:
    persona = cast["police-custodian"]
    keeper, summed_up = keeper_of(persona, "police"), tallying._sum_up
    whole = kept(keeper) if anew else 0
    days: list[date] = []

    def ends_in_the_third(*told: Any) -> None:
        days.extend(told[2])
        if len(days) > 2 * tallying.BATCH:
            raise Ended
        summed_up(*told)

    with monkeypatch.context() as patched:
        patched.setattr(tallying, "_sum_up", ends_in_the_third)
        assert kept(keeper, anew=anew) is None
    assert PoliceTally.objects.filter(unit="day").count() == (whole or 2 * tallying.BATCH)
    assert_true(persona, "police")
    if anew:
        assert kept(keeper, anew=True) == whole
    else:
        left = (date(2026, 4, 10) - date(2025, 10, 31)).days - 2 * tallying.BATCH
        assert kept(keeper) == left
    assert_true(persona, "police")


def test_two_who_count_at_once_count_once(
    winter: list[Encounter], cast: dict[str, Persona], walled_dsns: Mapping[str, str]
) -> None:
    keeper = keeper_of(cast["police-custodian"], "police")
    of = f"police/{keeper.agency_id}"
    with psycopg.connect(walled_dsns["custodian_police"], autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"recount/{of}"])
        assert kept(keeper, anew=True) is None
        other.execute("SELECT pg_advisory_unlock_all()")
        other.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [f"tally/{of}"])
        with pytest.raises(psycopg.errors.QueryCanceled):
            kept(keeper, longest="100ms")  # it waits for the other's days
        other.execute("SELECT pg_advisory_unlock_all()")
        assert kept(keeper, anew=True) == (date(2026, 4, 10) - date(2025, 10, 31)).days


def test_an_act_of_either_profession_leaves_the_mark(cast: dict[str, Persona]) -> None:
    at = datetime(2026, 3, 3, 18, tzinfo=UTC)
    encounter_id = send_pair(cast, at=at).encounter_id
    for side, reader in (("police", "police-custodian"), ("county", "county-custodian")):
        kept(keeper_of(cast[reader], side))
    set_police_axis(cast["cru-officer"].doing(), encounter_id, "enforcement", ["citation"])
    set_crisis_axis(cast["crisis-worker"].doing(), encounter_id, "clinical", ["safety_plan_made"])
    assert_true(cast["police-custodian"], "police")
    assert_true(cast["county-custodian"], "county")


def test_nothing_is_kept_of_a_day_that_is_not_over(cast: dict[str, Persona]) -> None:
    at = datetime(2026, 3, 3, 18, tzinfo=UTC)
    send_pair(cast, at=at)
    keeper = keeper_of(cast["police-custodian"], "police")
    assert kept(keeper, at=at + timedelta(hours=11)) == 0  # 23:00 in Chicago
    assert kept(keeper, at=at + timedelta(hours=13)) == 1
    assert not PoliceTally.objects.exclude(unit="day").exists()


def test_months_and_years_are_kept_once_they_are_whole(
    winter: list[Encounter], cast: dict[str, Persona]
) -> None:
    kept(keeper_of(cast["county-custodian"], "county"), at=datetime(2027, 1, 5, tzinfo=UTC))
    units = ClinicalTally.objects.exclude(unit="day").order_by("start_on")
    starts = list(units.values_list("unit", "start_on"))
    assert ("year", date(2026, 1, 1)) in starts
    assert ("year", date(2025, 1, 1)) not in starts  # the first day known is its October 31
    assert [start.month for unit, start in starts if unit == "month"] == [11, 12, *range(1, 13)]
    assert_true(cast["county-custodian"], "county", date(2025, 11, 15), date(2026, 12, 31))


def test_neither_the_other_side_nor_an_officer_reads_what_a_side_keeps(
    winter: list[Encounter], cast: dict[str, Persona]
) -> None:
    kept(keeper_of(cast["county-custodian"], "county"))
    for persona in ("cru-officer", "police-custodian", "crisis-worker", "dispatcher", "analyst"):
        with standing_as(cast[persona].standing), opened(), connections["default"].cursor() as c:
            c.execute("SELECT has_table_privilege('encounters_clinicaltally', 'select')")
            if c.fetchone() == (True,):
                c.execute("SELECT count(*) FROM encounters_clinicaltally")
                assert c.fetchone() == (0,)


def test_the_fewest_units_hold_a_period_and_none_with_a_changed_day() -> None:
    january, days = date(2026, 1, 1), [date(2026, 2, 1) + timedelta(days=n) for n in range(28)]
    units = {("month", january), ("month", days[0]), *(("day", day) for day in days)}
    found = cover(january, days[9], units, set())
    assert found.kept == [("month", january), *(("day", day) for day in days[:10])]
    assert found.counted == []
    found = cover(january, days[27], units, {days[3]})
    assert found.kept[0] == ("month", january)
    assert len(found.kept) == 1 + 27
    assert found.counted == [(days[3], days[3])]


def test_a_tally_is_the_same_after_it_was_kept_and_adds_up() -> None:
    tally = Tally(encounters=2, members=3, joint=1)
    tally.times = {"a>b": Counter({5: 2, 60: 1})}
    again = Tally.of_json(tally.as_json())
    assert again == tally
    again.add(tally)
    assert again.encounters == 4
    assert again.times["a>b"] == {5: 4, 60: 2}
