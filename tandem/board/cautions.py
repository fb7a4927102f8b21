"""What pages show of standing cautions: on a call, on the page of cautions, and by area."""

from __future__ import annotations

import uuid
from collections import Counter
from datetime import date, datetime, timedelta

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.calls.models import Call
from tandem.cautions.models import Caution, CautionDraft, CautionWords
from tandem.cautions.queries import Stands, current_cautions, standing_cautions, with_checks
from tandem.cautions.rules import is_caution_current, unfit_words
from tandem.kernel.shapes import AreaLine, CautionLine, CautionsPage
from tandem.kernel.shapes import Caution as CautionShape
from tandem.people.models import PolicePerson
from tandem.storage.standing import Standing

_QUARTER = timedelta(days=90)
_MOST = 200


def source_word(code: str) -> str:
    """Where a caution comes from."""
    return {
        "officer_saw": _("an officer saw it"),
        "report": _("a report"),
        "other_agency": _("another agency"),
        "caller": _("a caller, not seen by an officer"),
    }.get(code, _("source not said"))


def cautions_on(
    standing: Standing, place: str, encounter_id: uuid.UUID | None = None, *, at: datetime
) -> list[CautionShape]:
    """What stands about the address, and, for the police side, about its person on file."""
    persons: list[uuid.UUID] = []
    if encounter_id and standing.login == "police":
        met = PolicePerson.objects.visible_to(standing).filter(encounter_id=encounter_id)
        persons = [key for key in met.values_list("file_id", flat=True) if key]
    today = timezone.localdate(at)
    found = standing_cautions(standing, place=place, file_ids=persons, today=today)
    return [
        CautionShape(
            words=one.caution.words,
            age_days=(today - (one.caution.seen_on or today)).days,
            source=_source(one.caution),
            until=f"{one.caution.expires_on:%Y-%m-%d}",
            checked=_checked(one),
            check_url=reverse("board:caution_check", args=[one.caution.pk])
            if standing.login == "police"
            else "",
        )
        for one in found
    ]


def _source(caution: CautionWords) -> str:
    word = source_word(caution.source)
    return f"{word}, {caution.source_ref}" if caution.source_ref else word


def _checked(one: Stands) -> str:
    if not one.checks:
        return _("not checked since")
    last = one.checks[0]
    words = {
        "holds": _("held on %(day)s, %(who)s"),
        "not": _("not so on %(day)s, %(who)s"),
        "not_seen": _("not seen on %(day)s, %(who)s"),
    }[last.answer]
    day = f"{timezone.localtime(last.at):%Y-%m-%d}"
    said = words % {"day": day, "who": last.by_name}
    return f"{said}; {_('%(n)s sources') % {'n': one.sources}}" if one.sources > 1 else said


def cautions_page(standing: Standing, *, at: datetime) -> CautionsPage:
    """Own drafts, what waits for approval, what stands, and for the supervisor the list by area."""
    today = timezone.localdate(at)
    drafts = CautionDraft.objects.visible_to(standing).filter(sent_at=None).order_by("-at")
    waiting = Caution.objects.visible_to(standing).filter(approved_at=None, ended_at=None)
    stands = with_checks(standing, current_cautions(standing, today)[:_MOST])
    may_decide = standing.role == "CRU"
    return CautionsPage(
        url=reverse("board:cautions"),
        drafts=[_draft(draft) for draft in drafts[:_MOST]],
        waiting=[_waits(one, standing, may_decide=may_decide) for one in waiting.order_by("at")],
        standing=[_stands(one, may_decide=may_decide) for one in stands],
        areas=_areas(standing, at) if may_decide else None,
    )


def _line(caution: CautionWords) -> CautionLine:
    about = [caution.place] if caution.place else []
    if caution.file_id:
        about.append(_("a person on file"))
    return CautionLine(
        key=str(caution.pk),
        words=caution.words,
        about=", ".join(about),
        source=_source(caution),
        seen_on=f"{caution.seen_on:%Y-%m-%d}" if caution.seen_on else _("day not said"),
        by=caution.by_name,
        days=caution.days,
    )


def _draft(draft: CautionDraft) -> CautionLine:
    line = _line(draft)
    line.unfit = unfit_words(f"{draft.words} {draft.source_ref}")
    line.send_url = reverse("board:caution_send", args=[draft.pk])
    return line


def _waits(caution: Caution, standing: Standing, *, may_decide: bool) -> CautionLine:
    line = _line(caution)
    if may_decide:
        line.end_url = reverse("board:caution_end", args=[caution.pk])
        if caution.by_id != standing.staff_id:
            line.approve_url = reverse("board:caution_approve", args=[caution.pk])
    return line


def _stands(one: Stands, *, may_decide: bool) -> CautionLine:
    line = _line(one.caution)
    line.until = f"{one.caution.expires_on:%Y-%m-%d}"
    line.sources, line.checked = one.sources, _checked(one)
    if may_decide:
        line.end_url = reverse("board:caution_end", args=[one.caution.pk])
    return line


def _areas(standing: Standing, at: datetime) -> list[AreaLine]:
    """Cautions by area beside the calls of the last 90 days: where we warn more than others."""
    today = timezone.localdate(at)
    approved = Caution.objects.visible_to(standing).filter(approved_at__isnull=False)
    checked = {one.caution.pk for one in with_checks(standing, approved) if one.checks}
    calls = Counter(
        Call.objects.visible_to(standing)
        .filter(received_at__gt=at - _QUARTER)
        .values_list("area", flat=True)
    )
    by_area: dict[str, list[Caution]] = {}
    for caution in approved:
        by_area.setdefault(caution.area, []).append(caution)
    lines = [
        _area(area, by_area.get(area, []), checked, calls[area], today)
        for area in {*by_area, *calls}
    ]
    return sorted(lines, key=lambda line: (-line.standing, line.area))


def _area(
    area: str, held: list[Caution], checked: set[uuid.UUID], calls: int, today: date
) -> AreaLine:
    current = [
        one
        for one in held
        if is_caution_current(
            approved=one.approved_at is not None,
            ended=one.ended_at is not None,
            expires_on=one.expires_on,
            today=today,
        )
    ]
    return AreaLine(
        area=area or _("area not known"),
        standing=len(current),
        expired=len(held) - len(current),
        never_checked=sum(1 for one in current if one.pk not in checked),
        calls=calls,
        per_thousand=f"{1000 * len(current) / calls:.1f}" if calls else "",
    )
