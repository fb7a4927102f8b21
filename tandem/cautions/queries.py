"""Which hazards and cautions stand now, for whoever may read them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet

from tandem.calls.models import Call
from tandem.cautions.models import Caution, CautionCheck, HazardReport
from tandem.cautions.places import place_key
from tandem.cautions.rules import LONGEST_HAZARD, Source, confirmed_by, is_hazard_current
from tandem.dispatch.models import Encounter
from tandem.people.matching import fold
from tandem.people.search import group_of
from tandem.people.sides import POLICE_SIDE
from tandem.storage.standing import Standing


def hazards_of_calls(
    standing: Standing, calls: Iterable[Call], *, now: datetime
) -> Mapping[uuid.UUID, list[HazardReport]]:
    """The standing hazards of these calls, newest first, by call."""
    is_open = {call.pk: call.state == "open" for call in calls}
    found: dict[uuid.UUID, list[HazardReport]] = defaultdict(list)
    for report in _recent(standing, now).filter(call_id__in=list(is_open)):
        if report.call_id and is_hazard_current(
            report.at, call_is_open=is_open[report.call_id], now=now
        ):
            found[report.call_id].append(report)
    return found


def hazards_of_encounters(
    standing: Standing, encounters: Iterable[Encounter], *, now: datetime
) -> Mapping[uuid.UUID, list[HazardReport]]:
    """The standing hazards of these encounters and of the calls behind them, newest first.

    While somebody is on it a hazard stands, whatever was done with the call meanwhile.
    """
    running = [encounter for encounter in encounters if encounter.ended_at is None]
    calls = {encounter.call_id: encounter for encounter in running if encounter.call_id}
    by_key = {encounter.pk: encounter for encounter in running}
    found: dict[uuid.UUID, list[HazardReport]] = defaultdict(list)
    asked = Q(call_id__in=list(calls)) | Q(encounter_id__in=list(by_key))
    for report in _recent(standing, now).filter(asked):
        nowhere = uuid.UUID(int=0)
        encounter = calls.get(report.call_id or nowhere) or by_key.get(
            report.encounter_id or nowhere
        )
        if encounter is None:
            continue
        if is_hazard_current(report.at, call_is_open=True, now=now):
            found[encounter.pk].append(report)
    return found


def _recent(standing: Standing, now: datetime) -> QuerySet[HazardReport]:
    return (
        HazardReport.objects.visible_to(standing)
        .filter(at__gt=now - LONGEST_HAZARD)
        .order_by("-at")
    )


@dataclass(frozen=True)
class Stands:
    """A caution that stands, who last said so, and by how many sources."""

    caution: Caution
    checks: list[CautionCheck]

    @property
    def sources(self) -> int:
        """The caution's own source and each person who saw it hold; nobody counts twice."""
        own = Source(self.caution.source, self.caution.source_ref or str(self.caution.by_id))
        author = Source("officer_saw", str(self.caution.by_id))
        seen = [Source("officer_saw", str(c.by_id)) for c in self.checks if c.answer == "holds"]
        return confirmed_by([own, *[one for one in seen if one != author]])


def standing_cautions(
    standing: Standing, *, place: str = "", file_ids: Iterable[uuid.UUID] = (), today: date
) -> list[Stands]:
    """The cautions about this address or these persons that stand today, newest first.

    A steward's merging moves no caution: what was written of either file is said of both.
    """
    merged = {key for file_id in file_ids for key in group_of(POLICE_SIDE, file_id)}
    about = Q(file_id__in=merged)
    if place_key(place):
        # The second as the key was written before suffixes were shortened.
        about |= Q(place_key__in=[place_key(place), fold(place)[:200]])
    return with_checks(standing, current_cautions(standing, today).filter(about))


def current_cautions(standing: Standing, today: date) -> QuerySet[Caution]:
    """Approved, not ended, not expired."""
    return (
        Caution.objects.visible_to(standing)
        .filter(approved_at__isnull=False, ended_at=None, expires_on__gte=today)
        .order_by("-approved_at")
    )


def with_checks(standing: Standing, cautions: Iterable[Caution]) -> list[Stands]:
    """Each caution with what was said of it since, newest first."""
    held = list(cautions)
    checks: dict[uuid.UUID, list[CautionCheck]] = defaultdict(list)
    found = CautionCheck.objects.visible_to(standing).filter(caution_id__in=[c.pk for c in held])
    for check in found.order_by("-at"):
        checks[check.caution_id].append(check)
    return [Stands(caution, checks[caution.pk]) for caution in held]
