"""What was told in confidence, and whose follow-up is refused. Each function is one act."""

from __future__ import annotations

import json
import re
import uuid

from django.utils.translation import gettext as _

from tandem.cautions.reporting import put_hazard
from tandem.encounters.cases import own_case
from tandem.encounters.models import (
    ClinicalRefusal,
    CollateralTold,
    FollowUpRefusal,
    SharedRefusal,
)
from tandem.kernel.refusals import BadInput
from tandem.kernel.seen import Seen, check_seen, version_of
from tandem.privacy.acts import Trail, act
from tandem.storage.models import COLLATERAL
from tandem.storage.sealing import new_key, seal

MAX_TEXT = 20_000
SCOPES = ("police", "crisis", "both", "none")
SAID_BY = ("person", "guardian", "other")
_SHORTEST_NAME = 3


def names_source(safety: str, *sources: str) -> bool:
    """Whether the words for everybody hold a word of who told it: a name, or "sister"."""
    named = {
        word
        for source in sources
        for word in re.findall(r"\w+", source.casefold())
        if len(word) >= _SHORTEST_NAME
    }
    return bool(named & set(re.findall(r"\w+", safety.casefold())))


@act("collateral.told", "encounter")
def tell_collateral(
    trail: Trail, encounter_id: uuid.UUID, *, words: str, source: str, relation: str, safety: str
) -> CollateralTold:
    """Keep what was told and who told it for the county alone; pass on the safety fact, if any.

    What goes to all assigned names nobody: not who told it, and not how they know the person.
    """
    doing = trail.doing
    if not words.strip():
        raise BadInput(_("Say what was told."))
    if max(len(words), len(source), len(relation)) > MAX_TEXT:
        raise BadInput(_("At most 20,000 characters. Nothing was stored: shorten it."))
    if names_source(safety, source, relation):
        raise BadInput(
            _("The safety fact would name who told it. Say what is dangerous, and nothing of whom.")
        )
    own_case(trail, encounter_id, writes="stated")
    row = CollateralTold(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        passed_on=bool(safety.strip()),
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    key = new_key(COLLATERAL, row.pk, program_id=doing.program_id, agency_id=doing.agency_id)
    told = json.dumps({"words": words, "source": source, "relation": relation}, ensure_ascii=False)
    row.told = seal(key, f"{row._meta.db_table}.told", row.pk, told)
    row.save(force_insert=True)
    if row.passed_on:
        put_hazard(trail, encounter_id, safety)
    trail.record("encounter", encounter_id, also=[row.pk])
    return row


def _refuse(
    trail: Trail,
    rows: type[FollowUpRefusal],
    encounter_id: uuid.UUID,
    scope: str,
    said_by: str,
    seen: Seen | None,
) -> FollowUpRefusal:
    own_case(trail, encounter_id, writes="stated")
    if scope not in SCOPES or said_by not in SAID_BY:
        raise BadInput(_("Choose a value of this list."))
    doing = trail.doing
    stands = rows._default_manager.filter(encounter_id=encounter_id, replaced_at=None)
    held = version_of(*sorted(stands.values_list("pk", flat=True)))
    said = set(stands.values_list("scope", flat=True))
    check_seen(seen, held, says_the_same=said == {scope})
    mine = stands.filter(by_id=doing.staff_id)
    mine.update(replaced_at=doing.when)
    row = rows(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        scope=scope,
        said_by=said_by,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    row.save(force_insert=True)
    trail.record("encounter", encounter_id, also=[row.pk])
    return row


@act("refusal.police_set", "encounter")
def refuse_to_police(
    trail: Trail,
    encounter_id: uuid.UUID,
    scope: str,
    said_by: str = "person",
    seen: Seen | None = None,
) -> FollowUpRefusal:
    """What the person told an officer of follow-up: crisis may know it."""
    return _refuse(trail, SharedRefusal, encounter_id, scope, said_by, seen)


@act("refusal.crisis_set", "encounter")
def refuse_to_crisis(
    trail: Trail,
    encounter_id: uuid.UUID,
    scope: str,
    said_by: str = "person",
    seen: Seen | None = None,
) -> FollowUpRefusal:
    """What the person told a crisis worker of follow-up: the county's alone."""
    return _refuse(trail, ClinicalRefusal, encounter_id, scope, said_by, seen)
