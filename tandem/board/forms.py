"""Forms and instruments as the crisis worker's and the supervisor's pages show them."""

from __future__ import annotations

import json
import secrets
import uuid
from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from tandem.board.facts import number_of
from tandem.board.prefilled import words_of_call
from tandem.charting.definitions import code_of
from tandem.charting.models import CriticalAlert
from tandem.charting.reading import (
    ReadForm,
    ReadResult,
    ReadVersion,
    alerts_of,
    forms_on,
    read_alert,
    read_form,
    results_of,
)
from tandem.charting.typed import ANSWER, WHY, answers_of, fields_from
from tandem.dispatch.models import Encounter as EncounterRecord
from tandem.dispatch.models import Member, MemberStep
from tandem.forms.answering import Answer, asked_items, check_answers, prefill
from tandem.forms.asking import instrument_of
from tandem.forms.definition import Definition, Item, Value
from tandem.identity.chrome import moment, moment_of
from tandem.kernel.refusals import NotFound
from tandem.kernel.shapes import (
    AlertLine,
    AlertPage,
    FormItem,
    FormPage,
    FormRow,
    Option,
    ResultLine,
    SignedForm,
    SignedLine,
)
from tandem.storage.standing import Standing


def language_now() -> str:
    return "es" if (get_language() or "").startswith("es") else "en"


def form_rows(standing: Standing, encounter_id: uuid.UUID, at: datetime) -> list[FormRow]:
    """The forms of one's lane on an encounter; nothing sealed is opened for a list."""
    rows = []
    for definition, filled in forms_on(standing, encounter_id, at):
        state = "new" if filled is None else "signed" if filled.signed_at else "draft"
        rows.append(
            FormRow(
                title=definition.name(language_now()),
                url=reverse("board:form", args=[encounter_id, code_of(definition.url)]),
                state=state,
                answered=filled.answered if filled else 0,
                asked=filled.asked if filled else 0,
                signed_at=moment(filled.signed_at) if filled else None,
                instrument=instrument_of(definition.url) is not None,
            )
        )
    return rows


def known_facts(standing: Standing, encounter_id: uuid.UUID) -> dict[str, Value]:
    """What is known already from the spine, so that nobody types it again."""
    encounter, own, crew = _on_case(standing, encounter_id)
    steps = dict(
        MemberStep.objects.visible_to(standing)
        .filter(member_id=own.pk, state__in=["at_address", "cleared"])
        .order_by("-happened_at")
        .values_list("state", "happened_at")
    )
    others = ", ".join(member.short_name for member in crew if member.pk != own.pk)
    known: dict[str, Value] = {
        "encounter.begun_at": _minute(encounter.begun_at),
        "encounter.place": encounter.place,
        "encounter.number": number_of(encounter.number),
        "staff.name": ", ".join(member.short_name for member in crew),
        "member.others_present": others,
        **words_of_call(standing, encounter.call_id),
    }
    for state, fact in (("at_address", "member.at_address_at"), ("cleared", "member.cleared_at")):
        if state in steps:
            known[fact] = _minute(steps[state])
    return {fact: value for fact, value in known.items() if value != ""}


def _minute(at: datetime) -> str:
    return timezone.localtime(at).strftime("%Y-%m-%dT%H:%M")


def _on_case(
    standing: Standing, encounter_id: uuid.UUID
) -> tuple[EncounterRecord, Member, list[Member]]:
    encounter = EncounterRecord.objects.visible_to(standing).filter(pk=encounter_id).first()
    crew = list(
        Member.objects.visible_to(standing)
        .filter(encounter_id=encounter_id)
        .order_by("side", "short_name")
    )
    own = next((member for member in crew if member.staff_id == standing.staff_id), None)
    if encounter is None or own is None:
        raise NotFound
    return encounter, own, crew


def form_page(
    standing: Standing,
    encounter_id: uuid.UUID,
    url: str,
    *,
    at: datetime,
    typed: dict[str, list[str]] | None = None,
) -> FormPage:
    """One form: empty and prefilled, as typed so far, or signed with what may be amended."""
    encounter, _own, _crew = _on_case(standing, encounter_id)
    read = read_form(standing, encounter_id, url, at=at)
    code = code_of(url)
    fields = typed if typed is not None else _fields(standing, encounter_id, read)
    signed = read.filled is not None and read.filled.signed_at is not None
    instrument = instrument_of(url)
    results = results_of(standing, encounter_id, instrument.code, at=at) if instrument else []
    args = [encounter_id, code]
    return FormPage(
        number=number_of(encounter.number),
        place=encounter.place,
        title=read.definition.name(language_now()),
        code=code,
        version=read.definition.version,
        state="signed" if signed else "draft" if read.filled else "new",
        back_url=reverse("board:encounter", args=[encounter_id]),
        items=form_items(read.definition, fields, known=read.filled is None and typed is None),
        save_url="" if signed else reverse("board:form_save", args=args),
        sign_url="" if signed else reverse("board:form_sign", args=args),
        amend_url=reverse("board:form_amend", args=args) if signed else "",
        sequence=read.filled.draft_seq if read.filled else 0,
        writer=secrets.token_hex(8),
        base_writer=read.filled.draft_writer if read.filled else "",
        saved_at=moment(read.filled.draft_at) if read.filled and not signed else None,
        signed=[signed_form(version) for version in read.versions],
        results=[result_line(one) for one in reversed(results)],
        instrument=instrument is not None,
        readable=read.readable,
    )


def _fields(standing: Standing, encounter_id: uuid.UUID, read: ReadForm) -> dict[str, list[str]]:
    if read.filled is None:
        return fields_from(prefill(read.definition, known_facts(standing, encounter_id)))
    if read.versions:
        return fields_from(read.versions[-1].answers)
    return read.fields


