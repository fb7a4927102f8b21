"""Where CAD leads: units appear without a keystroke, and a gap loses and doubles nothing."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tandem.calls.models import Call, Feed, UnitFact
from tandem.dispatch.from_cad import facts_of
from tandem.dispatch.leading import spoken_of
from tandem.dispatch.models import Member, MemberStep, Response
from tandem.dispatch.rules import differences, merged
from tandem.dispatch.services import sign_on, step_member
from tandem.dispatch.states import MemberState as S
from tandem.interop.cad.files.rows import Wanted, to_read
from tandem.interop.cad.files.store import store
from tandem.kernel.maps import Row, find_map, read_rows
from tests.conftest import NOON, Persona
from tests.interop.conftest import Source, event
from tests.scene import CRU_1

NEW_WORLD = find_map("new-world")
CHICAGO = ZoneInfo("America/Chicago")
STEPS = ((S.ASSIGNED, "Dispatched"), (S.EN_ROUTE, "Enroute"), (S.AT_ADDRESS, "OnScene"))
GAP_BEGINS, GAP_ENDS = 10, 20  # minutes


def lead(source: Source) -> None:
    Feed.objects.filter(pk=source.feed.pk).update(mode="cad_leads")
    source.feed.refresh_from_db()


def pair(cast: dict[str, Persona], *, at: datetime = NOON) -> None:
    sign_on(cast["cru-officer"].doing(at=at), CRU_1)
    sign_on(cast["crisis-worker"].doing(at=at), CRU_1)


def unit(status: str, minutes: float, name: str = "CRU-1") -> dict[str, str]:
    return {"id": name, "status": status, "at": (NOON + timedelta(minutes=minutes)).isoformat()}


def member(persona: Persona) -> Member:
    return Member.objects.get(staff_id=persona.staff_id)


def test_a_unit_that_cad_puts_on_a_call_is_on_it_here(
    source: Source, cast: dict[str, Persona]
) -> None:
    lead(source)
    pair(cast)
    source.sent(event(units=[unit("Dispatched", 1), unit("Enroute", 2)]))
    officer, worker = member(cast["cru-officer"]), member(cast["crisis-worker"])
    assert officer.state == S.EN_ROUTE
    assert officer.state_at == NOON + timedelta(minutes=2)
    # A 911 dispatcher does not command a county's worker.
    assert worker.state == S.PROPOSED
    assert {step.how_known for step in MemberStep.objects.all()} == {"cad"}


def test_the_proposed_worker_says_for_herself_whether_she_goes(
    source: Source, cast: dict[str, Persona]
) -> None:
    lead(source)
    pair(cast)
    source.sent(event(units=[unit("Dispatched", 1)]))
    worker = cast["crisis-worker"]
    step_member(worker.doing(at=NOON), member(worker).pk, S.ACKNOWLEDGED)
    source.sent(event(sequence=2, units=[unit("Enroute", 2), unit("Cleared", 9)]))
    assert member(worker).state == S.ACKNOWLEDGED
    assert member(cast["cru-officer"]).state == S.CLEARED
    assert Response.objects.get().ended_at is None


def test_a_worker_who_was_only_proposed_does_not_hold_a_call_open(
    source: Source, cast: dict[str, Persona]
) -> None:
    lead(source)
    pair(cast)
    source.sent(event(units=[unit("Dispatched", 1), unit("Cleared", 9)]))
    assert member(cast["crisis-worker"]).state == S.CANCELLED
    assert Response.objects.get().ended_at == NOON + timedelta(minutes=9)


def test_a_unit_that_cad_moves_leaves_its_former_call(
    source: Source, cast: dict[str, Persona]
) -> None:
    lead(source)
    pair(cast)
    source.sent(event(external_id="A", units=[unit("Dispatched", 1)]))
    source.sent(event(external_id="B", units=[unit("Dispatched", 5)]))
    here = Response.objects.get(ended_at=None)
    assert here.call_id == Call.objects.get(external_id="B").pk
    assert Response.objects.exclude(ended_at=None).count() == 1


def test_a_hand_entry_beside_a_cad_that_is_heard_is_kept_and_not_shown(
    source: Source, cast: dict[str, Persona]
) -> None:
    lead(source)
    pair(cast)
    source.sent(event(units=[unit("Dispatched", 1)]))
    Feed.objects.update(last_event_at=NOON)
    officer = cast["cru-officer"]
    late = NOON + timedelta(seconds=90)
    step_member(cast["dispatcher"].doing(at=late), member(officer).pk, S.CLEARED)
    assert member(officer).state == S.ASSIGNED
    assert MemberStep.objects.get(state=S.CLEARED).beside_cad == "heard"


def test_what_cad_does_not_hold_is_entered_by_hand_and_shown(
    source: Source, cast: dict[str, Persona]
) -> None:
    lead(source)
    pair(cast)
    source.sent(event(units=[unit("OnScene", 1)]))
    Feed.objects.update(last_event_at=NOON)
    officer = cast["cru-officer"]
    step_member(officer.doing(at=NOON + timedelta(seconds=100)), member(officer).pk, S.ON_SCENE)
    assert member(officer).state == S.ON_SCENE


def test_units_of_others_are_kept_as_facts(source: Source) -> None:
    lead(source)
    source.sent(event(units=[unit("Enroute", 1, "E12"), unit("Lunch", 2, "E12")]))
    assert set(UnitFact.objects.values_list("unit", "state")) == {
        ("E12", "en_route"),
        ("E12", "lunch"),
    }
    assert not Response.objects.exists()


def test_where_tandem_leads_no_unit_moves_by_itself(
    source: Source, cast: dict[str, Persona]
) -> None:
    pair(cast)
    source.sent(event(units=[unit("Dispatched", 1)]))
    assert UnitFact.objects.count() == 1
    assert not Response.objects.exists()


def test_a_status_without_a_time_is_told_once(source: Source) -> None:
    lead(source)
    for sequence in (1, 2, 3):
        source.sent(event(sequence=sequence, units=[{"id": "E12", "status": "ER"}]))
    assert UnitFact.objects.count() == 1


@dataclass
class Night:
    """One call of a pair as it truly was, what was keyed by hand, and what of it is wrong."""

    rng: random.Random
    began: datetime
    truth: list[tuple[S, str, datetime]] = field(default_factory=list)
    keyed: list[tuple[S, datetime]] = field(default_factory=list)
    differs: set[tuple[str, S]] = field(default_factory=set)

    @classmethod
    def drawn(cls, seed: int, began: datetime) -> Night:
        night = cls(random.Random(seed), began)  # noqa: S311 (a simulation, not a secret)
        minutes = 1.0
        for turn in range(2):
            for state, word in STEPS[turn:]:
                minutes += night.rng.uniform(3.5, 6)
                night.truth.append((state, word, night.moment(minutes)))
        minutes += night.rng.uniform(9, 14)
        night.truth.append((S.CLEARED, "Cleared", night.moment(minutes)))
        night.key_by_hand()
        return night

    def moment(self, minutes: float) -> datetime:
        return self.began + timedelta(seconds=round(minutes * 60))

    def in_gap(self, at: datetime) -> bool:
        return self.moment(GAP_BEGINS + 2) <= at < self.moment(GAP_ENDS)

    def key_by_hand(self) -> None:
        """In the gap the desk keys what it hears; now and then late, or what was not so."""
        for state, _word, at in self.truth:
            if not self.in_gap(at) or self.rng.random() < 0.1:
                continue
            late = self.rng.choice((0, 20, 50, 130, 200))
            if not self.in_gap(at + timedelta(seconds=late)):
                late = 0
            self.keyed.append((state, at + timedelta(seconds=late)))
            if late > 60:
                self.differs.add(("time", state))
        if self.rng.random() < 0.5:
            # Far from every other fact of its kind, so that it can be no other.
            at = self.moment(GAP_BEGINS + 2.5)
            self.keyed.append((S.CANCELLED, at))
            self.differs.add(("only_by_hand", S.CANCELLED))
        self.keyed.sort(key=lambda entry: entry[1])

    def message(self, upto: datetime) -> str:
        """The whole call as New World tells it at a moment, its unit's log included."""
        told = [one for one in self.truth if one[2] <= upto]
        logs = "".join(
            f"<UnitLog><DateTime>{at.astimezone(CHICAGO):%Y-%m-%dT%H:%M:%S}</DateTime>"
            f"<Status>{word}</Status></UnitLog>"
            for _state, word, at in told
        )
        units = (
            f"<AssignedUnits><Unit><UnitNumber>CRU1</UnitNumber><UnitLogs>{logs}</UnitLogs>"
            "</Unit></AssignedUnits>"
            if told
            else ""
        )
        return (
            "<CallExport><CallNumber>2026-700001</CallNumber><NatureOfCall>Welfare</NatureOfCall>"
            f"<CreateDateTime>{self.began.astimezone(CHICAGO):%Y-%m-%dT%H:%M:%S}</CreateDateTime>"
            "<ClosedFlag>false</ClosedFlag><Narratives><Narrative>"
            f"<CreateDateTime>{upto.astimezone(CHICAGO):%Y-%m-%dT%H:%M:%S}</CreateDateTime>"
            f"<Text>line</Text></Narrative></Narratives>{units}</CallExport>"
        )


