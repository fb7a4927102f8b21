"""Skills are facts with days and a source; what lapsed is not shown, and "not alone" holds."""

from __future__ import annotations

import uuid
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tandem.directory.models import Skill
from tandem.directory.services import end_skill, enter_skill
from tandem.directory.skills import skills_of
from tandem.dispatch.services import sign_on
from tandem.intake.services.requests import ask_worker
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted
from tandem.storage.standing import opened, standing_as
from tests.conftest import Persona
from tests.scene import CRU_1, MOBILE, browser_of, eyes_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
DAY = date(2026, 7, 1)
PAPER = "County training register, sheet 12"


@pytest.fixture
def trainer(cast: dict[str, Persona]) -> Persona:
    """Who keeps the register."""
    return cast["trainer"]


def entered(
    trainer: Persona, who: Persona, code: str = "cit", *, days: int = 365, on: date = DAY
) -> Skill:
    """A skill that holds from a day on, so many days."""
    until = on + timedelta(days=days)
    doing = trainer.doing()
    return enter_skill(doing, who.staff_id, code, from_on=on, until_on=until, source=PAPER)


@pytest.mark.parametrize(
    ("on", "shown"),
    [
        (DAY - timedelta(days=1), False),
        (DAY, True),
        (DAY + timedelta(days=365), True),
        (DAY + timedelta(days=366), False),  # lapsed
    ],
)
def test_it_holds_from_its_first_day_through_its_last(
    trainer: Persona, officer: Persona, dispatcher: Persona, on: date, shown: bool
) -> None:
    entered(trainer, officer)
    with standing_as(dispatcher.standing), opened():
        found = skills_of(dispatcher.standing, [officer.staff_id], on=on)
    assert found.get(officer.staff_id, []) == (["cit"] if shown else [])


def test_every_one_has_a_source_and_an_end(
    trainer: Persona, officer: Persona, dispatcher: Persona, trail: object
) -> None:
    with pytest.raises(BadInput):
        entered(trainer, officer, days=-1)
    with pytest.raises(BadInput):
        entered(trainer, officer, "brave")
    with pytest.raises(BadInput):
        enter_skill(
            trainer.doing(), officer.staff_id, "cit", from_on=DAY, until_on=DAY, source=" \0 "
        )
    with pytest.raises(NotFound):
        enter_skill(trainer.doing(), uuid.uuid4(), "cit", from_on=DAY, until_on=DAY, source=PAPER)
    with pytest.raises(NotPermitted):
        entered(dispatcher, officer)
    skill = entered(trainer, officer)
    with pytest.raises(IntegrityError), transaction.atomic():
        Skill.objects.filter(pk=skill.pk).update(source="")
    end_skill(trainer.doing(), skill.pk)
    with pytest.raises(NotFound):
        end_skill(trainer.doing(), skill.pk)
    assert Skill.objects.get().ended_at is not None


def test_officers_and_administrators_have_no_right_on_it(
    cast: dict[str, Persona], trainer: Persona, officer: Persona
) -> None:
    entered(trainer, officer)
    for who, rows in (("dispatcher", 1), ("crisis-supervisor", 1), ("administrator", 0)):
        with eyes_of(cast[who].standing) as cursor:
            cursor.execute("SELECT count(*) FROM directory_skill")
            assert cursor.fetchone() == (rows,), who


def test_the_desk_reads_what_holds_today_and_not_what_lapsed(
    cast: dict[str, Persona], trainer: Persona, officer: Persona
) -> None:
    # Yesterday: the program's day may not have begun where the machine's has.
    today = timezone.localdate() - timedelta(days=1)
    entered(trainer, officer, on=today)
    entered(trainer, officer, "negotiator", on=today - timedelta(days=400), days=365)
    sign_on(officer.doing(at=timezone.now()), CRU_1)
    units = browser_of(cast["dispatcher"]).get("/desk/fragments/?regions=units").content.decode()
    assert "CIT" in units
    assert "Negotiator" not in units
    register = browser_of(trainer).get("/skills/").content.decode()
    assert ("Negotiator" in register, "lapsed" in register, PAPER in register) == (True,) * 3


def test_who_may_not_go_alone_is_not_proposed_and_can_still_be_typed(
    cast: dict[str, Persona], trainer: Persona
) -> None:
    alone, desk = cast["crisis-worker-3"], cast["crisis-supervisor"]
    sign_on(alone.doing(at=timezone.now()), MOBILE)
    call = open_call(cast["dispatcher"], at=timezone.now())
    ask_worker(cast["dispatcher"].doing(), uuid.uuid4(), call.pk)
    chosen = f'<option value="{alone.staff_id}">'
    page = browser_of(desk).get("/crisis/").content.decode()
    assert chosen in page
    entered(trainer, alone, "not_alone", on=timezone.localdate() - timedelta(days=1))
    page = browser_of(desk).get("/crisis/").content.decode()
    assert (chosen in page, "not alone" in page) == (False, True)
    assert "No worker of this desk is free to be proposed alone." in page
    # The line knows her: the field may know better than the register.
    assert str(alone.staff_id) in page


def test_the_register_keeps_what_was_typed(trainer: Persona, officer: Persona) -> None:
    browser = browser_of(trainer)
    body = {"staff": str(officer.staff_id), "code": "cit", "source": "Sheet 9", "from_on": "soon"}
    answer = browser.post("/skills/", {**body, "act_id": str(uuid.uuid4())})
    assert (answer.status_code, "Sheet 9" in answer.content.decode()) == (409, True)
    body |= {"from_on": "2026-01-01", "until_on": "2028-01-01"}
    answer = browser.post("/skills/", {**body, "act_id": str(uuid.uuid4())})
    assert answer.status_code == 302
    assert Skill.objects.get().source == "Sheet 9"
