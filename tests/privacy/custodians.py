"""Tries to expunge a police and a crisis record as several people; prints what each was told."""

from __future__ import annotations

import json
import os
import sys
import uuid


def main(police: uuid.UUID, county: uuid.UUID) -> None:
    """Each in turn, the rightful ones last."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    import django

    django.setup()
    from tandem.kernel.refusals import Refused, TrailUnavailable
    from tandem.privacy.expunge import expunge_county, expunge_police
    from tests.privacy.plant import standings

    people = standings()

    def tried(persona: str, side: str, record: uuid.UUID) -> str:
        from django.utils import timezone

        from tandem.privacy.acts import Doing

        act = expunge_police if side == "police" else expunge_county
        try:
            act(Doing(people[persona], persona, timezone.now()), record)
        except Refused as refusal:
            return refusal.code
        except TrailUnavailable:
            return "trail_unavailable"
        return "done"

    answers = {
        "county custodian, police record": tried("county-custodian", "county", police),
        "officer, police record": tried("cru-officer", "police", police),
        "police custodian, crisis record": tried("police-custodian", "police", county),
        "police custodian, police record": tried("police-custodian", "police", police),
        "police custodian, again": tried("police-custodian", "police", police),
        "county custodian, crisis record": tried("county-custodian", "county", county),
    }
    print(json.dumps(answers))


if __name__ == "__main__":
    main(*map(uuid.UUID, sys.argv[1:3]))