@dataclass
class Center:
    """A dispatch center whose messages reach us, but for ten minutes."""

    source: Source
    cast: dict[str, Persona]
    folder: Path

    def send(self, night: Night, made: datetime, *, at: datetime) -> None:
        path = self.folder / f"{uuid.uuid4().hex}.xml"
        path.write_text(night.message(made), encoding="utf-8")
        reads = [
            to_read(row, NEW_WORLD, Wanted(at, live=True))
            for row in read_rows(path, NEW_WORLD)
            if isinstance(row, Row)
        ]
        assert len(reads) == 1
        store(self.source.feed, reads, rejected=0, at=at)

    def key(self, state: S, at: datetime) -> None:
        officer = Member.objects.filter(staff_id=self.cast["cru-officer"].staff_id).first()
        if officer is not None:
            step_member(self.cast["dispatcher"].doing(at=at, how_known="radio"), officer.pk, state)


def test_the_nights_hold_entries_by_hand_and_differences_of_both_kinds() -> None:
    nights = [Night.drawn(seed, NOON) for seed in range(12)]
    assert sum(len(night.keyed) for night in nights) >= 12
    assert {kind for night in nights for kind, _ in night.differs} == {"time", "only_by_hand"}


@pytest.mark.parametrize("seed", range(12))
def test_ten_minutes_without_a_feed_lose_nothing_and_double_nothing(
    seed: int, source: Source, cast: dict[str, Persona], tmp_path: Path
) -> None:
    lead(source)
    began = datetime(2026, 7, 1, 17, 0, tzinfo=UTC)
    pair(cast, at=began)
    night, center = Night.drawn(seed, began), Center(source, cast, tmp_path)
    keyed = 0
    ends = night.truth[-1][2] + timedelta(minutes=2)
    held: list[datetime] = []
    now = began
    while now <= ends:
        minute = (now - began).total_seconds() / 60
        if GAP_BEGINS <= minute < GAP_ENDS:
            held.append(now)
        else:
            # What could not be sent comes late, in whatever order, or never: logs repeat it.
            night.rng.shuffle(held)
            for made in held[: len(held) // 2]:
                center.send(night, made, at=now)
            held.clear()
            center.send(night, now, at=now)
        for state, at in night.keyed:
            if now <= at < now + timedelta(seconds=30):
                center.key(state, at)
                keyed += 1
        now += timedelta(seconds=30)

    officer = member(cast["cru-officer"])
    told = merged(facts_of(officer))
    # 0 lost: every status of the night is there, with CAD's time.
    assert sorted((one.state, one.cad_at) for one in told if one.cad_at) == sorted(
        (state, at) for state, _word, at in night.truth
    )
    # 0 keyed twice: nothing was keyed by hand but in the gap, and each of it is one fact.
    assert UnitFact.objects.count() == len(night.truth)
    by_hand = MemberStep.objects.exclude(how_known="cad")
    assert by_hand.count() == keyed
    assert {step.beside_cad for step in by_hand} <= {"silent"}
    assert sum(one.hand_at is not None for one in told) == keyed
    # Every disagreement is listed, and nothing else.
    (spoken,) = spoken_of([officer.encounter.call_id or uuid.UUID(int=0)]).values()
    listed = {(one.differs, one.state) for one in differences(facts_of(officer), spoken_at=spoken)}
    assert listed == night.differs
    # CAD's account is what stands.
    assert (officer.state, officer.state_at) == (S.CLEARED, night.truth[-1][2])
