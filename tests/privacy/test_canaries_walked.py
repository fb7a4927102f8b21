"""Nothing that one side owns reaches the other: every address, form, stream and row, by machine.

What a side owns is planted by its class, so a table made tomorrow is covered by itself; what is
compared is everything a login can fetch, so a count, a gap or a reworded refusal shows as well.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from django.db import connections
from django.utils.translation import gettext as _

from tandem.board import responder
from tandem.board.views import persons
from tandem.charting import services as charting
from tandem.charting.definitions import url_of
from tandem.charting.models import CriticalAlert, FilledForm, InstrumentResult
from tandem.dispatch.models import Response
from tandem.encounters import services as acts
from tandem.encounters.custody import Told
from tandem.encounters.facts import OvertAct, PoliceFacts
from tandem.encounters.models import ClinicalReview, PoliceReview
from tandem.kernel.refusals import BadInput
from tandem.kernel.typed import Tab
from tandem.people.models import ClinicalPerson, PolicePerson
from tandem.people.services import note_clinical_fact, note_police_fact
from tandem.privacy.policy.load import policy
from tandem.reviews.services import review_crisis, review_police
from tests.conftest import Persona
from tests.intake.worlds import contact_life, rows_of, undone
from tests.privacy.apart import CANARY, COUNTY, POLICE_SIDE, Planter, Worlds, tables_of
from tests.promises.test_logs import logged as logged  # noqa: PLC0414 (a fixture)
from tests.scene import send_pair, send_patrol

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
OFFICERS = ("cru-officer", "patrol-officer", "police-custodian")
WORKERS = ("crisis-worker", "crisis-supervisor", "county-custodian")
DESK = ("dispatcher",)
NAME = f"{CANARY} Thistlewood"
Keys = Mapping[str, uuid.UUID]


@pytest.fixture
def joint(cast: dict[str, Persona]) -> Response:
    """A pair on a call; both sides stated what is shared, and each opened its own record."""
    sent = send_pair(cast)
    for persona, act in (
        ("cru-officer", acts.set_police_axis),
        ("crisis-worker", acts.set_crisis_axis),
    ):
        act(cast[persona].doing(), sent.encounter_id, "contact", ["contacted_in_person"])
        act(cast[persona].doing(), sent.encounter_id, "adverse", ["near_miss"])
    return sent


@pytest.fixture
def alone(cast: dict[str, Persona]) -> Response:
    """An officer alone on another call."""
    return send_patrol(cast)


class Lives:
    """What each side does on its own record, with canaries for words."""

    def __init__(self, cast: dict[str, Persona], joint: Response, alone: Response) -> None:
        self.cast, self.joint, self.alone = cast, joint.encounter_id, alone.encounter_id
        assert joint.call_id is not None
        self.call = joint.call_id

    def keys(self) -> Keys:
        """What both worlds hold, by name."""
        return {"joint": self.joint, "alone": self.alone, "call": self.call}

    def plant(self, persona: str, classes: frozenset[str]) -> Planter:
        cases = {"joint": self.joint, "alone": self.alone}
        planter = Planter(self.cast[persona], cases, self.call)
        planter.plant(classes)
        return planter

    def county(self) -> Keys:
        """A contact of the crisis line, the whole clinical record of the pair's case, and more."""
        made = {"contact": contact_life(self.cast), **self._clinical_record()}
        self.plant("crisis-supervisor", COUNTY)
        return made

    def _clinical_record(self) -> Keys:
        worker, key = self.cast["crisis-worker"], self.joint
        acts.describe_clinical_person(worker.doing(), key, name=NAME, age=41, age_how="said")
        person = ClinicalPerson.objects.get(encounter_id=key)
        assert person.file_id is not None
        told = {"value": f"{CANARY} street", "source": "self"}
        note_clinical_fact(worker.doing(), person.file_id, "alias", told)
        for axis, value in (
            ("clinical", "brief_intervention"),
            ("destination", "remained"),
            ("referral", "warm"),
            ("follow_up", "scheduled_24h"),
        ):
            acts.set_crisis_axis(worker.doing(), key, axis, [value])
        plan = {"a-services": [f"{CANARY} services"]}
        url = url_of("response-plan")
        charting.save_form(worker.doing(), key, url, plan, Tab(1, "page"))
        charting.sign_form(worker.doing(), key, url, plan, {})
        charting.amend_form(worker.doing(), key, url, plan, f"{CANARY} reason")
        points = {f"a-{number}": ["3"] for number in range(1, 10)}
        charting.sign_form(worker.doing(), key, url_of("phq-9"), points, {})
        said = {"words": f"{CANARY} told", "source": NAME, "relation": "sister"}
        acts.tell_collateral(worker.doing(), key, **said, safety="")
        acts.refuse_to_crisis(worker.doing(), key, "crisis", "person")
        acts.save_clinical_draft(worker.doing(), key, f"{CANARY} draft", 1, tab=Tab(1, "page"))
        acts.sign_clinical_note(worker.doing(), key, f"{CANARY} note")
        acts.amend_clinical_note(worker.doing(), key, f"{CANARY} more", f"{CANARY} why")
        review = ClinicalReview.objects.get(encounter_id=key)
        review_crisis(self.cast["crisis-supervisor"].doing(), review.pk, f"{CANARY} found")
        return {
            "county file": person.file_id,
            "county review": review.pk,
            "form": FilledForm.objects.filter(encounter_id=key)[0].pk,
            "result": InstrumentResult.objects.get(encounter_id=key).pk,
            "alert": CriticalAlert.objects.get(encounter_id=key).pk,
        }

    def police(self) -> Keys:
        """The whole police record of the pair's case and of one of the police alone."""
        made: dict[str, uuid.UUID] = {}
        for persona, key in (("cru-officer", self.joint), ("patrol-officer", self.alone)):
            made |= self._police_record(self.cast[persona], key)
        self.plant("sergeant", POLICE_SIDE)
        return made

    def _police_record(self, officer: Persona, key: uuid.UUID) -> Keys:
        acts.describe_police_person(
            officer.doing(), key, name=NAME, age=41, age_how="said", may_be_minor=False
        )
        person = PolicePerson.objects.get(encounter_id=key)
        assert person.file_id is not None
        told = {"value": f"{CANARY} street", "source": "self"}
        note_police_fact(officer.doing(), person.file_id, "alias", told)
        acts.estimate_patrol_alone(officer.doing(), key, "arrest", f"{CANARY} offense")
        custody = Told("taken", "2026-07-01T12:00-05:00", f"{CANARY} badge", county="La Crosse")
        event = acts.note_custody(officer.doing(), key, custody)
        acts.name_relief(officer.doing(), key, self.cast["cru-officer-2"].staff_id)
        acts.set_police_axis(officer.doing(), key, "legal_status", ["emergency_detention"])
        facts = PoliceFacts(
            seen_other=f"{CANARY} seen",
            weapon_words=f"{CANARY} weapon",
            force_number=f"{CANARY} force",
            video=f"{CANARY} video",
            acts=(OvertAct(f"{CANARY} act", "reported", NAME, "12:00"),),
        )
        acts.save_police_draft(
            officer.doing(), key, f"{CANARY} draft", 1, facts=facts, tab=Tab(1, "page")
        )
        acts.sign_police_note(officer.doing(), key, f"{CANARY} note", facts=facts)
        acts.amend_police_note(officer.doing(), key, f"{CANARY} more", f"{CANARY} why")
        review = PoliceReview.objects.get(encounter_id=key)
        review_police(self.cast["sergeant"].doing(), review.pk, f"{CANARY} found")
        made = {"police file": person.file_id, "police review": review.pk, "event": event.pk}
        return {f"{name} of {officer.key}": one for name, one in made.items()}


