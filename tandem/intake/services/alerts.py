"""An officer's tap that a call was told to them before they are sent."""

from __future__ import annotations

import uuid

from tandem.intake.models import PreAlert
from tandem.kernel.refusals import NotFound
from tandem.privacy.acts import Trail, act


@act("prealert.seen", "prealert")
def see_alert(trail: Trail, alert_id: uuid.UUID) -> PreAlert:
    """Say that one has it; the desk reads who and when."""
    doing = trail.doing
    alerts = PreAlert.objects.select_for_update().filter(program_id=doing.program_id)
    alert = alerts.filter(pk=alert_id, staff_id=doing.staff_id).first()
    if alert is None:
        raise NotFound
    if alert.seen_at is None:
        alert.seen_at = doing.when
        alert.save(update_fields=["seen_at"])
    trail.record("prealert", alert.pk, also=[alert.call_id])
    trail.announce(alert.call_id, to=["dispatch", f"staff:{doing.staff_id}"])
    return alert
