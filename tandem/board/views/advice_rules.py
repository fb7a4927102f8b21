"""The page of the rules of advice: see them, edit a copy, try it, put it in force by name."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime

from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tandem.advice.text import as_toml
from tandem.board.views.common import carried_out
from tandem.directory.facts import program
from tandem.dispatch.advising import edited_rules, read_rules, rules_in_force
from tandem.dispatch.models import AdviceRuleSet
from tandem.dispatch.services import draft_rules, put_rules_in_force
from tandem.dispatch.trial import PARTS, try_rules
from tandem.identity.chrome import page, say
from tandem.identity.middleware import StaffRequest, by_acts, doing_of, for_roles
from tandem.kernel.advice import AdviceRule, parse_advice
from tandem.kernel.shapes import RuleDraft, RulesPage, RuleTrial, RuleWords, Sentence
from tandem.kernel.strict_toml import FileRefused
from tandem.storage.standing import Standing, opened

SHORT = 8
MOST_DRAFTS = 20
# Only a dispatcher may read calls, so only a dispatcher can try rules on them and see the counts.
TRIES = "TC"


@for_roles("TC", "IT")
@by_acts
@require_http_methods(["GET", "POST"])
def advice_rules(request: StaffRequest) -> HttpResponseBase:
    """The page; posting keeps an edited copy."""
    if request.method == "GET":
        return _page(request)
    text = request.POST.get("text", "").replace("\r\n", "\n")
    faults = _faults(text)
    sentence = carried_out(lambda: draft_rules(doing_of(request), uuid.uuid4(), text))
    if sentence is not None:
        return _page(request, text=text, faults=faults, sentence=sentence, status=409)
    return say("board:advice_rules", done=_("The copy is kept. Nothing is advised by it yet."))


@for_roles("TC")
@by_acts
@require_POST
def advice_force(request: StaffRequest, rules_id: uuid.UUID) -> HttpResponseBase:
    """Put a copy in force."""
    sentence = carried_out(lambda: put_rules_in_force(doing_of(request), rules_id))
    done = "" if sentence else _("These rules are in force, by your name.")
    return say("board:advice_rules", sentence=sentence, done=done)


def _faults(text: str) -> list[tuple[int, str]]:
    teams = {hours.team for hours in program().hours}
    try:
        parse_advice(text.encode(), teams=teams)
    except FileRefused as refusal:
        return [(fault.line, fault.sentence) for fault in refusal.faults]
    return []


def _page(
    request: StaffRequest,
    *,
    text: str = "",
    faults: Sequence[tuple[int, str]] = (),
    sentence: Sentence | None = None,
    status: int = 200,
) -> HttpResponseBase:
    standing, now = request.signed.standing, timezone.now()
    with opened():
        shape = _shape(standing, now, trying=request.GET.get("try", ""))
    if text:
        shape.text, shape.faults = text, list(faults)
    return page(
        request,
        "pages/advice_rules.html",
        "advice_rules",
        status=status,
        rules=shape,
        sentence=sentence,
    )


def _shape(standing: Standing, now: datetime, *, trying: str) -> RulesPage:
    in_force, edited = rules_in_force(standing, now), edited_rules(standing, now)
    by_hand = in_force is not None and edited is not None and edited.version == in_force.version
    kept = AdviceRuleSet.objects.visible_to(standing).order_by("-drafted_at")[:MOST_DRAFTS]
    drafts = [_draft(row, edited, standing, now) for row in kept]
    return RulesPage(
        version=in_force.version[:SHORT] if in_force else "",
        source="edited" if by_hand else "file",
        program_version=program(now).version[:SHORT],
        rules=[_words(rule) for rule in in_force.rules] if in_force else [],
        drafts=drafts,
        text=as_toml(in_force) if in_force else "",
        draft_url=reverse("board:advice_rules"),
        trial=_trial(standing, trying, now) if standing.role == TRIES else None,
    )


def _draft(
    row: AdviceRuleSet, edited: AdviceRuleSet | None, standing: Standing, now: datetime
) -> RuleDraft:
    state = "draft"
    if row.program_version != program(now).version:
        state = "old"
    elif edited is not None and row.pk == edited.pk:
        state = "in_force"
    elif row.in_force_at is not None:
        state = "was"
    mine = standing.role == TRIES and state in {"draft", "was"}
    return RuleDraft(
        key=str(row.pk),
        version=row.version[:SHORT],
        by=row.drafted_by_name,
        at=_when(row.drafted_at),
        state=state,
        in_force_by=row.in_force_by_name,
        in_force_at=_when(row.in_force_at) if row.in_force_at else "",
        try_url=f"{reverse('board:advice_rules')}?try={row.pk}" if mine else "",
        force_url=reverse("board:advice_force", args=[row.pk]) if mine else "",
    )


def _when(at: datetime) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"


def _words(rule: AdviceRule) -> RuleWords:
    return RuleWords(
        id=rule.id,
        reason=_(rule.reason),
        authority=rule.authority,
        yes=list(rule.any_yes),
        also=list(rule.also_any_yes),
        every=list(rule.all_yes),
        never=list(dict.fromkeys([*rule.none_yes, *rule.none_not_known])),
        not_known=list(rule.any_not_known),
        open=list(rule.any_not_no),
        denied=list(rule.all_no),
        elsewhere=bool(rule.jurisdictions),
        otherwise=rule.otherwise,
        first=list(rule.first),
        moves=[*rule.go_with, *rule.by_phone],
        tell=list(rule.tell),
        clinician=rule.clinician,
    )


def _trial(standing: Standing, key: str, now: datetime) -> RuleTrial | None:
    try:
        row = AdviceRuleSet.objects.visible_to(standing).filter(pk=uuid.UUID(key)).first()
    except ValueError:
        return None
    edited = read_rules(row.text) if row else None
    in_force = rules_in_force(standing, now)
    if edited is None or in_force is None:
        return None
    found = try_rules(standing, in_force, edited, now)
    return RuleTrial(
        version=edited.version[:SHORT],
        calls=found.calls,
        changed=found.changed,
        parts=[(part, found.parts[part]) for part in PARTS],
        moves=[(old, new, n) for (old, new), n in found.moves.most_common()],
        police_free_before=found.police_free_before,
        police_free_after=found.police_free_after,
    )
