"""Skills as facts: entered with their days and source, shown while they hold and never after."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.directory.models import Membership, Skill, Staff
from tandem.directory.rules import SKILLS
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.acts import Trail, act
from tandem.storage.standing import Standing

MOST_SOURCE = 120


@act("skill.entered", "skill")
def enter_skill(
    trail: Trail, staff_id: uuid.UUID, code: str, *, from_on: date, until_on: date, source: str
) -> Skill:
    """Enter what a member may do, or that they may not go alone, for the days on which it holds."""
    doing = trail.doing
    if code not in SKILLS:
        raise BadInput(_("Choose a skill of the list."))
    if until_on < from_on:
        raise BadInput(_("It ends before it begins. What you typed is still there."))
    said = source.replace("\0", "").strip()[:MOST_SOURCE]
    if not said:
        raise BadInput(_("Say who certified it, or by which paper."))
    staff = Staff.objects.filter(pk=staff_id, program_id=doing.program_id).first()
    held = Membership.objects.filter(staff_id=staff_id, program_id=doing.program_id, until_at=None)
    member = held.order_by("from_at").first()
    if staff is None or member is None:
        raise NotFound
    skill = Skill.objects.create(
        program_id=doing.program_id,
        agency_id=member.agency_id,
        staff_id=staff_id,
        code=code,
        from_on=from_on,
        until_on=until_on,
        source=said,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.at,
    )
    trail.record("skill", skill.pk, also=[staff_id])
    trail.announce(skill.pk, to=["dispatch", "clinical"])
    return skill


@act("skill.ended", "skill")
def end_skill(trail: Trail, skill_id: uuid.UUID) -> Skill:
    """It holds no more, from now on; that it was entered stays."""
    doing = trail.doing
    skills = Skill.objects.select_for_update().filter(program_id=doing.program_id, ended_at=None)
    skill = skills.filter(pk=skill_id).first()
    if skill is None:
        raise NotFound
    skill.ended_at, skill.ended_by_id = doing.at, doing.staff_id
    skill.save(update_fields=["ended_at", "ended_by_id"])
    trail.record("skill", skill.pk, also=[skill.staff_id])
    trail.announce(skill.pk, to=["dispatch", "clinical"])
    return skill


def skills_of(
    standing: Standing, staff: Iterable[uuid.UUID], *, on: date | None = None
) -> dict[uuid.UUID, list[str]]:
    """What holds today of each of these members, in the order of the list; what lapsed is not."""
    day = on or timezone.localdate()
    rows = Skill.objects.visible_to(standing).filter(
        staff_id__in=list(staff), ended_at=None, from_on__lte=day, until_on__gte=day
    )
    found: dict[uuid.UUID, list[str]] = defaultdict(list)
    for key, code in rows.values_list("staff_id", "code").distinct():
        found[key].append(code)
    return {key: sorted(codes, key=SKILLS.index) for key, codes in found.items()}
