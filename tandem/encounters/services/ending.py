"""Stating how it ended, each side its own axes. Each function is one act."""

from __future__ import annotations

import uuid

from django.utils.translation import gettext as _

from tandem.encounters.cases import crew_of, own_case
from tandem.encounters.models import AxisValue, ClinicalAxis, CustodyFact, SharedAxis
from tandem.encounters.reviewing import open_review, triggers_on_spine
from tandem.encounters.rules import DETENTIONS, toggled
from tandem.kernel.axes import AXES, Axis, Owner
from tandem.kernel.refusals import BadInput, NotFound
from tandem.privacy.acts import Trail, act
from tandem.storage.models import CUSTODY
from tandem.storage.sealing import new_key, seal


def _checked(side: str, axis_code: str, values: list[str]) -> Axis:
    axis = AXES.get(axis_code)
    mine = {Owner.SHARED, Owner.CRISIS} if side == "county" else set(Owner) - {Owner.CRISIS}
    if axis is None or axis.owner not in mine:
        raise NotFound
    if len(values) != 1 or values[0] not in axis.values:
        raise BadInput(_("Choose a value of this list."))
    return axis


def _set_rows(
    trail: Trail, rows: type[AxisValue], axis: Axis, encounter_id: uuid.UUID, values: list[str]
) -> None:
    doing = trail.doing
    kept = rows._default_manager.filter(
        encounter_id=encounter_id, axis=axis.code, replaced_at=None, by_id=doing.staff_id
    )
    if axis.many:
        values = toggled(list(kept.values_list("value", flat=True)), values[0])
    kept.update(replaced_at=doing.when)
    for value in values:
        rows._default_manager.create(
            program_id=doing.program_id,
            agency_id=doing.agency_id,
            encounter_id=encounter_id,
            axis=axis.code,
            value=value,
            owner=axis.owner,
            data_class=axis.data_class,
            by_id=doing.staff_id,
            by_name=doing.short_name,
            at=doing.when,
        )


@act("axis.police_set", "encounter")
def set_police_axis(
    trail: Trail, encounter_id: uuid.UUID, axis_code: str, values: list[str]
) -> None:
    """State one axis for the police side: the spine's, or the custody file's."""
    encounter = own_case(trail, encounter_id)
    axis = _checked("police", axis_code, values)
    if axis.owner is Owner.CUSTODY:
        _set_custody(trail, axis, encounter_id, values[0])
        audience = []
    else:
        _set_rows(trail, SharedAxis, axis, encounter_id, values)
        audience = crew_of(encounter)
    if axis.code == "adverse":
        open_review(trail, "police", encounter_id, triggers_on_spine(encounter_id))
    elif axis.owner is Owner.CUSTODY and values[0] in DETENTIONS:
        open_review(trail, "police", encounter_id, {"detention"})
    trail.record("encounter", encounter_id, reason=axis.code)
    if audience:
        trail.announce(encounter_id, to=audience)


@act("axis.crisis_set", "encounter")
def set_crisis_axis(
    trail: Trail, encounter_id: uuid.UUID, axis_code: str, values: list[str]
) -> None:
    """State one axis for the crisis side: contact and adverse on the spine, all else sealed off."""
    encounter = own_case(trail, encounter_id)
    axis = _checked("county", axis_code, values)
    rows = SharedAxis if axis.owner is Owner.SHARED else ClinicalAxis
    _set_rows(trail, rows, axis, encounter_id, values)
    if axis.code == "adverse":
        open_review(trail, "county", encounter_id, triggers_on_spine(encounter_id))
    trail.record("encounter", encounter_id, reason=axis.code)
    if rows is SharedAxis:
        trail.announce(encounter_id, to=crew_of(encounter))


def _set_custody(trail: Trail, axis: Axis, encounter_id: uuid.UUID, value: str) -> None:
    doing = trail.doing
    mine = CustodyFact.objects.filter(
        encounter_id=encounter_id, axis=axis.code, replaced_at=None, by_id=doing.staff_id
    )
    mine.update(replaced_at=doing.when)
    fact = CustodyFact(
        program_id=doing.program_id,
        agency_id=doing.agency_id,
        encounter_id=encounter_id,
        axis=axis.code,
        by_id=doing.staff_id,
        by_name=doing.short_name,
        at=doing.when,
    )
    key = new_key(CUSTODY, fact.pk, program_id=doing.program_id, agency_id=doing.agency_id)
    fact.value = seal(key, f"{fact._meta.db_table}.value", fact.pk, value)
    fact.save(force_insert=True)