def form_items(
    definition: Definition, fields: dict[str, list[str]], *, known: bool
) -> list[FormItem]:
    language = language_now()
    asked = {item.link_id for item in asked_items(definition, answers_of(definition, fields))}
    conditional = _conditional(definition)
    errors = {} if known else _errors(definition, fields)
    return [
        FormItem(
            key=item.link_id,
            kind=item.kind,
            label=item.label(language),
            level=len(around),
            required=item.required,
            many=item.repeats,
            options=[Option(one.code, one.label(language)) for one in item.options],
            values=fields.get(f"{ANSWER}{item.link_id}", []),
            absent=next(iter(fields.get(f"{WHY}{item.link_id}", [])), ""),
            unit=item.unit,
            most=item.max_length,
            prefilled=known and bool(item.prefill) and f"{ANSWER}{item.link_id}" in fields,
            asked=item.link_id in asked,
            error=errors.get(item.link_id, ""),
            when=conditional[item.link_id],
        )
        for item, around in definition.walk()
        if not item.retired
    ]


def _errors(definition: Definition, fields: dict[str, list[str]]) -> dict[str, str]:
    """What cannot be kept as it was typed, in words, by item."""
    words = {
        "integer": _("Enter a whole number within its bounds."),
        "decimal": _("Enter a number within its bounds."),
        "date": _("Enter a day."),
        "dateTime": _("Enter a day and a time."),
        "time": _("Enter a time."),
    }
    items = definition.by_id()
    faults = check_answers(definition, answers_of(definition, fields)).faults
    return {
        fault.where: words.get(items[fault.where].kind, _("This is too long, or not on the list."))
        for fault in faults
        if fault.where in items
    }


def _conditional(definition: Definition) -> dict[str, str]:
    """Each item's conditions and those around it, as the script reads them: all lists must hold."""
    found = {}
    for item, around in definition.walk():
        told = [
            {
                "any": one.any_of,
                "of": [[c.question, c.operator, _plain(c.answer)] for c in one.conditions],
            }
            for one in (*around, item)
            if one.conditions
        ]
        found[item.link_id] = json.dumps(told) if told else ""
    return found


def _plain(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def signed_form(version: ReadVersion, critical: tuple[str, ...] = ()) -> SignedForm:
    """A signed version in words."""
    language = language_now()
    checked = check_answers(version.definition, version.answers)
    lines = [
        SignedLine(item.label(language), answer_words(item, answer), item.link_id in critical)
        for item, _around in version.definition.walk()
        if (answer := version.answers.get(item.link_id)) is not None
    ]
    return SignedForm(
        number=version.number,
        version=version.definition.version,
        at=moment_of(version.signed_at),
        reason=version.reason,
        lines=lines,
        missing=[item.label(language) for item in checked.missing],
    )


def answer_words(item: Item, answer: Answer) -> str:
    """One answer in words."""
    if answer.absent:
        return {
            "asked-unknown": _("Asked, not known"),
            "asked-declined": _("Declined"),
            "not-asked": _("Not asked"),
        }[answer.absent]
    words = []
    for value in answer.values:
        option = item.option(str(value)) if item.kind == "choice" else None
        if option is not None:
            words.append(option.label(language_now()))
        elif isinstance(value, bool):
            words.append(_("Yes") if value else _("No"))
        else:
            shown = str(value).replace("T", " ") if item.kind == "dateTime" else str(value)
            words.append(f"{shown} {item.unit}".strip())
    return "; ".join(words)


def result_line(one: ReadResult) -> ResultLine:
    """A result in a row of a trend."""
    local = timezone.localtime(one.record.asked_at)
    return ResultLine(
        day=date_format(local, "M j, Y"),
        at=moment_of(one.record.asked_at),
        by=one.record.author_name,
        level=one.result.level,
        may_be=one.result.may_be,
        score=one.result.score,
        score_may_be=one.result.score_may_be,
        open=len(one.result.unanswered),
        critical=bool(one.result.critical),
        direction=one.direction,
    )


def _alert_line(alert: CriticalAlert, number: str) -> AlertLine:
    return AlertLine(
        key=str(alert.pk),
        number=number,
        by=alert.author_name,
        at=moment_of(alert.raised_at),
        url=reverse("board:alert", args=[alert.pk]),
        seen_by=alert.seen_by_name,
        seen_at=moment(alert.seen_at),
    )


def alert_lines(standing: Standing, *, waiting: bool) -> list[AlertLine]:
    """Critical answers that the supervisor has not seen yet, or those seen last."""
    alerts = alerts_of(standing, waiting=waiting)
    numbers = dict(
        EncounterRecord.objects.visible_to(standing)
        .filter(pk__in=[alert.encounter_id for alert in alerts])
        .values_list("pk", "number")
    )
    return [_alert_line(one, number_of(numbers[one.encounter_id])) for one in alerts]


def alert_page(standing: Standing, alert_id: uuid.UUID, *, at: datetime) -> AlertPage:
    """One critical answer with its form and the person's earlier results."""
    alert, version, result = read_alert(standing, alert_id, at=at)
    encounter = EncounterRecord.objects.visible_to(standing).get(pk=alert.encounter_id)
    results = results_of(standing, alert.encounter_id, result.instrument, at=at)
    return AlertPage(
        line=_alert_line(alert, number_of(encounter.number)),
        title=version.definition.name(language_now()),
        signed=signed_form(version, result.critical),
        results=[result_line(one) for one in reversed(results)],
        seen_url=reverse("board:alert_seen", args=[alert.pk]),
        back_url=reverse("board:alerts"),
    )
