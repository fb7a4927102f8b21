"""Edited rules: kept as a copy, tried on last month's calls, put in force by name; or refused."""

from __future__ import annotations

import html
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tandem.advice.text import as_toml
from tandem.calls.answers import Given
from tandem.directory.facts import program
from tandem.dispatch.advising import rules_in_force, standpoint_of
from tandem.dispatch.models import AdviceRuleSet
from tandem.dispatch.services import draft_rules, put_rules_in_force, sign_on
from tandem.dispatch.trial import try_rules
from tandem.intake.services.desk import answer_questions
from tandem.kernel.advice import AdviceRules, parse_advice
from tandem.kernel.refusals import BadInput, NotFound, NotPermitted, OutOfState
from tests.conftest import NOON, Persona
from tests.scene import CRU_1, PATROL, browser_of, eyes_of, open_call

pytestmark = pytest.mark.django_db(databases=["default", "identity"])


def shipped() -> AdviceRules:
    rules = program().advice
    assert rules is not None
    return rules


def edited_text() -> str:
    """The shipped rules, but violence brings a second unit."""
    old = 'id = "violence"\n'
    text = as_toml(shipped())
    assert old in text
    return text.replace(old, f'{old}with = ["additional_unit"]\n')


def drafted(of: Persona, text: str = "") -> AdviceRuleSet:
    return draft_rules(of.doing(), uuid.uuid4(), text or edited_text())


def in_force(of: Persona) -> str:
    with eyes_of(of.standing):
        rules = rules_in_force(of.standing)
    assert rules is not None
    return rules.version


def test_the_text_that_is_edited_reads_back_as_the_same_rules() -> None:
    rules = shipped()
    assert parse_advice(as_toml(rules).encode()).version == rules.version
    odd = as_toml(rules).replace("A mental-health crisis", 'Say \\"é\\" \\\\ \\u007f \\t twice')
    read = parse_advice(odd.encode())
    assert parse_advice(as_toml(read).encode()).version == read.version