@pytest.fixture
def lives(cast: dict[str, Persona], joint: Response, alone: Response) -> Lives:
    return Lives(cast, joint, alone)


@dataclass
class Compared:
    """What these people got in the world where the other side lived, and what of it differs."""

    got: Mapping[str, str]
    differing: list[str]


def compared(
    lives: Lives,
    looking: tuple[str, ...],
    life: Callable[[], Keys],
    *,
    whole: bool = False,
    only: tuple[str, ...] = (),
) -> Compared:
    """The same people at the same addresses, with a life of the other side and without."""
    people = {who: lives.cast[who] for who in looking}
    worlds = Worlds(people, lives.keys(), whole, only)
    names: dict[str, uuid.UUID] = {}

    def lived() -> Keys:
        names.update(life())
        return names

    with_it = worlds.fetched(lived, NAME)
    # The same names for keys, of nothing.
    without = worlds.fetched(lambda: {name: uuid.uuid4() for name in names}, NAME)
    assert set(with_it) == set(without)
    return Compared(with_it, [what for what in without if with_it[what] != without[what]])


def test_police_and_the_desk_learn_nothing_that_the_county_owns(
    lives: Lives, logged: list[str]
) -> None:
    found = compared(lives, OFFICERS + DESK, lives.county)
    assert found.differing == []
    assert not [line for line in logged if CANARY in line]
    looked_at(found, "cru-officer", "/encounters/joint/", "/encounters/joint/custody/", "/reviews/")
    looked_at(found, "patrol-officer", "/encounters/alone/", "/persons/")
    looked_at(found, "dispatcher", "/desk/", "/intake/call/")
    looked_at(found, "police-custodian", "/stewards/", "/audit/")


