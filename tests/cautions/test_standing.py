"""The standing caution: behavior, day, source, another's approval, an end; never a diagnosis."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tandem.calls.models import Call
from tandem.cautions.models import Caution, CautionDraft
from tandem.cautions.queries import standing_cautions
from tandem.cautions.rules import Source, confirmed_by, expires, is_caution_current, unfit_words
from tandem.cautions.services import (
    UnfitForCaution,
    approve_caution,
    check_caution,
    draft_caution,
    end_caution,
    submit_caution,
)
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState
from tests.conftest import NOON, Persona
from tests.scene import browser_of, eyes_of, send_pair

pytestmark = pytest.mark.django_db(databases=["default", "identity"])
TOLD = {
    "place": "Riverside Park",
    "area": "North",
    "words": "A loose dog in the yard bit a mail carrier.",
    "seen_on": "2026-06-20",
    "source": "report",
    "source_ref": "26-1044",
}


def sent(persona: Persona, at: Any = NOON, **more: str) -> Caution:
    draft = draft_caution(persona.doing(at=at), {**TOLD, **more})
    return submit_caution(persona.doing(at=at), draft.pk)


def approved(cast: dict[str, Persona], at: Any = NOON, **more: str) -> Caution:
    caution = sent(cast["cru-officer"], at, **more)
    return approve_caution(cast["cru-officer-2"].doing(at=at), caution.pk)


def standing(persona: Persona, place: str, today: date) -> list[str]:
    with eyes_of(persona.standing):
        found = standing_cautions(persona.standing, place=place, today=today)
        return [one.caution.words for one in found]


@pytest.mark.parametrize(
    "words",
    [
        "schizophrenic, swings at officers",
        "Bipolar male",
        "off his meds, PTSD",
        "known EDP",
        "chaptered in May",
        "risk score 8",
        "threat level high",
        "suicide risk: high",
        "C-SSRS positive",
        "danger 9/10",
        "addict on the second floor",
        "HIV positive",
        "dementia, wanders",
    ],
)
def test_a_diagnosis_or_a_score_is_refused_and_the_draft_is_kept(
    officer: Persona, words: str, trail: Callable[[], list[str]]
) -> None:
    draft = draft_caution(officer.doing(), {**TOLD, "words": words})
    with pytest.raises(UnfitForCaution):
        submit_caution(officer.doing(), draft.pk)
    assert not Caution.objects.exists()
    assert CautionDraft.objects.get(sent_at=None).words == words
    assert unfit_words(words)
    assert trail()[-1] == "caution.submitted.refused"


@pytest.mark.parametrize(
    "words",
    [
        "Swung a knife at the door on May 3.",
        "Said he would shoot whoever comes in.",
        "Two loose dogs; gate code needed.",
        "Ran at officers twice in 2026, stopped when addressed by name.",
        "Needs an additional unit: the stairs are blocked.",
        "Highland Street side has no light.",
    ],
)
def test_behavior_is_not_refused(words: str) -> None:
    assert unfit_words(words) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": ""},
        {"source": ""},
        {"source": "rumor"},
        {"seen_on": ""},
        {"seen_on": "soon"},
        {"seen_on": "2027-01-01"},
        {"place": ""},
    ],
)
def test_without_behavior_day_source_or_whom_it_is_not_sent(
    officer: Persona, wrong: dict[str, str]
) -> None:
    draft = draft_caution(officer.doing(), {**TOLD, **wrong})
    with pytest.raises(BadInput):
        submit_caution(officer.doing(), draft.pk)
    assert CautionDraft.objects.filter(sent_at=None).count() == 1


def test_nobody_approves_their_own_neither_by_act_nor_by_sql(cast: dict[str, Persona]) -> None:
    caution = sent(cast["cru-officer"])
    assert standing(cast["dispatcher"], "riverside  PARK", NOON.date()) == []
    with pytest.raises(NotPermitted):
        approve_caution(cast["cru-officer"].doing(), caution.pk)
    with pytest.raises(NotPermitted):
        approve_caution(cast["patrol-officer"].doing(), caution.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Caution.objects.filter(pk=caution.pk).update(approved_at=NOON, approved_by_id=caution.by_id)
    approve_caution(cast["cru-officer-2"].doing(), caution.pk)
    for persona in ("dispatcher", "patrol-officer", "crisis-worker", "crisis-supervisor"):
        assert standing(cast[persona], "riverside  PARK", NOON.date()) == [TOLD["words"]]
    with pytest.raises(OutOfState):
        approve_caution(cast["cru-officer-2"].doing(), caution.pk)


def test_a_draft_is_its_authors_alone(cast: dict[str, Persona]) -> None:
    draft = draft_caution(cast["cru-officer"].doing(), TOLD)
    with pytest.raises(NotFound):
        submit_caution(cast["cru-officer-2"].doing(), draft.pk)
    for persona in ("cru-officer-2", "dispatcher"):
        with eyes_of(cast[persona].standing) as cursor:
            cursor.execute("SELECT count(*) FROM cautions_cautiondraft")
            assert cursor.fetchone() == (0,)


def test_it_ends_by_itself_after_90_days_and_after_three_years_at_most(
    cast: dict[str, Persona],
) -> None:
    usual, longest = approved(cast), approved(cast, days="5000")
    today = NOON.date()
    assert usual.expires_on == today + timedelta(days=90) == expires(today, 90)
    assert longest.expires_on == today + timedelta(days=1096)
    last = usual.expires_on
    assert is_caution_current(approved=True, ended=False, expires_on=last, today=last)
    after = last + timedelta(days=1)
    assert not is_caution_current(approved=True, ended=False, expires_on=last, today=after)
    assert len(standing(cast["dispatcher"], TOLD["place"], last)) == 2
    assert len(standing(cast["dispatcher"], TOLD["place"], after)) == 1
    end_caution(cast["cru-officer"].doing(), longest.pk)
    assert standing(cast["dispatcher"], TOLD["place"], after) == []


@pytest.mark.parametrize(
    ("zone", "at", "today"),
    [
        ("America/Chicago", datetime(2026, 7, 2, 3, 30, tzinfo=UTC), date(2026, 7, 1)),
        ("Asia/Tokyo", datetime(2026, 7, 1, 20, 0, tzinfo=UTC), date(2026, 7, 2)),
    ],
)
def test_its_day_is_the_day_where_it_is_written(
    cast: dict[str, Persona], zone: str, at: datetime, today: date
) -> None:
    with timezone.override(zone):
        caution = approved(cast, at, seen_on=today.isoformat())
        tomorrow = (today + timedelta(days=1)).isoformat()
        with pytest.raises(BadInput):
            sent(cast["cru-officer"], at, seen_on=tomorrow)
    assert caution.expires_on == today + timedelta(days=90)


def test_a_form_sent_twice_is_answered_by_what_became_of_it(cast: dict[str, Persona]) -> None:
    browser, act = browser_of(cast["cru-officer"]), {"act_id": str(uuid.uuid4())}
    for _ in range(2):
        told = {**TOLD, **act, "words": "schizophrenic with a knife"}
        page = browser.post("/cautions/", told, follow=True).content.decode()
        assert "Sent to be approved" not in page
        assert "names no diagnosis and no score" in html.unescape(page)
    assert CautionDraft.objects.count() == 1
    assert not Caution.objects.exists()
    act = {"act_id": str(uuid.uuid4())}
    for _ in range(2):
        page = browser.post("/cautions/", {**TOLD, **act}, follow=True).content.decode()
        assert "Sent to be approved" in page
    assert Caution.objects.count() == 1
    draft = CautionDraft.objects.get(sent_at__isnull=False)
    page = browser.post(f"/cautions/drafts/{draft.pk}/send/", follow=True).content.decode()
    assert "Sent to be approved" in page
    assert Caution.objects.count() == 1


@pytest.mark.parametrize(("typed", "kept"), [("9" * 5_000, 90), ("0" * 5_000 + "7", 7), ("-1", 90)])
def test_no_number_of_days_is_an_error(cast: dict[str, Persona], typed: str, kept: int) -> None:
    answer = browser_of(cast["cru-officer"]).post("/cautions/", {**TOLD, "days": typed})
    assert answer.status_code == 302
    assert Caution.objects.get().days == kept


def test_it_is_found_however_the_street_is_written(cast: dict[str, Persona]) -> None:
    approved(cast, place="12 North Main Street")
    for place in ("12 n. main st.", "12 NORTH MAIN STREET"):
        assert standing(cast["dispatcher"], place, NOON.date()) == [TOLD["words"]], place
    Caution.objects.update(place_key="12 north main street")  # as it was written before
    assert standing(cast["dispatcher"], "12 north main street", NOON.date()) == [TOLD["words"]]
    assert standing(cast["dispatcher"], "12 south main street", NOON.date()) == []


def test_repeats_of_one_source_do_not_confirm_each_other(cast: dict[str, Persona]) -> None:
    same = [Source("report", "26-1044"), Source("report", " 26-1044 "), Source("REPORT", "x")]
    assert confirmed_by(same[:2]) == 1
    assert confirmed_by(same) == 2
    caution = approved(cast, source="officer_saw", source_ref="")
    for _ in range(3):
        check_caution(cast["cru-officer"].doing(), caution.pk, "holds")
    with eyes_of(cast["dispatcher"].standing):
        found = standing_cautions(
            cast["dispatcher"].standing, place=TOLD["place"], today=NOON.date()
        )
        assert (found[0].sources, len(found[0].checks)) == (1, 3)
    for _ in range(2):
        check_caution(cast["patrol-officer"].doing(), caution.pk, "holds")
    with eyes_of(cast["dispatcher"].standing):
        found = standing_cautions(
            cast["dispatcher"].standing, place=TOLD["place"], today=NOON.date()
        )
        assert found[0].sources == 2


def test_pages_show_what_stands_and_ask_whoever_uses_it(cast: dict[str, Persona]) -> None:
    now = timezone.now()
    response = send_pair(cast, at=now)
    Call.objects.filter(number=417).update(area="North")
    officer = browser_of(cast["cru-officer"])
    page = officer.post("/cautions/", TOLD, follow=True).content.decode()
    assert "Sent to be approved by another person." in page
    assert "another person approves it" in page
    waiting = Caution.objects.get()
    path = f"/encounters/{response.encounter_id}/"
    assert TOLD["words"] not in officer.get(path).content.decode()
    browser_of(cast["cru-officer-2"]).post(f"/cautions/{waiting.pk}/approve/")
    for persona, address in (
        ("cru-officer", path),
        ("crisis-worker", path),
        ("dispatcher", f"/desk/?call={response.call_id}"),
    ):
        shown = html.unescape(browser_of(cast[persona]).get(address).content.decode())
        assert TOLD["words"] in shown, persona
        assert "not checked since" in shown
    officer.post(f"/cautions/{waiting.pk}/check/", {"answer": "not"})
    assert "not so on" in html.unescape(officer.get(path).content.decode())
    areas = officer.get("/cautions/").content.decode()
    assert "Cautions for 1,000 calls" in areas
    assert "North" in areas


def test_a_refused_draft_says_which_words_and_what_instead(cast: dict[str, Persona]) -> None:
    told = {**TOLD, "words": "schizophrenic with a knife"}
    page = browser_of(cast["cru-officer"]).post("/cautions/", told, follow=True).content.decode()
    assert "Not in a caution: schizophrenic." in html.unescape(page)
    assert "names no diagnosis and no score" in html.unescape(page)
    assert "schizophrenic with a knife" in page


def test_an_unknown_caution_is_not_there(cast: dict[str, Persona]) -> None:
    with pytest.raises(NotFound):
        check_caution(cast["cru-officer"].doing(), uuid.uuid4(), "holds")
    with pytest.raises(BadInput):
        check_caution(cast["cru-officer"].doing(), approved(cast).pk, "perhaps")
