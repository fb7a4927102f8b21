"""What pages show of a call's jurisdiction."""

from __future__ import annotations

from datetime import datetime

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tandem.board.facts import program
from tandem.calls.jurisdiction import HAND, locate
from tandem.calls.models import Call
from tandem.identity.chrome import moment
from tandem.kernel.jurisdictions import ELSEWHERE, OUTSIDE
from tandem.kernel.shapes import Ground, Lent, Option, Patrols


def choices() -> list[Option]:
    """The program's jurisdictions, and none of them."""
    places = program().jurisdictions.places
    if not places:
        return []
    return [
        *(Option(one.code, one.name, "") for one in places),
        Option(ELSEWHERE, _elsewhere(), ""),
    ]


def _elsewhere() -> str:
    return _("None of these")


def names_of(codes: list[str]) -> list[str]:
    """Codes as people read them; one that the file no longer has shows as it is."""
    facts = program().jurisdictions
    return [
        place.name if (place := facts.of(code)) else _elsewhere() if code == ELSEWHERE else code
        for code in codes
    ]


def ground_of(call: Call, at: datetime, *, may_say: bool = True) -> Ground:
    """Whose ground a call is on, and who may be proposed there."""
    facts, day = program().jurisdictions, timezone.localdate(at)
    codes = list(call.jurisdictions)
    kind = facts.kind_of(codes)
    there = [place for code in codes if (place := facts.of(code))]
    lent = {one.agency: facts.aid_for(one.agency, codes, day) for one in facts.aid}
    said = call.jurisdiction_said
    meant = locate(facts, said=said).codes if said else ()
    return Ground(
        codes=codes,
        names=names_of(codes),
        kind=kind,
        how=call.jurisdiction_how,
        said=said,
        differs=bool(said)
        and (call.jurisdiction_how == HAND or not meant)
        and set(meant) != set(codes),
        by=call.jurisdiction_by,
        at=moment(call.jurisdiction_at),
        police=[Patrols(place.police, place.phone) for place in there if place.police],
        aid=[Lent(who, one.authority) for who, one in lent.items() if one is not None]
        if kind == OUTSIDE
        else [],
        choices=choices() if may_say else [],
        url=reverse("board:place_call", args=[call.pk]) if may_say else "",
    )
