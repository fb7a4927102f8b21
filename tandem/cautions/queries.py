"""Which hazards stand now, for whoever may read them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import Q, QuerySet

from tandem.calls.models import Call
from tandem.cautions.models import HazardReport
from tandem.cautions.rules import LONGEST_HAZARD, is_hazard_current
from tandem.dispatch.models import Encounter
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
    """The standing hazards of these encounters and of the calls behind them, newest first."""
    running = [encounter for encounter in encounters if encounter.ended_at is None]
    calls = {encounter.call_id: encounter for encounter in running if encounter.call_id}
    states = dict(Call.objects.visible_to(standing).filter(pk__in=calls).values_list("pk", "state"))
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
        is_open = states.get(encounter.call_id, "open") == "open" if encounter.call_id else True
        if is_hazard_current(report.at, call_is_open=is_open, now=now):
            found[encounter.pk].append(report)
    return found


def _recent(standing: Standing, now: datetime) -> QuerySet[HazardReport]:
    return (
        HazardReport.objects.visible_to(standing)
        .filter(at__gt=now - LONGEST_HAZARD)
        .order_by("-at")
    )
