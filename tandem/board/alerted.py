"""A team that is told of a call before it is sent: the officer's card, and the desk's line."""

from __future__ import annotations

import uuid

from django.urls import reverse

from tandem.board.facts import number_of
from tandem.identity.chrome import moment, moment_of
from tandem.intake.alerting import alerts_for, alerts_of
from tandem.kernel.shapes import AlertCard, ReachedLine
from tandem.storage.standing import Standing


def alert_cards(standing: Standing) -> list[AlertCard]:
    """What waits for the officer's tap."""
    return [
        AlertCard(
            number_of(one.number),
            one.call_type,
            one.place,
            one.by_name,
            moment_of(one.at),
            reverse("board:prealert_seen", args=[one.pk]),
        )
        for one in alerts_for(standing)
    ]


def reached_of(standing: Standing, call_id: uuid.UUID) -> list[ReachedLine]:
    """Whose open page the desk's word has reached, and who of them said so."""
    return [
        ReachedLine(
            one.callsign,
            one.short_name,
            moment(one.seen_at),
            rang=one.rang_at is not None,
            climbed=one.climbed_at is not None,
        )
        for one in alerts_of(standing, call_id)
    ]
