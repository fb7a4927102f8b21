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
from tandem.kernel.seen import Seen, check_seen, tapped_as_meant, version_of
from tandem.privacy.acts import Trail, act
from tandem.storage.models import CUSTODY
from tandem.storage.sealing import key_of, new_key, seal, unseal


def _checked(side: str, axis_code: str, values: list[str]) -> Axis:
    axis = AXES.get(axis_code)
    mine = {Owner.SHARED, Owner.CRISIS} if side == "county" else set(Owner) - {Owner.CRISIS}
    if axis is None or axis.owner not in mine:
        raise NotFound
    if len(values) != 1 or values[0] not in axis.values:
        raise BadInput(_("Choose a value of this list."))
    return axis


def _set_rows(
    trail: Trail,
    rows: type[AxisValue],
    axis: Axis,
    encounter_id: uuid.UUID,
    values: list[str],
    seen: Seen | None,
) -> None:
    doing = trail.doing
    stands = rows._default_manager.filter(
        encounter_id=encounter_id, axis=axis.code, replaced_at=None
    )
    kept = stands.filter(by_id=doing.staff_id)
    mine = list(kept.values_list("value", flat=True))
    held = version_of(*sorted(stands.values_list("pk", flat=True)))
    if axis.many:
        if seen is not None and seen.version != held and tapped_as_meant(seen, mine, values[0]):
            return
        check_seen(seen, held, says_the_same=False)
        values = toggled(mine, values[0])
    else:
        said = set(stands.values_list("value", flat=True))
        check_seen(seen, held, says_the_same=said == set(values))
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
    trail: Trail,
    encounter_id: uuid.UUID,
    axis_code: str,
    values: list[str],
    seen: Seen | None = None,
) -> None:
    """State one axis for the police side: the spine's, or the custody file's.

    Raises ChangedMeanwhile where the axis is not as `seen` and says something else.
    """
    encounter = own_case(trail, encounter_id, writes="stated")
    axis = _checked("police", axis_code, values)
    if axis.owner is Owner.CUSTODY:
        _set_custody(trail, axis, encounter_id, values[0], seen)
        audience = []
    else:
        _set_rows(trail, SharedAxis, axis, encounter_id, values, seen)
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
    trail: Trail,
    encounter_id: uuid.UUID,
    axis_code: str,
    values: list[str],
    seen: Seen | None = None,
) -> None:
    """State one axis for the crisis side: contact and adverse on the spine, all else sealed off.

    Raises ChangedMeanwhile where the axis is not as `seen` and says something else.
    """
    encounter = own_case(trail, encounter_id, writes="stated")
    axis = _checked("county", axis_code, values)
    rows = SharedAxis if axis.owner is Owner.SHARED else ClinicalAxis
    _set_rows(trail, rows, axis, encounter_id, values, seen)
    if axis.code == "adverse":
        open_review(trail, "county", encounter_id, triggers_on_spine(encounter_id))
    trail.record("encounter", encounter_id, reason=axis.code)
    if rows is SharedAxis:
        trail.announce(encounter_id, to=crew_of(encounter))


def _set_custody(
    trail: Trail, axis: Axis, encounter_id: uuid.UUID, value: str, seen: Seen | None
) -> None:
    doing = trail.doing
    mine = CustodyFact.objects.filter(
        encounter_id=encounter_id, axis=axis.code, replaced_at=None, by_id=doing.staff_id
    )
    said = [_opened(fact) for fact in mine]
    held = version_of(*sorted(mine.values_list("pk", flat=True)))
    check_seen(seen, held, says_the_same=said == [value])
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


def _opened(fact: CustodyFact) -> str | None:
    key = key_of(CUSTODY.keys, fact.pk)
    return unseal(key, f"{fact._meta.db_table}.value", fact.pk, fact.value) if key else None