def test_a_copy_advises_nothing_until_a_dispatcher_puts_it_in_force(
    cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    desk = cast["dispatcher"]
    draft = drafted(cast["administrator"])
    assert in_force(desk) == shipped().version != draft.version
    put_rules_in_force(desk.doing(), draft.pk)
    assert in_force(desk) == draft.version
    draft.refresh_from_db()
    assert (draft.in_force_by_name, draft.in_force_at) == (desk.short_name, NOON)
    assert draft.program_version == program().version
    assert trail()[-2:] == ["advice.drafted", "advice.put_in_force"]
    call = open_call(desk)
    with eyes_of(desk.standing):
        stand = standpoint_of(desk.standing, call, NOON)
    assert stand is not None
    assert (stand.advice.version, stand.edited) == (draft.version, True)


def test_who_goes_back_puts_the_older_copy_in_force_again(cast: dict[str, Persona]) -> None:
    desk = cast["dispatcher"]
    first, second = drafted(desk), drafted(desk, as_toml(shipped()))
    put_rules_in_force(desk.doing(), first.pk)
    put_rules_in_force(desk.doing(at=NOON + timedelta(minutes=1)), second.pk)
    assert in_force(desk) == shipped().version
    put_rules_in_force(desk.doing(at=NOON + timedelta(minutes=2)), first.pk)
    assert in_force(desk) == first.version


def test_rules_of_another_program_file_hold_no_longer(cast: dict[str, Persona]) -> None:
    desk = cast["dispatcher"]
    draft = drafted(desk)
    put_rules_in_force(desk.doing(), draft.pk)
    AdviceRuleSet.objects.filter(pk=draft.pk).update(program_version="0" * 64)
    assert in_force(desk) == shipped().version
    with pytest.raises(OutOfState, match="Another program file was loaded since"):
        put_rules_in_force(desk.doing(), draft.pk)


def test_a_file_that_leaves_the_police_out_unasked_is_refused_whole(
    cast: dict[str, Persona], trail: Callable[[], list[str]]
) -> None:
    bad = edited_text().replace('all_no = ["weapon_in_hand", ', "all_no = [")
    with pytest.raises(BadInput):
        drafted(cast["dispatcher"], bad)
    assert AdviceRuleSet.objects.count() == 0
    assert trail() == ["advice.drafted.refused"]
    page = browser_of(cast["dispatcher"]).post(reverse("board:advice_rules"), {"text": bad})
    assert page.status_code == 409
    said = html.unescape(page.content.decode())
    assert "`all_no` lacks weapon_in_hand" in said
    assert "Line " in said
    assert 'with = ["additional_unit"]' in said


def test_only_a_dispatcher_puts_in_force_and_nobody_else_edits(cast: dict[str, Persona]) -> None:
    draft = drafted(cast["administrator"])
    with pytest.raises(NotPermitted):
        put_rules_in_force(cast["administrator"].doing(), draft.pk)
    for persona in ("cru-officer", "crisis-worker", "crisis-supervisor"):
        with pytest.raises(NotPermitted):
            drafted(cast[persona])
    with pytest.raises(NotFound):
        put_rules_in_force(cast["dispatcher"].doing(), CRU_1)


def test_a_trial_counts_what_would_change_on_last_months_calls(cast: dict[str, Persona]) -> None:
    desk, now = cast["dispatcher"], timezone.now()
    begun = now - timedelta(days=20)
    for persona, unit in (("cru-officer", CRU_1), ("crisis-worker", CRU_1)):
        sign_on(cast[persona].doing(at=begun), unit)
    sign_on(cast["patrol-officer"].doing(at=begun), PATROL)
    calls = [
        open_call(desk, number=number, at=now - timedelta(days=days))
        for number, days in ((1, 10), (2, 5), (3, 1), (4, 40))
    ]
    for call in (calls[0], calls[1], calls[3]):
        given = [Given("violence_now", "yes", "third_party")]
        answer_questions(desk.doing(at=now - timedelta(hours=1)), call.pk, given)
    # The pair instead of patrol where there is violence: two of the month's three calls.
    old, new = 'first = ["patrol", "cru_pair"]', 'first = ["cru_pair"]'
    text = as_toml(shipped())
    place = text.index('id = "violence"')
    edited = parse_advice((text[:place] + text[place:].replace(old, new, 1)).encode())
    with eyes_of(desk.standing):
        trial = try_rules(desk.standing, shipped(), edited, now)
        same = try_rules(desk.standing, shipped(), shipped(), now)
    assert (trial.calls, trial.changed) == (3, 2)
    assert dict(trial.parts) == {"first": 2}
    assert dict(trial.moves) == {("patrol", "cru_pair"): 2}
    assert (trial.police_free_before, trial.police_free_after) == (0, 0)
    assert (same.calls, same.changed, dict(same.moves)) == (3, 0, {})


def test_the_page_shows_rules_and_only_a_dispatcher_tries_them(cast: dict[str, Persona]) -> None:
    draft = drafted(cast["administrator"])
    address = reverse("board:advice_rules")
    tried = f"{address}?try={draft.pk}"
    desk = html.unescape(browser_of(cast["dispatcher"]).get(tried).content.decode())
    assert "Tried on the calls of the last 30 days" in desk
    assert "Put in force by my name" in desk
    assert all(f"<code>{rule.id}</code>" in desk for rule in shipped().rules)
    office = html.unescape(browser_of(cast["administrator"]).get(tried).content.decode())
    assert "Tried on the calls" not in office
    assert "Put in force by my name" not in office
    assert draft.version[:8] in office
    kept = browser_of(cast["administrator"]).post(address, {"text": edited_text()})
    assert kept.status_code == 302
    assert AdviceRuleSet.objects.count() == 2
    done = browser_of(cast["dispatcher"]).post(reverse("board:advice_force", args=[draft.pk]))
    assert done.status_code == 302
    page = html.unescape(browser_of(cast["dispatcher"]).get(address).content.decode())
    assert "In force, by" in page
    assert browser_of(cast["dispatcher"]).get(f"{address}?try=nonsense").status_code == 200