def test_crisis_workers_and_the_desk_learn_nothing_that_police_own(
    lives: Lives, logged: list[str]
) -> None:
    found = compared(lives, WORKERS + DESK, lives.police)
    assert found.differing == []
    assert not [line for line in logged if CANARY in line]
    looked_at(found, "crisis-worker", "/encounters/joint/", "/encounters/joint/forms/phq-9/")
    looked_at(found, "crisis-supervisor", "/crisis/", "/alerts/", "/reviews/")
    looked_at(found, "county-custodian", "/stewards/", "/audit/")


def looked_at(found: Compared, who: str, *paths: str) -> None:
    """The walk was there, and it found an open door: what is compared is not all refusals."""
    for path in paths:
        assert found.got[f"{who} {path}"].startswith("200 "), (who, path)
    assert f"stream of {who}" in found.got
    sent = [what for what in found.got if what.startswith(f"{who} sends")]
    assert sent
    if who in {"cru-officer", "patrol-officer", "crisis-worker", "crisis-supervisor"}:
        name = [what for what in sent if "post /persons/" in what]
        table = [what for what in sent if what.endswith("csv")]
        assert len(name) == len(table) == 1
        assert NAME in found.got[name[0]]
        assert "text/csv" in found.got[table[0]]


@pytest.mark.parametrize(
    ("persona", "classes", "other"),
    [("crisis-supervisor", COUNTY, "police"), ("sergeant", POLICE_SIDE, "clinical")],
)
def test_a_canary_stands_in_every_column_of_every_table_of_a_side(
    lives: Lives, persona: str, classes: frozenset[str], other: str
) -> None:
    with undone():
        planted = lives.plant(persona, classes).planted
        with connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT table_name, column_name FROM information_schema.columns"
                " WHERE table_schema = 'public' AND NOT (is_nullable = 'YES'"
                " AND data_type IN ('date', 'timestamp with time zone'))"
            )
            every = set(cursor.fetchall())
        tables = {table.name for table in tables_of(classes)}
        assert {pair for pair in every if pair[0] in tables} <= planted.columns
        assert len(set(planted.words)) == len(planted.words) > 50
        # The owner's supervisor reads many of them, so they do not lie where nobody looks.
        shown = "".join(rows_of({persona: lives.cast[persona]}).values())
        assert sum(word in shown for word in planted.words) > 40
    # No table of the other side's login is among them, and none of it was forgotten.
    closed = {t.name for t in policy().tables.values() if t.grants and other not in t.grants}
    assert tables <= closed


def _beside(sql: str) -> Any:
    """What the superuser reads, in the middle of somebody's request."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        (role,) = cursor.fetchone()
        cursor.execute("RESET ROLE")
        cursor.execute(sql)
        found = cursor.fetchone()
        cursor.execute(f"SET LOCAL ROLE {role}")
    return found[0]


def _count_of_both(*_about: object) -> int:
    return int(_beside("SELECT count(*) FROM encounters_clinicalaxis"))


def _name_is_taken(*_about: object, **_more: object) -> list[Any]:
    if _beside("SELECT count(*) FROM people_clinicalfile"):
        raise BadInput(_("Enter a date."))
    return []


def test_planted_leaks_are_found(lives: Lives, monkeypatch: pytest.MonkeyPatch) -> None:
    """A count of both sides, a search that knows the other side, an alert on the stream."""
    monkeypatch.setattr(responder, "_axes_open", _count_of_both)
    monkeypatch.setattr(persons, "search", _name_is_taken)
    monkeypatch.setattr(charting, "_supervisors", lambda _trail: ["police"])
    looking, only = ("cru-officer",), ("/encounters/<uuid:encounter_id>/", "/persons/")
    found = compared(lives, looking, lives.county, only=only).differing
    for seen in ("cru-officer /encounters/joint/", "cru-officer sends", "stream of cru-officer"):
        assert any(what.startswith(seen) for what in found), seen


def test_a_wall_that_is_down_is_found(lives: Lives) -> None:
    def open_wall() -> Keys:
        made = lives.county()
        with connections["default"].cursor() as cursor:
            cursor.execute("RESET ROLE")
            cursor.execute("GRANT SELECT ON encounters_clinicalaxis TO tandem_police")
            cursor.execute(
                "CREATE POLICY broken ON encounters_clinicalaxis FOR SELECT"
                " TO tandem_police USING (true)"
            )
        return made

    people = {"cru-officer": lives.cast["cru-officer"]}
    with undone():
        open_wall()
        read = rows_of(people)["cru-officer reads encounters_clinicalaxis"]
    assert "brief_intervention" in read
    assert CANARY in read
