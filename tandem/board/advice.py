"""The advice panel of one call: what the rules say now, and what the desk did with it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from tandem.advice.rules import Advice
from tandem.board.alerted import reached_of
from tandem.board.facts import program
from tandem.calls.models import Call
from tandem.dispatch.advising import Standpoint, standpoint_of
from tandem.dispatch.models import AdviceGiven
from tandem.identity.chrome import moment_of
from tandem.intake.advising import OVERRIDDEN, stand_of_contact
from tandem.intake.alerting import TEAM
from tandem.intake.models import CallerStep, ContactAdvice, ContactStep
from tandem.intake.reading import ReadContact
from tandem.intake.rules import language_needed
from tandem.kernel.shapes import AdvicePanel, AdviceReason, TellLine
from tandem.storage.standing import Standing
from tandem.triage.types.reader import default_reader

SHORT = 8
# Where a call's type plainly speaks of these alone, the panel waits folded: most calls of a feed
# are no crisis, and advice beside each of them would soon be read beside none.
OTHER_KINDS = {
    "alarm",
    "animal",
    "burglary",
    "fraud",
    "hazard",
    "noise",
    "officer_initiated",
    "property",
    "theft",
    "traffic",
    "traffic_collision",
}
# The reasons of the rules that ship; those that a program writes itself show as written.
SHIPPED_REASONS = (
    gettext_noop("Shots or a hostage: the crisis worker advises command from out of sight."),
    gettext_noop(
        "An attempt, an injury, something taken or signs of delirium: medical care comes first."
    ),
    gettext_noop(
        "Medical care is due where there is danger: the ambulance waits near until officers call "
        "it in."
    ),
    gettext_noop(
        "A weapon in hand: the crisis worker advises from out of sight until the scene is stable."
    ),
    gettext_noop(
        "Violence now or just ended: officers first, the crisis worker once the scene is stable."
    ),
    gettext_noop(
        "A crime in progress, or an arrest the law demands: patrol leads, the crisis worker "
        "supports."
    ),
    gettext_noop(
        "A weapon within reach or a threat: one more unit, and an officer makes first contact."
    ),
    gettext_noop(
        "A child alone or a concern for a child: the team goes, and child protection is told."
    ),
    gettext_noop("A mental-health crisis: officer and crisis worker go together."),
    gettext_noop(
        "The caller wants support only and every danger was denied: no police are needed."
    ),
    gettext_noop("Distress, or a welfare check: officer and crisis worker go together."),
    gettext_noop("Little is known yet: the team goes, and the officer makes first contact."),
    gettext_noop(
        "A weapon, violence, harm or a crime was not ruled out: the officer makes first contact."
    ),
    gettext_noop(
        "The caller could not say whether there is danger: the officer makes first contact."
    ),
    gettext_noop("The caller could not say whether the person is hurt: EMS is told."),
    gettext_noop(
        "Outside the city: its officers go only under mutual aid, which a supervisor arranges."
    ),
)


def panel_of(
    standing: Standing, call: Call, at: datetime, steps: list[CallerStep]
) -> AdvicePanel | None:
    """The panel beside a call; none for a closed call or a program without rules."""
    stand = standpoint_of(standing, call, at) if call.state == "open" else None
    if stand is None:
        return None
    panel = _panel(stand)
    panel.answer_url = reverse("board:advice_answer", args=[call.pk])
    panel.override_url = reverse("board:advice_override", args=[call.pk])
    _set_aside(standing, call, stand.advice, panel)
    panel.tell = tell_lines(stand.advice.tell, steps)
    for line in panel.tell:
        line.url = "" if line.by else reverse("board:advice_told", args=[call.pk])
        if line.code == TEAM:
            line.reached = reached_of(standing, call.pk)
    spoken = stand.answers or panel.aside or any(step.kind == "pre_alert" for step in steps)
    panel.folded = not spoken and speaks_of_else(call.call_type)
    return panel


def panel_of_contact(standing: Standing, read: ReadContact, at: datetime) -> AdvicePanel | None:
    """The panel beside a contact of the crisis desk, from that desk's own answers."""
    contact = read.contact
    if not read.readable or contact.state != "open":
        return None
    given = {code: told["value"] for code, (_row, told) in read.answers.items()}
    stand = stand_of_contact(standing, contact, read.facts, given, at=at)
    if stand is None:
        return None
    panel = _panel(stand)
    panel.override_url = reverse("board:contact_override", args=[contact.pk])
    told = [step for step, _words in read.steps if step.kind == "told"]
    taken_by = {
        step.result: kept.get("words", "") for step, kept in read.steps if step.kind == "told"
    }
    panel.tell = tell_lines(stand.advice.tell, told)
    for line in panel.tell:
        line.there = taken_by.get(line.code, "")
        line.url = "" if line.by else reverse("board:contact_step", args=[contact.pk])
    needed = language_needed(read.facts.language, read.facts.line)
    states = [step.result for step, _words in read.steps if step.kind == "interpreter"]
    if needed and not {"arrived", "not_needed"} & set(states[-1:]):
        panel.interpreter = needed
    if read.advice is not None:
        _set_aside_contact(stand.advice, read.advice, panel)
    return panel


