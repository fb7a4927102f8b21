"""The page of skills: what each member may do, by which source, until when."""

from __future__ import annotations

from datetime import date

from django.urls import reverse

from tandem.directory.models import Membership, Skill, Staff
from tandem.directory.rules import SKILLS
from tandem.kernel.shapes import Option, SkillLine, SkillsPage
from tandem.storage.standing import Standing

MOST = 500
_GO = ("PO", "CRU", "MCW", "SUP")


def skills_page(standing: Standing, on: date, typed: dict[str, str] | None = None) -> SkillsPage:
    """Everything entered and not ended: what holds first, what lapsed is marked."""
    people = {
        one.pk: one
        for one in Staff.objects.visible_to(standing).filter(
            pk__in=Membership.objects.visible_to(standing)
            .filter(role__in=_GO, until_at=None)
            .values("staff_id")
        )
    }
    rows = Skill.objects.visible_to(standing).filter(ended_at=None).order_by("until_on")[:MOST]
    lines = [
        SkillLine(
            str(row.pk),
            people[row.staff_id].display_name,
            row.code,
            row.from_on.isoformat(),
            row.until_on.isoformat(),
            row.source,
            row.by_name,
            lapsed=row.until_on < on,
            end_url=reverse("board:skill_end", args=[row.pk]),
        )
        for row in rows
        if row.staff_id in people
    ]
    named = sorted(people.values(), key=lambda one: one.display_name)
    shown = SkillsPage(
        url=reverse("board:skills"),
        lines=sorted(lines, key=lambda line: (line.lapsed, line.name, line.code)),
        people=[Option(str(one.pk), one.display_name) for one in named],
        codes=list(SKILLS),
    )
    shown.typed |= typed or {}
    return shown
