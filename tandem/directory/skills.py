"""Skills as facts: shown while they hold, and never after."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.utils import timezone

from tandem.directory.models import Skill
from tandem.directory.rules import SKILLS
from tandem.storage.standing import Standing


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