def _set_aside_contact(
    advice: Advice, kept: tuple[ContactAdvice, dict[str, Any], str], panel: AdvicePanel
) -> None:
    row, told, reason = kept
    if told["did"] != OVERRIDDEN or _said(told["advice"]) != _said(advice.as_json()):
        return
    panel.aside, panel.by, panel.at = "overridden", row.by_name, moment_of(row.at)
    panel.reason, panel.override_url = reason, ""
    panel.reason_url = reverse("board:contact_reason", args=[row.contact_id])


def _panel(stand: Standpoint) -> AdvicePanel:
    advice = stand.advice
    return AdvicePanel(
        first=advice.first,
        clinician=advice.clinician,
        version=advice.version[:SHORT],
        go_with=list(advice.go_with),
        by_phone=list(advice.by_phone),
        tell=tell_lines(advice.tell, []),
        not_on=list(advice.not_on),
        busy=sorted(stand.busy),
        unasked=list(advice.unasked),
        reasons=_reasons(advice),
        provisional=advice.provisional,
        not_asked=advice.not_asked,
        edited=stand.edited,
        jurisdiction=stand.kind,
        ask=advice.ask_next,
    )


def tell_lines(tell: Sequence[str], steps: Sequence[CallerStep | ContactStep]) -> list[TellLine]:
    """Whom a person is to tell and how; whoever was told, by whom and when."""
    done = {step.result: step for step in steps if step.kind == "told"}
    dropped = any(step.kind == "pre_alert" and step.result == "due" for step in steps)
    reach = program().tell
    lines = []
    for code in dict.fromkeys([*(["cru"] if dropped else []), *tell, *done]):
        line = TellLine(code, reach.get(code, ""))
        if step := done.get(code):
            line.by, line.at = step.by_name, moment_of(step.at)
            line.there = step.words if isinstance(step, CallerStep) else ""
        lines.append(line)
    return lines


def speaks_of_else(call_type: str) -> bool:
    """Whether every kind that a type is read as is one of those that are no crisis."""
    kinds = default_reader().read(call_type).kinds
    return bool(kinds) and set(kinds) <= OTHER_KINDS


def _reasons(advice: Advice) -> list[AdviceReason]:
    rules = dict.fromkeys(because.rule for because in advice.because)
    return [AdviceReason(_(rule.reason), rule.authority) for rule in rules]


def _set_aside(standing: Standing, call: Call, advice: Advice, panel: AdvicePanel) -> None:
    """What the desk did instead. An override is of one advice: a changed one stands open again."""
    given = AdviceGiven.objects.visible_to(standing).filter(call_id=call.pk).order_by("-at").first()
    if given is None or given.followed:
        return
    overridden = not given.callsign
    if overridden and _said(given.advice) != _said(advice.as_json()):
        return
    panel.aside = "overridden" if overridden else "otherwise"
    panel.by, panel.at, panel.reason = given.by_name, moment_of(given.at), given.reason
    panel.reason_url = reverse("board:advice_reason", args=[call.pk])
    if overridden:
        panel.override_url = ""


def _said(advice: dict[str, object]) -> list[object]:
    return [advice.get(part) for part in ("first", "with", "by_phone", "tell", "clinician")]
